//! The virus scanner: papers wait in quarantine until it has called them clean, and while it is away they wait on.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration as Patience;

use axum::http::{Method, StatusCode};
use portal::freelancers::papers::document::State;
use portal::freelancers::papers::quarantine;
use time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::database::ROOT;
use crate::seed::{self, Person};
use crate::seed_training as training;
use crate::server::TestPortal;

/// Something that answers as clamd does, or as a broken one does.
struct Fake {
    address: String,
    answer: Arc<Mutex<&'static [u8]>>,
    received: Arc<Mutex<Vec<u8>>>,
}

impl Fake {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (answer, received) = (Arc::new(Mutex::new(&b"stream: OK\0"[..])), Arc::new(Mutex::new(Vec::new())));
        let (said, heard) = (Arc::clone(&answer), Arc::clone(&received));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let answer = *said.lock().unwrap();
                if answer.is_empty() {
                    continue;
                }
                let mut bytes = vec![0; 10];
                stream.read_exact(&mut bytes).await.unwrap();
                assert_eq!(bytes, b"zINSTREAM\0");
                let mut whole = Vec::new();
                loop {
                    let length = stream.read_u32().await.unwrap() as usize;
                    if length == 0 {
                        break;
                    }
                    let mut chunk = vec![0; length];
                    stream.read_exact(&mut chunk).await.unwrap();
                    whole.extend(chunk);
                }
                *heard.lock().unwrap() = whole;
                stream.write_all(answer).await.unwrap();
            }
        });
        Self { address, answer, received }
    }

    fn says(&self, answer: &'static [u8]) {
        *self.answer.lock().unwrap() = answer;
    }
}

struct Scene {
    portal: TestPortal,
    person: Person,
}

impl Scene {
    async fn with(clamd: &str) -> Self {
        let portal = TestPortal::with(&["--clamd", clamd]).await;
        let person = seed::freelancer(&portal.db).await;
        Self { portal, person }
    }

    async fn upload(&self, name: &str, content: &[u8]) {
        let mut client = self.portal.client_of(&self.person).await;
        client.get("/bereit/unterlagen/gewerbeschein").await;
        let page = client.choose_file("file", name, content).press("Hochladen").await;
        assert!(page.flash().unwrap().contains("auf Schadsoftware geprüft"), "{:?}", page.flash());
        assert_eq!(page.texts(".badge"), ["wird geprüft"]);
    }

    async fn scan(&self) -> usize {
        let portal = &self.portal.portal;
        quarantine::run_due(&portal.files, &portal.db, &portal.config, portal.clock.now()).await.unwrap()
    }

    async fn state(&self) -> State {
        sqlx::query_scalar("select state from document where state <> 'replaced'")
            .fetch_one(&self.portal.db)
            .await
            .unwrap()
    }

    /// Nobody sees it, neither owner nor reviewer.
    async fn assert_hidden(&self) {
        assert_eq!(self.state().await, State::Quarantined);
        let id: String = sqlx::query_scalar("select id::text from document where state <> 'replaced'")
            .fetch_one(&self.portal.db)
            .await
            .unwrap();
        let reviewer = seed::staff(&self.portal.db, portal::accounts::role::Role::Recruiter).await;
        let mut staff = self.portal.client_of(&reviewer).await;
        assert_eq!(staff.get("/verwaltung/unterlagen").await.heading(), "Unterlagen prüfen");
        assert!(!staff.page().text().contains(&self.person.name));
        let mut own = self.portal.client_of(&self.person).await;
        for (client, path) in
            [(&mut staff, format!("/verwaltung/unterlagen/{id}/datei")), (&mut own, format!("/bereit/dateien/{id}"))]
        {
            assert_eq!(client.send(Method::GET, &path, None).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let page = staff.post(&format!("/verwaltung/unterlagen/{id}/anerkennung"), &[]).await;
        assert_eq!(page.flash().as_deref(), Some("Diese Unterlage wird noch auf Schadsoftware geprüft."));
    }
}

fn pdf(words: &str) -> Vec<u8> {
    format!("%PDF-1.4\n{words}\nstartxref\n9\n%%EOF\n").into_bytes()
}

#[tokio::test]
async fn a_paper_waits_until_it_is_called_clean() {
    let fake = Fake::open().await;
    let scene = Scene::with(&fake.address).await;
    let sent = pdf("Gewerbeschein");
    scene.upload("schein.pdf", &sent).await;
    scene.assert_hidden().await;
    assert_eq!(scene.scan().await, 1);
    assert_eq!(*fake.received.lock().unwrap(), sent, "every byte was looked at");
    assert_eq!(scene.state().await, State::Submitted);
    assert_eq!(scene.scan().await, 0);
}

#[tokio::test]
async fn an_infected_paper_is_returned_and_deleted() {
    let fake = Fake::open().await;
    let scene = Scene::with(&fake.address).await;
    scene.upload("schein.pdf", &pdf("Gewerbeschein")).await;
    fake.says(b"stream: Probe.UNOFFICIAL FOUND\0");
    assert_eq!(scene.scan().await, 1);
    assert_eq!(scene.state().await, State::Refused);
    let mails = scene.portal.mails().await;
    assert!(mails.len() == 1 && mails[0].body.contains("Schadsoftware"), "{mails:?}");
    let events: Vec<String> =
        sqlx::query_scalar("select event from freelancer_event order by id").fetch_all(&scene.portal.db).await.unwrap();
    assert_eq!(events, ["document_submitted", "document_refused"]);
    portal::files::sweep_doomed(&scene.portal.portal.files, &scene.portal.db, scene.portal.now()).await.unwrap();
    let files: i64 = sqlx::query_scalar("select count(*) from blob").fetch_one(&scene.portal.db).await.unwrap();
    assert_eq!(files, 0);
}

#[tokio::test]
async fn whatever_the_scanner_fails_with_the_paper_waits_on() {
    let fake = Fake::open().await;
    let scene = Scene::with(&fake.address).await;
    scene.upload("schein.jpg", &seed::photo()).await;
    // Hangs up, is out of its depth, says something else, says nothing that ends.
    for answer in [&b""[..], b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK but\0", b"PONG\0", b"stream: \0"] {
        fake.says(answer);
        assert_eq!(scene.scan().await, 0, "{}", String::from_utf8_lossy(answer));
        scene.assert_hidden().await;
    }
    fake.says(b"stream: OK\0");
    assert_eq!(scene.scan().await, 1, "and once it is well again, it is asked again");
    assert_eq!(scene.state().await, State::Submitted);
}

#[tokio::test]
async fn without_anybody_at_the_address_the_paper_waits() {
    let scene = Scene::with("127.0.0.1:1").await;
    scene.upload("schein.jpg", &seed::photo()).await;
    assert_eq!(scene.scan().await, 0);
    scene.assert_hidden().await;
    let (db, now) = (&scene.portal.db, scene.portal.now());
    let troubles = async |later| portal::health::look(db, now + later).await.unwrap().troubles(now + later);
    assert!(!troubles(Duration::minutes(15)).await.iter().any(|t| t.contains("Virenscanner")));
    assert!(troubles(Duration::minutes(16)).await.iter().any(|t| t.contains("Virenscanner")), "staff are told");
}

#[tokio::test]
async fn material_of_a_course_is_kept_only_once_it_is_called_clean() {
    let fake = Fake::open().await;
    let scene = Scene::with(&fake.address).await;
    let db = &scene.portal.db;
    let course = training::course(db, &seed::campaign(db).await).await;
    let trainer = seed::staff(db, portal::accounts::role::Role::Trainer).await;
    let mut staff = scene.portal.client_of(&trainer).await;
    let mut upload = async |words: &str| {
        staff.get(&format!("/verwaltung/schulungen/kurse/{course}")).await;
        staff.fill("datei-bezeichnung", "Leitfaden").choose_file("datei", "a.pdf", &pdf(words));
        staff.press("PDF hochladen").await.clone()
    };
    for (answer, sentence) in [
        (&b"stream: Probe.UNOFFICIAL FOUND\0"[..], "Schadsoftware"),
        (b"", "Virenscanner antwortet gerade nicht"),
        (b"stream: OK but\0", "Virenscanner antwortet gerade nicht"),
    ] {
        fake.says(answer);
        let error = upload("Leitfaden").await.error("datei").unwrap();
        assert!(error.contains(sentence), "{error}");
        portal::files::sweep_doomed(&scene.portal.portal.files, db, scene.portal.now()).await.unwrap();
        assert_eq!(scene.portal.objects(), Vec::<String>::new(), "{sentence}");
    }
    fake.says(b"stream: OK\0");
    assert!(upload("Leitfaden").await.flash().is_some());
    assert_eq!(*fake.received.lock().unwrap(), pdf("Leitfaden"), "every byte was looked at");
}

/// A clamd of our own with one signature of our own.
struct Clamd {
    child: Child,
    folder: PathBuf,
}

impl Clamd {
    /// None where clamd is not installed.
    async fn start() -> Option<Self> {
        let program = ["/usr/sbin/clamd", "/usr/bin/clamd"].into_iter().find(|path| Path::new(path).exists())?;
        let folder = ROOT.join(format!("clamd-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(folder.join("db")).unwrap();
        // "Probe-Schadsoftware" anywhere in any file (type 0).
        let words: String = b"Probe-Schadsoftware".iter().map(|byte| format!("{byte:02x}")).collect();
        std::fs::write(folder.join("db/probe.ndb"), format!("Probe:0:*:{words}\n")).unwrap();
        let socket = folder.join("s");
        let config = format!(
            "LocalSocket {}\nDatabaseDirectory {}\nForeground yes\nLogFile {}\nMaxThreads 2\n",
            socket.display(),
            folder.join("db").display(),
            folder.join("log").display()
        );
        std::fs::write(folder.join("clamd.conf"), config).unwrap();
        let mut command = Command::new(program);
        command.arg("--config-file").arg(folder.join("clamd.conf")).stdout(Stdio::null()).stderr(Stdio::null());
        let clamd = Self { child: command.spawn().unwrap(), folder };
        for _ in 0..200 {
            if tokio::net::UnixStream::connect(&socket).await.is_ok() {
                return Some(clamd);
            }
            tokio::time::sleep(Patience::from_millis(50)).await;
        }
        panic!("clamd does not start: {}", std::fs::read_to_string(clamd.folder.join("log")).unwrap_or_default());
    }

    fn socket(&self) -> String {
        self.folder.join("s").to_str().unwrap().to_owned()
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn a_real_clamd_finds_our_signature_and_lets_the_rest_through() {
    let Some(clamd) = Clamd::start().await else {
        eprintln!("clamd is not installed: the real scanner was not tried");
        return;
    };
    let scene = Scene::with(&clamd.socket()).await;
    scene.upload("schein.pdf", &pdf("Gewerbeschein")).await;
    assert_eq!((scene.scan().await, scene.state().await), (1, State::Submitted));
    scene.upload("schein.pdf", &pdf("Probe-Schadsoftware")).await;
    assert_eq!((scene.scan().await, scene.state().await), (1, State::Refused));
    drop(clamd);
    scene.upload("schein.pdf", &pdf("Gewerbeschein")).await;
    assert_eq!(scene.scan().await, 0);
    scene.assert_hidden().await;
}

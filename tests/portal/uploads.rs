//! Recordings on their way into the store: cut, killed, raced, refused, swept; and back out of it to staff.

use std::sync::Arc;
use std::time::Duration as Pause;

use axum::http::Method;
use futures_util::future::join_all;
use portal::accounts::role::Role;
use portal::accounts::session;
use portal::applications::application::State;
use portal::applications::introduction;
use portal::clock::Clock;
use portal::files::{self, blob, sweep};
use portal::id::{ApplicationId, BlobId};
use sqlx::PgPool;
use time::Duration;
use tokio::sync::Barrier;

use crate::cluster::{Folder, Server};
use crate::seed::{self, Person};
use crate::server::TestPortal;
use crate::tus::{Answer, Sender, mp3, mp4, noise, ogg, webm};

/// Longer than several parts, and no multiple of one.
const LENGTH: usize = 3 * 1024 * 1024 + 12_345;

struct Scene {
    portal: TestPortal,
    person: Person,
    id: ApplicationId,
    sender: Sender,
    endpoint: String,
}

impl Scene {
    async fn new(state: State) -> Self {
        Self::on(TestPortal::new().await, state).await
    }

    async fn on(portal: TestPortal, state: State) -> Self {
        let campaign = seed::campaign(&portal.db).await;
        seed::posting(&portal.db, &campaign).await;
        let person = seed::applicant(&portal.db).await;
        let id = seed::application(&portal.db, &person, &campaign, state).await;
        let sender = Sender::new(&portal.origin, &person.session(&portal).await);
        Self { endpoint: format!("/bewerbung/{id}/hochladen"), portal, person, id, sender }
    }

    async fn staff(&self) -> (Person, Sender) {
        let person = seed::staff(&self.portal.db, Role::Recruiter).await;
        let sender = Sender::new(&self.portal.origin, &person.session(&self.portal).await);
        (person, sender)
    }

    async fn play(&self, range: &str) -> Answer {
        let (_, staff) = self.staff().await;
        let path = format!("/verwaltung/bewerbungen/{}/vorstellung/datei", self.id);
        let headers = [("range", range)];
        staff.ask(Method::GET, &path, if range.is_empty() { &[] } else { &headers }, "").await
    }

    async fn blobs(&self, state: &str) -> i64 {
        count(&self.portal.db, &format!("select count(*) from blob where state = '{state}'")).await
    }

    async fn drain(&self) -> u64 {
        files::sweep_doomed(&self.portal.portal.files, &self.portal.db, self.portal.now()).await.unwrap()
    }

    async fn state(&self) -> State {
        state(&self.portal.db, self.id).await
    }

    /// Nothing of what was sent is left: no row, no object, no key, no introduction.
    async fn assert_nothing_left(&self, what: &str) {
        self.drain().await;
        assert_eq!((self.portal.objects(), self.portal.keys()), (Vec::new(), Vec::new()), "{what}");
        let left = "select (select count(*) from blob) + (select count(*) from upload)
                         + (select count(*) from introduction) + (select count(*) from file_key)";
        assert_eq!(count(&self.portal.db, left).await, 0, "{what}");
    }
}

async fn count(db: &PgPool, sql: &str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(db).await.unwrap()
}

async fn state(db: &PgPool, id: ApplicationId) -> State {
    sqlx::query_scalar("select state from application where id = $1").bind(id).fetch_one(db).await.unwrap()
}

/// Waits for the server to have noticed a cut, and returns what is safe.
async fn settled(sender: &Sender, upload: &str) -> u64 {
    let mut before = sender.offset(upload).await;
    loop {
        tokio::time::sleep(Pause::from_millis(100)).await;
        let now = sender.offset(upload).await;
        if now == before && now > 0 {
            return now;
        }
        before = now;
    }
}

#[tokio::test]
async fn a_recording_that_was_cut_twice_arrives_byte_by_byte_and_is_played_in_ranges() {
    for portal in TestPortal::on_each_store().await {
        let scene = Scene::on(portal, State::New).await;
        let whole = webm(LENGTH);
        let upload = scene.sender.begin(&scene.endpoint, LENGTH as u64).await;
        for part in [30, 80] {
            let offset = scene.sender.offset(&upload).await;
            let cut = LENGTH * part / 100;
            scene.sender.cut(&upload, &whole, offset, cut).await;
            let safe = settled(&scene.sender, &upload).await;
            assert!(safe > offset && safe <= cut as u64, "{safe} of {cut}");
        }
        scene.sender.finish(&upload, &whole).await;
        assert_eq!(scene.state().await, State::Introduced);
        assert_eq!(scene.sender.offset(&upload).await, LENGTH as u64, "whoever lost the last answer learns it");
        scene.drain().await;
        assert_eq!(scene.portal.objects().len(), 1, "the parts are gone");

        let all = scene.play("").await;
        assert_eq!((all.status, all.header("content-type"), all.header("accept-ranges")), (200, "video/webm", "bytes"));
        assert!(all.body == whole, "byte by byte");
        assert_eq!(all.header("x-content-type-options"), "nosniff");
        assert!(all.header("cache-control").contains("no-store"));
        assert!(all.header("content-security-policy").contains("sandbox"), "{:?}", all.headers);
        assert!(all.header("content-disposition").starts_with("attachment"));
        let some = scene.play("bytes=1000000-1000999").await;
        assert_eq!(
            (some.status, some.header("content-range")),
            (206, format!("bytes 1000000-1000999/{LENGTH}").as_str())
        );
        assert!(some.body == whole[1_000_000..1_001_000]);
        let end = scene.play("bytes=-500").await;
        assert!(end.status == 206 && end.body == whole[LENGTH - 500..]);
        let open = scene.play(&format!("bytes={}-", LENGTH - 1)).await;
        assert!(open.status == 206 && open.body == whole[LENGTH - 1..]);
        let beyond = scene.play(&format!("bytes={LENGTH}-")).await;
        assert_eq!((beyond.status, beyond.header("content-range")), (416, format!("bytes */{LENGTH}").as_str()));
        assert_eq!(scene.play("bytes=0-1,5-9").await.status, 200, "several ranges: everything");
    }
}

#[tokio::test]
async fn each_first_look_of_staff_is_logged() {
    let scene = Scene::new(State::New).await;
    let whole = webm(5000);
    let upload = scene.sender.begin(&scene.endpoint, 5000).await;
    scene.sender.finish(&upload, &whole).await;
    let (_, staff) = scene.staff().await;
    let path = format!("/verwaltung/bewerbungen/{}/vorstellung/datei", scene.id);
    for _ in 0..3 {
        staff.ask(Method::GET, &path, &[("range", "bytes=0-99")], "").await;
    }
    assert_eq!(count(&scene.portal.db, "select count(*) from view_log").await, 1);
    scene.portal.pass(Duration::minutes(61));
    let token = seed::staff(&scene.portal.db, Role::Administrator).await.session(&scene.portal).await;
    Sender::new(&scene.portal.origin, &token).ask(Method::GET, &path, &[], "").await;
    assert_eq!(count(&scene.portal.db, "select count(*) from view_log").await, 2);
    let own = format!("/bewerbung/{}/vorstellung/datei", scene.id);
    assert!(scene.sender.ask(Method::GET, &own, &[], "").await.body == whole);
    assert_eq!(count(&scene.portal.db, "select count(*) from view_log").await, 2, "one's own look is no secret");
}

#[tokio::test]
async fn a_draft_keeps_its_state_and_a_new_recording_replaces_the_old_one_at_once() {
    let scene = Scene::new(State::Draft).await;
    for (turn, file) in [webm(700_000), mp4(b"isom", b"vide"), mp3()].iter().enumerate() {
        let upload = scene.sender.begin(&scene.endpoint, file.len() as u64).await;
        scene.sender.finish(&upload, file).await;
        assert_eq!((scene.state().await, scene.blobs("live").await), (State::Draft, 1), "turn {turn}");
        scene.drain().await;
        assert_eq!(scene.portal.objects().len(), 1);
    }
    let mut client = scene.portal.client_of(&scene.person).await;
    client.get(&format!("/bewerbung/{}/vorstellung", scene.id)).await;
    client.fill("body", "Ich höre gern zu.\r\nUnd <b>lache</b> viel.").press("Text senden").await;
    assert!(client.page().flash().unwrap().starts_with("Deine Vorstellung ist da."), "{:?}", client.page().flash());
    scene.drain().await;
    assert_eq!(scene.portal.objects(), [""; 0], "text needs no file");
}

#[tokio::test]
async fn what_a_file_is_decides_its_content() {
    let scene = Scene::new(State::New).await;
    for (file, kind, media_type) in [
        (webm(1000), "video", "video/webm"),
        (mp4(b"isom", b"vide"), "video", "video/mp4"),
        (mp4(b"iso5", b"soun"), "audio", "audio/mp4"),
        (mp4(b"qt  ", b"vide"), "video", "video/quicktime"),
        (mp4(b"M4A ", b"soun"), "audio", "audio/mp4"),
        (mp3(), "audio", "audio/mpeg"),
        (ogg(), "audio", "audio/ogg"),
    ] {
        let upload = scene.sender.begin(&scene.endpoint, file.len() as u64).await;
        scene.sender.finish(&upload, &file).await;
        let found: (String, String) = sqlx::query_as(
            "select i.kind::text, b.media_type from introduction i join blob b on b.id = i.blob_id where b.state = 'live'",
        )
        .fetch_one(&scene.portal.db)
        .await
        .unwrap();
        assert_eq!(found, (kind.into(), media_type.into()));
    }
}

/// Files that are no recordings, whatever they are called.
fn impostors() -> Vec<(&'static str, Vec<u8>)> {
    let long = |start: &[u8]| [start, &noise(3000)].concat();
    let archive = |start: Vec<u8>| [start, b"PK\x05\x06".to_vec(), vec![0; 18]].concat();
    let mut script = mp4(b"isom", b"vide");
    script.splice(16..16, *b"<script>alert(1)</script>");
    vec![
        ("html", b"<!DOCTYPE html><script>alert(1)</script>".repeat(20)),
        ("svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".repeat(20)),
        ("exe", long(b"MZ\x90\0\x03\0\0\0")),
        ("elf", long(b"\x7fELF\x02\x01\x01")),
        ("zip", long(b"PK\x03\x04")),
        ("pdf", long(b"%PDF-1.7\n")),
        ("zip behind a webm", archive(webm(5000))),
        ("zip behind an mp4", archive(mp4(b"isom", b"vide"))),
        ("zip behind an mp3", archive(mp3())),
        ("page in an mp4", script),
        ("page with the tag of an mp3", [b"ID3\x04\0\0\0\0\0\0".to_vec(), b"<html>".to_vec(), noise(2000)].concat()),
        ("tag of an mp3 alone", [b"ID3\x04\0\0\0\0\0\0".to_vec(), noise(3000)].concat()),
        ("head of a webm alone", [webm(0)[..24].to_vec(), vec![0; 3000]].concat()),
        ("mp4 without a track", [mp4(b"isom", b"vide")[..20].to_vec(), noise(3000)].concat()),
        ("program with the name of a box", [b"MZ\x90\0ftypisom".to_vec(), noise(3000)].concat()),
        ("picture", long(b"\x89PNG\r\n\x1a\n")),
        ("one byte", vec![0]),
    ]
}

#[tokio::test]
async fn what_is_no_recording_is_refused_with_a_sentence_and_leaves_nothing() {
    let scene = Scene::new(State::New).await;
    for (what, file) in impostors() {
        let upload = scene.sender.begin(&scene.endpoint, file.len() as u64).await;
        let answer = scene.sender.patch(&upload, 0, &file).await;
        assert_eq!(answer.status, 422, "{what}");
        assert!(answer.text().starts_with("Das ist keine Aufnahme"), "{what}: {}", answer.text());
        let gone = scene.sender.ask(Method::HEAD, &upload, &[("tus-resumable", "1.0.0")], "").await;
        assert_eq!(gone.status, 404, "{what}");
        scene.assert_nothing_left(what).await;
    }
    assert_eq!(scene.state().await, State::New);
}

#[tokio::test]
async fn empty_too_long_and_oddly_named_files_are_refused() {
    let scene = Scene::new(State::New).await;
    let empty = scene.sender.create(&scene.endpoint, 0, "leer.webm").await;
    assert_eq!((empty.status, empty.text().as_str()), (422, "Die Datei ist leer. Bitte wähle eine andere."));
    let long = scene.sender.create(&scene.endpoint, 201 * 1024 * 1024, "lang.webm").await;
    assert_eq!(long.status, 413);
    for name in ["../../etc/passwd", "C:\\video.mp4", "a.webm\r\nSet-Cookie: x=1", "/a.webm", "a\0.webm"] {
        let odd = scene.sender.create(&scene.endpoint, 1000, name).await;
        assert_eq!(odd.status, 422, "{name:?}");
        assert!(odd.text().starts_with("Der Name der Datei"), "{name:?}");
        assert!(odd.headers.get("set-cookie").is_none());
    }
    for length in ["-1", "1e3", "", "99999999999999999999"] {
        let headers = [("tus-resumable", "1.0.0"), ("upload-length", length)];
        assert_eq!(scene.sender.ask(Method::POST, &scene.endpoint, &headers, "").await.status, 400, "{length:?}");
    }
    scene.assert_nothing_left("nothing was begun").await;
    // More bytes come than were announced.
    let upload = scene.sender.begin(&scene.endpoint, 1_000_000).await;
    let more = scene.sender.patch(&upload, 0, &webm(1_000_001)).await;
    assert_eq!(more.status, 413);
    scene.assert_nothing_left("more than announced").await;
}

#[tokio::test]
async fn counted_bytes_decide_about_a_form_without_script() {
    let scene = Scene::new(State::New).await;
    let path = format!("/bewerbung/{}/vorstellung/datei", scene.id);
    let form = |name: &str, file: &[u8]| {
        let head = format!(
            "--rand\r\nContent-Disposition: form-data; name=\"recording\"; filename=\"{name}\"\r\nContent-Type: video/mp4\r\n\r\n"
        );
        [head.as_bytes(), file, b"\r\n--rand--\r\n"].concat()
    };
    let headers = [("content-type", "multipart/form-data; boundary=rand")];
    for (what, name, file, sentence) in [
        ("too long", "lang.webm", webm(201 * 1024 * 1024), "größer als 200 MB"),
        ("empty", "leer.webm", Vec::new(), "Die Datei ist leer"),
        ("nothing chosen", "", Vec::new(), "Die Datei ist leer"),
        ("page", "seite.mp4", b"<html>".repeat(200), "Das ist keine Aufnahme"),
        ("path", "../../etc/passwd", webm(1000), "Der Name der Datei"),
    ] {
        let answer = scene.sender.ask(Method::POST, &path, &headers, form(name, &file)).await;
        assert_eq!(answer.status, 422, "{what}: {}", answer.text());
        assert!(answer.text().contains(sentence), "{what}: {}", answer.text());
        scene.assert_nothing_left(what).await;
    }
    let file = webm(2_000_000);
    let answer = scene.sender.ask(Method::POST, &path, &headers, form("vorstellung.webm", &file)).await;
    assert_eq!((answer.status, scene.state().await), (303, State::Introduced));
    assert!(scene.play("").await.body == file, "byte by byte");
}

#[tokio::test]
async fn of_many_senders_at_one_offset_one_wins() {
    let scene = Scene::new(State::New).await;
    for (length, piece) in [(LENGTH, 600_000), (600_000, 600_000)] {
        let whole = webm(length);
        let upload = scene.sender.begin(&scene.endpoint, length as u64).await;
        let barrier = Arc::new(Barrier::new(8));
        let racers = (0..8).map(|_| {
            let (sender, barrier, upload) = (scene.sender.clone(), Arc::clone(&barrier), upload.clone());
            let bytes = whole[..piece].to_vec();
            tokio::spawn(async move {
                barrier.wait().await;
                sender.patch(&upload, 0, &bytes).await.status
            })
        });
        let mut statuses = Vec::new();
        for racer in racers.collect::<Vec<_>>() {
            statuses.push(racer.await.unwrap());
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409, 409, 409, 409, 409, 409, 409], "length {length}");
        scene.sender.finish(&upload, &whole).await;
        scene.drain().await;
        assert!(scene.play("").await.body == whole, "length {length}");
        assert_eq!(scene.portal.objects().len(), 1, "what lost is gone");
    }
}

#[tokio::test]
async fn the_protocol_is_kept() {
    let scene = Scene::new(State::New).await;
    let options = scene.sender.ask(Method::OPTIONS, &scene.endpoint, &[], "").await;
    assert_eq!((options.status, options.header("tus-version")), (204, "1.0.0"));
    assert_eq!(options.header("tus-extension"), "creation,termination,expiration");
    assert_eq!(options.header("tus-max-size"), "209715200");
    let upload = scene.sender.begin(&scene.endpoint, 10_000).await;
    let old = scene.sender.ask(Method::PATCH, &upload, &[("tus-resumable", "0.2.2")], "").await;
    assert_eq!((old.status, old.header("tus-version")), (412, "1.0.0"));
    let kind = [("tus-resumable", "1.0.0"), ("upload-offset", "0"), ("content-type", "text/plain")];
    assert_eq!(scene.sender.ask(Method::PATCH, &upload, &kind, "x").await.status, 415);
    assert_eq!(scene.sender.patch(&upload, 1, b"x").await.status, 409);
    let head = scene.sender.ask(Method::HEAD, &upload, &[("tus-resumable", "1.0.0")], "").await;
    assert_eq!((head.header("upload-length"), head.header("tus-resumable")), ("10000", "1.0.0"));
    assert_eq!(head.header("upload-expires"), "Tue, 24 Nov 2026 11:00:00 GMT");
    scene.sender.patch(&upload, 0, &webm(10_000)[..4000]).await;
    let end = [("tus-resumable", "1.0.0")];
    assert_eq!(scene.sender.ask(Method::DELETE, &upload, &end, "").await.status, 204);
    assert_eq!(scene.sender.ask(Method::HEAD, &upload, &end, "").await.status, 404);
    scene.assert_nothing_left("terminated").await;
}

#[tokio::test]
async fn other_peoples_uploads_and_recordings_are_not_there() {
    let scene = Scene::new(State::New).await;
    let whole = webm(20_000);
    let upload = scene.sender.begin(&scene.endpoint, 20_000).await;
    let other = seed::applicant(&scene.portal.db).await;
    let stranger = Sender::new(&scene.portal.origin, &other.session(&scene.portal).await);
    let end = [("tus-resumable", "1.0.0")];
    assert_eq!(stranger.create(&scene.endpoint, 100, "a.webm").await.status, 404);
    assert_eq!(stranger.ask(Method::OPTIONS, &scene.endpoint, &[], "").await.status, 404);
    assert_eq!(stranger.patch(&upload, 0, &whole).await.status, 404);
    for method in [Method::HEAD, Method::DELETE] {
        assert_eq!(stranger.ask(method, &upload, &end, "").await.status, 404);
    }
    scene.sender.finish(&upload, &whole).await;
    let (page, file) =
        (format!("/bewerbung/{}/vorstellung", scene.id), format!("/bewerbung/{}/vorstellung/datei", scene.id));
    let (plain, parts) = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x");
    for (path, kind, body) in [(page, plain, "body=Hallo"), (file, parts, "--x--")] {
        assert_eq!(stranger.ask(Method::GET, &path, &[], "").await.status, 404);
        assert_eq!(stranger.ask(Method::POST, &path, &[("content-type", kind)], body).await.status, 404);
    }
    let staff = format!("/verwaltung/bewerbungen/{}/vorstellung/datei", scene.id);
    assert_eq!(scene.sender.ask(Method::GET, &staff, &[], "").await.status, 403, "an applicant is no staff");
    // The right person, the wrong application of theirs.
    let second = seed::campaign(&scene.portal.db).await;
    seed::posting(&scene.portal.db, &second).await;
    let id = seed::application(&scene.portal.db, &scene.person, &second, State::New).await;
    let wrong = upload.replace(&scene.id.to_string(), &id.to_string());
    assert_eq!(scene.sender.ask(Method::HEAD, &wrong, &end, "").await.status, 404);
}

#[tokio::test]
async fn once_the_review_began_nothing_is_replaced() {
    let scene = Scene::new(State::New).await;
    let whole = webm(700_000);
    let first = scene.sender.begin(&scene.endpoint, 700_000).await;
    scene.sender.finish(&first, &whole).await;
    let second = scene.sender.begin(&scene.endpoint, 700_000).await;
    scene.sender.patch(&second, 0, &whole[..600_000]).await;
    let start = "update application set review_started_at = submitted_at where id = $1";
    sqlx::query(start).bind(scene.id).execute(&scene.portal.db).await.unwrap();
    let late = scene.sender.patch(&second, 600_000, &whole[600_000..]).await;
    assert_eq!(late.status, 422);
    assert!(late.text().contains("nicht mehr ersetzen"), "{}", late.text());
    assert_eq!(scene.sender.create(&scene.endpoint, 5000, "a.webm").await.status, 422);
    let mut client = scene.portal.client_of(&scene.person).await;
    let page = client.get(&format!("/bewerbung/{}/vorstellung", scene.id)).await;
    assert!(page.text().contains("lässt sich nicht mehr ersetzen") && !page.has("textarea"));
    let refused = client.post(&format!("/bewerbung/{}/vorstellung", scene.id), &[("body", "Hallo")]).await;
    assert!(refused.flash().unwrap().contains("nicht mehr ersetzen"));
    assert_eq!(scene.blobs("live").await, 1);
}

#[tokio::test]
async fn a_text_needs_words_and_not_too_many() {
    let scene = Scene::new(State::New).await;
    let mut client = scene.portal.client_of(&scene.person).await;
    let path = format!("/bewerbung/{}/vorstellung", scene.id);
    client.get(&path).await;
    let page = client.fill("body", "  \n").press("Text senden").await;
    assert_eq!(
        (page.status.as_u16(), page.error("body").as_deref()),
        (422, Some("Bitte gib ein paar Sätze über dich an."))
    );
    let page = client.fill("body", &"ä".repeat(6001)).press("Text senden").await;
    assert!(page.error("body").unwrap().contains("6001"), "{:?}", page.error("body"));
    client.fill("body", &"ä".repeat(6000)).press("Text senden").await;
    assert_eq!(scene.state().await, State::Introduced);
}

#[tokio::test]
async fn what_nobody_finished_is_swept_a_day_after_its_last_byte() {
    let scene = Scene::new(State::New).await;
    let whole = webm(LENGTH);
    let upload = scene.sender.begin(&scene.endpoint, LENGTH as u64).await;
    scene.sender.patch(&upload, 0, &whole[..1_500_000]).await;
    scene.portal.pass(Duration::hours(20));
    let token = scene.person.session(&scene.portal).await;
    let sender = Sender::new(&scene.portal.origin, &token);
    sender.patch(&upload, 1_500_000, &whole[1_500_000..2_000_000]).await;
    // A row whose object never came, or whose server died.
    seed::begin_recording(&scene.portal, scene.id).await;
    scene.portal.pass(Duration::hours(23) + Duration::minutes(59));
    sweep::unfinished(&scene.portal.db, scene.portal.now()).await.unwrap();
    assert_eq!(scene.drain().await, 0, "a day is not over");
    scene.portal.pass(Duration::minutes(2));
    sweep::unfinished(&scene.portal.db, scene.portal.now()).await.unwrap();
    scene.assert_nothing_left("swept").await;
}

#[tokio::test]
async fn an_account_has_few_uploads_at_once() {
    let scene = Scene::new(State::New).await;
    for _ in 0..6 {
        let upload = scene.sender.begin(&scene.endpoint, LENGTH as u64).await;
        scene.sender.patch(&upload, 0, &webm(LENGTH)[..600_000]).await;
        scene.portal.pass(Duration::seconds(1));
    }
    assert_eq!(count(&scene.portal.db, "select count(*) from upload").await, 3);
    scene.drain().await;
    assert_eq!(scene.portal.objects().len(), 9, "three parts each");
}

#[tokio::test]
async fn sending_again_and_again_comes_to_an_end_with_and_without_script() {
    let scene = Scene::new(State::New).await;
    for _ in 0..20 {
        scene.sender.begin(&scene.endpoint, 1000).await;
    }
    let refused = scene.sender.create(&scene.endpoint, 1000, "a.webm").await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().starts_with("Das waren gerade sehr viele Aufnahmen."), "{}", refused.text());
    let path = format!("/bewerbung/{}/vorstellung/datei", scene.id);
    let form =
        "--rand\r\nContent-Disposition: form-data; name=\"recording\"; filename=\"a.webm\"\r\n\r\nx\r\n--rand--\r\n";
    let headers = [("content-type", "multipart/form-data; boundary=rand")];
    let refused = scene.sender.ask(Method::POST, &path, &headers, form).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("Das waren gerade sehr viele Aufnahmen."), "{}", refused.text());
    scene.portal.pass(Duration::minutes(15));
    scene.sender.begin(&scene.endpoint, 1000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_few_uploads_however_many_it_begins_at_the_same_instant() {
    let scene = Scene::new(State::New).await;
    // Of those that give way at once some are gone before they are answered.
    join_all((0..24).map(|_| scene.sender.create(&scene.endpoint, 1_000_000, "a.webm"))).await;
    assert_eq!(count(&scene.portal.db, "select count(*) from upload").await, 3);
}

#[tokio::test]
async fn one_file_that_cannot_be_deleted_stops_no_other() {
    let scene = Scene::new(State::New).await;
    let (db, now) = (&scene.portal.db, scene.portal.now());
    let mut ids = Vec::new();
    for _ in 0..3 {
        let draft = seed::begin_recording(&scene.portal, scene.id).await;
        scene.portal.portal.files.put(draft, "x".into()).await.unwrap();
        ids.push(draft.id);
    }
    // In the place of one object stands a folder; of another one the object is missing already.
    let folder = &scene.portal.store;
    std::fs::remove_file(folder.join(ids[0].to_string())).unwrap();
    std::fs::create_dir_all(folder.join(ids[0].to_string()).join("x")).unwrap();
    std::fs::remove_file(folder.join(ids[1].to_string())).unwrap();
    // What a killed write leaves beside an object goes with it.
    std::fs::write(folder.join(format!("{}#1", ids[2])), "half").unwrap();
    blob::doom(&mut db.acquire().await.unwrap(), &ids, now).await.unwrap();
    assert_eq!(scene.drain().await, 2);
    let left: Vec<(BlobId, i16)> = sqlx::query_as("select id, attempts from blob").fetch_all(db).await.unwrap();
    assert_eq!(left, [(ids[0], 1)]);
    assert_eq!(scene.portal.objects(), [ids[0].to_string()]);
    let late = portal::health::look(db, now + Duration::hours(25)).await.unwrap().troubles(now + Duration::hours(25));
    assert!(late.iter().any(|t| t.contains("Löschung")), "{late:?}");
    std::fs::remove_dir_all(folder.join(ids[0].to_string())).unwrap();
    scene.assert_nothing_left("the next turn").await;
}

#[tokio::test]
async fn erasing_an_introduction_takes_the_recording_and_what_was_on_its_way() {
    for portal in TestPortal::on_each_store().await {
        let scene = Scene::on(portal, State::New).await;
        let whole = webm(700_000);
        let upload = scene.sender.begin(&scene.endpoint, 700_000).await;
        scene.sender.finish(&upload, &whole).await;
        let second = scene.sender.begin(&scene.endpoint, 700_000).await;
        scene.sender.patch(&second, 0, &whole[..600_000]).await;
        let mut tx = scene.portal.db.begin().await.unwrap();
        introduction::erase(&mut tx, scene.id, scene.portal.now()).await.unwrap();
        tx.commit().await.unwrap();
        scene.assert_nothing_left("erased").await;
    }
}

#[tokio::test]
async fn what_is_just_being_sent_goes_with_the_application_although_nothing_has_arrived() {
    let scene = Scene::new(State::New).await;
    let whole = webm(700_000);
    let upload = scene.sender.begin(&scene.endpoint, 700_000).await;
    scene.sender.patch(&upload, 0, &whole[..600_000]).await;
    let mut client = scene.portal.client_of(&scene.person).await;
    client.post(&format!("/bewerbung/{}/zurueckziehen", scene.id), &[]).await;
    assert_eq!(scene.state().await, State::Withdrawn);
    scene.assert_nothing_left("withdrawn").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_survives_kill_9_of_the_server() {
    let folder = Folder::new();
    let mut server = Server::start(&folder.data());
    let length = 20 * 1024 * 1024 + 777;
    let whole = webm(length);
    let db = server.database().await;
    let campaign = seed::campaign(&db).await;
    seed::posting(&db, &campaign).await;
    let person = seed::applicant(&db).await;
    let id = seed::application(&db, &person, &campaign, State::New).await;
    let now = Clock::system().now();
    let token = session::create(&db, person.id, &person.roles, "Test", now).await.unwrap();
    let recruiter = seed::staff(&db, Role::Recruiter).await;
    let watching = session::create(&db, recruiter.id, &recruiter.roles, "Test", now).await.unwrap();
    db.close().await;

    let mut sender = Sender::new(&format!("http://127.0.0.1:{}", server.port), &token);
    let upload = sender.begin(&format!("/bewerbung/{id}/hochladen"), length as u64).await;
    // The last one hits the server while it puts the parts together.
    for part in [30, 80, 100] {
        let offset = sender.offset(&upload).await;
        let cut = length * part / 100;
        let (there, path, bytes) = (sender.clone(), upload.clone(), whole.clone());
        let sending = tokio::spawn(async move { there.cut(&path, &bytes, offset, cut).await });
        if part < 100 {
            while sender.offset(&upload).await < offset + (cut as u64 - offset) / 2 {
                tokio::time::sleep(Pause::from_millis(2)).await;
            }
        } else {
            while !sending.is_finished() && sender.offset(&upload).await + 600_000 < length as u64 {
                tokio::time::sleep(Pause::from_millis(1)).await;
            }
        }
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        sending.await.unwrap();
        server = Server::start(&folder.data());
        sender = Sender::new(&format!("http://127.0.0.1:{}", server.port), &token);
    }
    sender.finish(&upload, &whole).await;
    let staff = Sender::new(&sender.origin, &watching);
    let path = format!("/verwaltung/bewerbungen/{id}/vorstellung/datei");
    assert!(staff.ask(Method::GET, &path, &[], "").await.body == whole, "byte by byte");
    let db = server.database().await;
    assert_eq!(state(&db, id).await, State::Introduced);
    // Every object has a row.
    let rows: Vec<String> = sqlx::query_scalar("select id::text from blob").fetch_all(&db).await.unwrap();
    for entry in std::fs::read_dir(folder.data().join("files")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name == "keys" || rows.iter().any(|row| name.starts_with(row.as_str())), "{name} has no row");
    }
    db.close().await;
}

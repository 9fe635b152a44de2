//! The weekly comparison of store and rows: what no row knows goes, what is not there is reported, once a week.

use std::fs::{self, File};
use std::time::{Duration as Age, SystemTime};

use bytes::Bytes;
use portal::files::comparison::{self, Found};
use portal::files::{self, blob};
use portal::id::{AccountId, BlobId, KeyId};
use time::Duration;
use time::macros::datetime;

use crate::server::TestPortal;

struct Scene {
    portal: TestPortal,
}

impl Scene {
    async fn new() -> Self {
        Self { portal: TestPortal::new().await }
    }

    /// A file with row and object; of one person each.
    async fn file(&self) -> BlobId {
        let draft = self.portal.portal.files.begin(&self.portal.db, AccountId::new(), self.portal.now()).await.unwrap();
        self.portal.portal.files.put(draft, Bytes::from_static(b"kept")).await.unwrap();
        let mut connection = self.portal.db.acquire().await.unwrap();
        assert!(blob::go_live(&mut connection, draft.id, "video/webm", 4).await.unwrap());
        draft.id
    }

    /// An object that no row knows, so many hours old.
    fn orphan(&self, name: &str, hours: i64) {
        let path = self.portal.store.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "left over").unwrap();
        let written = self.portal.now().unix_timestamp() - hours * 3600;
        let written = SystemTime::UNIX_EPOCH + Age::from_secs(written.unsigned_abs());
        File::options().write(true).open(path).unwrap().set_modified(written).unwrap();
    }

    async fn compare(&self) -> Option<Found> {
        comparison::run_due(&self.portal.portal.files, &self.portal.db, self.portal.now()).await.unwrap()
    }

    async fn troubles(&self) -> Vec<String> {
        portal::health::look(&self.portal.db, self.portal.now()).await.unwrap().troubles(self.portal.now())
    }
}

#[tokio::test]
async fn what_no_row_knows_is_deleted_after_a_day_and_nothing_else() {
    for portal in TestPortal::on_each_store().await {
        let scene = Scene { portal };
        let kept = scene.file().await;
        let (old, young) = (BlobId::new().to_string(), BlobId::new().to_string());
        let key = format!("keys/{}", KeyId::new());
        for (name, hours) in
            [(old.as_str(), 25), (&young, 23), (&key, 25), ("somebody-elses.txt", 900), ("keys/README", 900)]
        {
            scene.orphan(name, hours);
        }
        assert_eq!(scene.compare().await, Some(Found { deleted: 2, spared: 0, missing: 0 }));
        for (name, is_there) in
            [(old.as_str(), false), (&key, false), (&young, true), ("somebody-elses.txt", true), ("keys/README", true)]
        {
            assert_eq!(scene.portal.store.join(name).exists(), is_there, "{name}");
        }
        assert_eq!(scene.portal.portal.files.read(kept, 0..4).await.unwrap(), &b"kept"[..]);
        assert_eq!(scene.troubles().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_is_not_there_is_reported_until_it_is_mended() {
    let scene = Scene::new().await;
    let (file, doomed) = (scene.file().await, scene.file().await);
    fs::remove_file(scene.portal.store.join(file.to_string())).unwrap();
    fs::remove_file(scene.portal.store.join(doomed.to_string())).unwrap();
    blob::doom(&mut scene.portal.db.acquire().await.unwrap(), &[doomed], scene.portal.now()).await.unwrap();
    fs::remove_dir_all(scene.portal.store.join("keys")).unwrap();
    assert_eq!(scene.compare().await, Some(Found { deleted: 0, spared: 0, missing: 3 }), "a file and two keys");
    let troubles = scene.troubles().await;
    assert!(troubles.iter().any(|trouble| trouble.starts_with("3 Dateien fehlen in der Ablage")), "{troubles:?}");
    blob::doom(&mut scene.portal.db.acquire().await.unwrap(), &[file], scene.portal.now()).await.unwrap();
    files::sweep_doomed(&scene.portal.portal.files, &scene.portal.db, scene.portal.now()).await.unwrap();
    scene.portal.pass(Duration::days(7));
    assert_eq!(scene.compare().await, Some(Found::default()));
    assert_eq!(scene.troubles().await, Vec::<String>::new());
}

#[tokio::test]
async fn too_many_at_once_are_the_wrong_database() {
    let scene = Scene::new().await;
    for _ in 0..51 {
        scene.orphan(&BlobId::new().to_string(), 48);
    }
    assert_eq!(scene.compare().await, Some(Found { deleted: 0, spared: 51, missing: 0 }));
    assert_eq!(fs::read_dir(&scene.portal.store).unwrap().count(), 51);
    let troubles = scene.troubles().await;
    assert!(
        troubles.iter().any(|trouble| trouble.contains("51 Dateien, die die Datenbank nicht kennt")),
        "{troubles:?}"
    );
}

#[tokio::test]
async fn it_runs_once_a_week_over_all_servers_and_again_after_a_kill() {
    let scene = Scene::new().await;
    // Sunday 23:59 in Berlin, a minute before the week of the 23rd.
    scene.portal.set_time(datetime!(2026-11-22 22:59 UTC));
    assert!(scene.compare().await.is_some());
    assert_eq!(scene.compare().await, None, "the same week");
    scene.portal.pass(Duration::minutes(1));
    let (one, two) = tokio::join!(scene.compare(), scene.compare());
    assert!(one.is_some() != two.is_some(), "one of two servers");
    scene.portal.pass(Duration::days(7));
    assert!(scene.compare().await.is_some());
    // Killed on its way.
    sqlx::query("update file_comparison set finished_at = null where week = '2026-11-30'")
        .execute(&scene.portal.db)
        .await
        .unwrap();
    scene.portal.pass(Duration::hours(5));
    assert_eq!(scene.compare().await, None, "it may be under way");
    scene.portal.pass(Duration::hours(2));
    assert!(scene.compare().await.is_some());
}

#[tokio::test]
async fn one_that_is_missing_is_a_trouble() {
    let scene = Scene::new().await;
    scene.file().await;
    scene.portal.pass(Duration::days(8));
    assert_eq!(scene.troubles().await, Vec::<String>::new());
    scene.portal.pass(Duration::minutes(1));
    let troubles = scene.troubles().await;
    assert!(troubles.iter().any(|trouble| trouble.contains("Abgleich")), "{troubles:?}");
}

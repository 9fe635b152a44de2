//! Files that are not what they say, or are more than they say: each is refused with a sentence, or made harmless.

use std::io::{Cursor, Write};
use std::time::Instant;

use axum::http::{Method, StatusCode};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::{ImageFormat, Rgb, RgbImage};
use portal::accounts::session;
use portal::clock::Clock;
use portal::database::connect;
use portal::files::intake::LONGEST;
use portal::files::pdf::{self, MOST_UNPACKED};
use portal::files::picture::MOST_PIXELS;
use portal::id::BlobId;

use sqlx::postgres::PgConnectOptions;

use crate::client::Client;
use crate::cluster::{Folder, Server};
use crate::page::Page;
use crate::seed;
use crate::server::TestPortal;
use crate::tus::Sender;

async fn send(client: &mut Client, name: &str, content: &[u8]) -> Page {
    client.get("/bereit/unterlagen/gewerbeschein").await;
    client.choose_file("file", name, content).press("Hochladen").await.clone()
}

/// Nothing is left of what was refused: no row, and no object once the queue is empty.
async fn nothing_left(portal: &TestPortal, what: &str) {
    portal::files::sweep_doomed(&portal.portal.files, &portal.db, portal.now()).await.unwrap();
    let rows: (i64, i64) = sqlx::query_as("select (select count(*) from document), (select count(*) from blob)")
        .fetch_one(&portal.db)
        .await
        .unwrap();
    assert_eq!(rows, (0, 0), "{what}");
    assert_eq!((portal.objects(), portal.keys()), (Vec::new(), Vec::new()), "{what}");
}

fn encoded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = !0_u32;
    for byte in kind.iter().chain(data) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length[..], kind, data, &(!crc).to_be_bytes()].concat()
}

/// A PNG whose header promises so many pixels, with this body.
fn png(width: u32, height: u32, body: &[u8]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &header), &chunk(b"IDAT", body), &chunk(b"IEND", &[])].concat()
}

/// A zlib stream that unpacks to some three times as many zero bytes, and is a thousandth as long itself.
fn zeros(bytes: usize) -> Vec<u8> {
    // A large picture of one colour, packed by the encoder, is exactly that.
    let side = u32::try_from(bytes.isqrt()).unwrap();
    let packed = encoded(&RgbImage::new(side, side), ImageFormat::Png);
    let at = packed.windows(4).position(|window| window == b"IDAT").unwrap();
    let length = u32::from_be_bytes(packed[at - 4..at].try_into().unwrap()) as usize;
    packed[at + 4..at + 4 + length].to_vec()
}

/// A JPEG with an EXIF block that turns it by 90 degrees and says where it was taken.
fn with_exif(jpeg: &[u8]) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08".to_vec();
    tiff.extend([0, 2]);
    tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]);
    tiff.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38]);
    tiff.extend([0, 0, 0, 0]);
    tiff.extend([0, 1]);
    // GPSMapDatum, as words that can be searched for.
    tiff.extend([0, 18, 0, 2, 0, 0, 0, 20, 0, 0, 0, 56]);
    tiff.extend([0, 0, 0, 0]);
    tiff.extend(b"GPS-54.7937N-9.4469E");
    let exif = [b"Exif\0\0", &tiff[..]].concat();
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
}

#[tokio::test]
async fn what_is_no_paper_is_refused_and_leaves_nothing() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    let whole = encoded(&RgbImage::from_pixel(200, 200, Rgb([1, 2, 3])), ImageFormat::Png);
    let pdf_with_page = [b"%PDF-1.7\n", &b"<html><script>alert(1)</script></html>".repeat(100)[..]].concat();
    let svg = b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
    let cases: [(&str, &str, Vec<u8>, &str); 12] = [
        (
            "a page called a picture",
            "bild.png",
            b"<html><script>alert(1)</script></html>".to_vec(),
            "weder PDF noch JPG noch PNG",
        ),
        ("SVG", "bild.svg", svg.to_vec(), "weder PDF noch JPG noch PNG"),
        ("SVG called a picture", "bild.jpg", svg.to_vec(), "weder PDF noch JPG noch PNG"),
        ("GIF", "bild.gif", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), "weder PDF noch JPG noch PNG"),
        (
            "an archive called a PDF",
            "schein.pdf",
            b"PK\x03\x04\x14\0\0\0\0\0".repeat(20),
            "weder PDF noch JPG noch PNG",
        ),
        ("a program", "schein.pdf", b"MZ\x90\0\x03\0\0\0".repeat(20), "weder PDF noch JPG noch PNG"),
        ("half a picture", "bild.png", whole[..whole.len() / 2].to_vec(), "beschädigt"),
        ("only a picture's first bytes", "bild.png", whole[..20].to_vec(), "beschädigt"),
        ("a page behind a PDF's first line", "schein.pdf", pdf_with_page, "beschädigt"),
        ("empty", "leer.pdf", Vec::new(), "in dieser ist nichts"),
        ("a path for a name", "../../etc/passwd", seed::photo(), "Name der Datei"),
        ("a path of Windows", "C:\\schein.jpg", seed::photo(), "Name der Datei"),
    ];
    for (what, name, content, sentence) in cases {
        let page = send(&mut client, name, &content).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
        assert!(page.error("file").unwrap().contains(sentence), "{what}: {:?}", page.error("file"));
        nothing_left(&portal, what).await;
    }
    let page = client.press("Hochladen").await;
    assert_eq!(page.error("file").as_deref(), Some("Bitte wähle eine Datei; in dieser ist nichts."), "nothing chosen");
}

/// A PDF of these objects.
fn pdf_of(objects: &[u8]) -> Vec<u8> {
    [b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n", objects, b"\nstartxref\n9\n%%EOF\n"].concat()
}

/// Objects packed as an object stream.
fn packed(objects: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(objects).unwrap();
    let body = encoder.finish().unwrap();
    [b"5 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode>>stream\n", &body[..], b"\nendstream endobj"].concat()
}

#[tokio::test]
async fn a_pdf_with_more_than_pages_is_refused_and_leaves_nothing() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    let script = b"3 0 obj<</S/#4aavaScript/JS(app.alert\\(1\\))>>endobj";
    let cases: [(&str, Vec<u8>, &str); 10] = [
        ("a script", pdf_of(script), "mehr als Seiten"),
        ("a script among packed objects", pdf_of(&packed(b"3 0 <</S/JavaScript/JS(x)>>")), "mehr als Seiten"),
        ("a program", pdf_of(b"3 0 obj<</S/Launch/F(cmd.exe)>>endobj"), "mehr als Seiten"),
        ("an attached file", pdf_of(b"3 0 obj<</Type/EmbeddedFile>>endobj"), "mehr als Seiten"),
        ("an action at opening the page", pdf_of(b"3 0 obj<</Type/Page/AA<</O 4 0 R>>>>endobj"), "mehr als Seiten"),
        (
            "an address that opens by itself",
            pdf_of(b"3 0 obj<</OpenAction<</S/URI/URI(https://boese.example)>>>>endobj"),
            "mehr als Seiten",
        ),
        (
            "the same, packed and elsewhere",
            pdf_of(&packed(b"3 0 4 21 <</OpenAction 4 0 R>><</S/URI/URI(https://boese.example)>>")),
            "mehr als Seiten",
        ),
        ("a form with scripts", pdf_of(b"3 0 obj<</XFA 4 0 R>>endobj"), "mehr als Seiten"),
        ("encrypted", pdf_of(b"trailer<</Root 1 0 R/Encrypt 9 0 R>>"), "verschlüsselt"),
        ("objects that unpack to too much", pdf_of(&packed(&b"1 0 ".repeat(MOST_UNPACKED / 4 + 1))), "nicht prüfen"),
    ];
    for (what, content, sentence) in cases {
        let begun = Instant::now();
        let page = send(&mut client, "schein.pdf", &content).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
        assert!(page.error("file").unwrap().contains(sentence), "{what}: {:?}", page.error("file"));
        assert!(begun.elapsed().as_secs() < 10, "{what} took {:?}", begun.elapsed());
        nothing_left(&portal, what).await;
    }
    // What only turns to a page, and names an address, is a page.
    let harmless = pdf_of(b"3 0 obj<</OpenAction[2 0 R/Fit]/A<</S/URI/URI(https://amt.example)>>>>endobj");
    let page = send(&mut client, "schein.pdf", &harmless).await;
    assert_eq!(page.path, "/bereit/unterlagen", "{}", page.text());
}

/// Ten megabytes made to keep a search busy: each takes seconds at most, in a build for tests.
#[test]
fn a_pdf_that_is_tedious_to_look_through_does_not_take_long() {
    let size = usize::try_from(LONGEST).unwrap();
    for pattern in [
        &b"/"[..],
        b"/AA",
        b"/AA%",
        b"/JS 1 ",
        b"/OpenAction 12 0 R 12%",
        b"/OpenAction<<(",
        b"/#",
        b"stream\n",
        b"stream\nx\x9c",
        b"stream\n\x78\x9c",
    ] {
        let begun = Instant::now();
        let _any = pdf::look(&pattern.repeat(size / pattern.len()));
        assert!(begun.elapsed().as_secs() < 30, "{:?} took {:?}", pattern, begun.elapsed());
    }
}

#[tokio::test]
async fn a_wrong_ending_does_no_harm() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    let page = send(&mut client, "schein.pdf", &seed::photo()).await;
    assert_eq!(page.path, "/bereit/unterlagen", "{}", page.text());
    let kind: String =
        sqlx::query_scalar("select media_type from blob where state = 'live'").fetch_one(&portal.db).await.unwrap();
    assert_eq!(kind, "image/jpeg", "the content decides");
}

#[tokio::test]
async fn ten_megabytes_are_taken_and_one_byte_more_is_not() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    let end = b"\nstartxref\n9\n%%EOF\n";
    let pdf = |length: i64| {
        let mut bytes = b"%PDF-1.7\n".to_vec();
        bytes.resize(usize::try_from(length).unwrap() - end.len(), b' ');
        bytes.extend(end);
        bytes
    };
    let page = send(&mut client, "schein.pdf", &pdf(LONGEST + 1)).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(page.error("file").unwrap().contains("größer als 10 MB"), "{:?}", page.error("file"));
    nothing_left(&portal, "too long").await;
    let page = send(&mut client, "schein.pdf", &pdf(LONGEST)).await;
    assert_eq!(page.path, "/bereit/unterlagen", "{}", page.text());
}

#[tokio::test]
async fn pictures_with_too_many_pixels_are_refused_by_their_header() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    let packed = zeros(2_000_000);
    for (width, height) in [(60_000, 60_000), (u32::MAX / 2, 2), (6000, u32::try_from(MOST_PIXELS / 6000).unwrap() + 1)]
    {
        let begun = Instant::now();
        let page = send(&mut client, "bild.png", &png(width, height, &packed)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{width}×{height}");
        let sentence = page.error("file").unwrap();
        assert!(sentence.contains("30 Millionen Bildpunkte") || width > 60_000, "{width}×{height}: {sentence}");
        assert!(begun.elapsed().as_secs() < 5, "{width}×{height} took {:?}", begun.elapsed());
        nothing_left(&portal, "too many pixels").await;
    }
}

#[tokio::test]
async fn a_small_picture_with_a_huge_body_stays_small() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    // 100 × 100 pixels are promised; what follows unpacks to 75 million bytes.
    let begun = Instant::now();
    let page = send(&mut client, "bild.png", &png(100, 100, &zeros(25_000_000))).await;
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
    let taken: Option<i64> =
        sqlx::query_scalar("select bytes from blob where state = 'live'").fetch_optional(&portal.db).await.unwrap();
    assert!(taken.is_none_or(|bytes| bytes < 20_000), "{taken:?} {}", page.status);
}

#[tokio::test]
async fn pixels_are_all_that_is_kept_of_a_picture() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    // The left half red, the right half blue; turned by 90 degrees, red is on top.
    let halves = RgbImage::from_fn(64, 32, |x, _| if x < 32 { Rgb([230, 10, 10]) } else { Rgb([10, 10, 230]) });
    let hidden = b"<script>alert(1)</script>PK\x05\x06".repeat(50);
    let sent = [with_exif(&encoded(&halves, ImageFormat::Jpeg)), hidden].concat();
    assert!(sent.windows(4).any(|w| w == b"GPS-"));
    send(&mut client, "foto.jpg", &sent).await;
    portal::files::sweep_doomed(&portal.portal.files, &portal.db, portal.now()).await.unwrap();
    let objects = portal.objects();
    assert_eq!(objects.len(), 1, "what was sent is gone");
    let kept: BlobId = objects[0].parse().unwrap();
    let kept = portal.portal.files.read(kept, 0..u64::MAX).await.unwrap();
    for word in [&b"GPS-"[..], b"Exif", b"script", b"PK\x05\x06"] {
        assert!(!kept.windows(word.len()).any(|window| window == word), "{}", String::from_utf8_lossy(word));
    }
    let drawn = image::load_from_memory(&kept).unwrap().to_rgb8();
    assert_eq!(drawn.dimensions(), (32, 64), "upright");
    assert!(drawn.get_pixel(16, 8)[0] > 200 && drawn.get_pixel(16, 56)[2] > 200, "red on top");
    let id: String = sqlx::query_scalar("select id::text from document").fetch_one(&portal.db).await.unwrap();
    let page = client.send(Method::GET, &format!("/bereit/dateien/{id}"), None).await;
    assert_eq!(page.headers["content-type"], "image/jpeg");
}

/// The most memory that a process ever had, in MB.
fn highest_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_large_photos_at_once_do_not_add_up_in_memory() {
    let folder = Folder::new();
    let server = Server::start(&folder.data());
    let socket = server.data.join("postgres/socket");
    let options = PgConnectOptions::new().socket(socket).username("postgres").database("portal");
    let db = connect(options, 4).await.unwrap();
    let mut senders = Vec::new();
    for _ in 0..10 {
        let person = seed::freelancer(&db).await;
        let token = session::create(&db, person.id, &person.roles, "Test", Clock::system().now()).await.unwrap();
        senders.push(Sender::new(&format!("http://127.0.0.1:{}", server.port), &token));
    }
    // 24 million pixels, as phones take them, in a file of nearly 10 MB.
    let colours = RgbImage::from_fn(6000, 4000, |x, y| Rgb([(x / 24) as u8, (y / 16) as u8, 90]));
    let mut photo = encoded(&colours, ImageFormat::Jpeg);
    drop(colours);
    photo.resize(usize::try_from(LONGEST).unwrap() - 1000, 0);
    let head = b"--rand\r\nContent-Disposition: form-data; name=\"file\"; filename=\"foto.jpg\"\r\n\r\n";
    let body = bytes::Bytes::from([head, &photo[..], b"\r\n--rand--\r\n"].concat());
    let send = async |sender: &Sender| {
        let kind = [("content-type", "multipart/form-data; boundary=rand")];
        sender.ask(Method::POST, "/bereit/unterlagen/gewerbeschein", &kind, body.clone()).await.status
    };
    assert_eq!(send(&senders[0]).await, 303);
    let one = highest_memory(server.child.id());
    let statuses = futures_util::future::join_all(senders.iter().map(send)).await;
    assert_eq!(statuses, [303; 10]);
    let all = highest_memory(server.child.id());
    // What one turn took may not be given back when the next one begins; ten turns at once would be over a gigabyte.
    assert!(all < one + 150, "one photo: {one} MB, ten at once: {all} MB");
    db.close().await;
}

//! What a recording is, decided by its content and never by its name: mp4, mov, m4a, webm, ogg or mp3.
//!
//! `infer` knows the first bytes. Where they prove little, the container itself is looked at; and a file that is something
//! else besides (a page, an archive at its end) is refused (privacy.md: type by content and by list).

use std::io;

use bytes::Bytes;

use super::Files;
use crate::id::BlobId;

/// Bytes by which `begins` can tell what a file will be.
pub const HEAD: usize = 512;
/// How far into a file the tracks of a webm, or the words of a page, are looked for.
const START: u64 = 64 * 1024;
/// How much of an mp4's `moov` is looked through for its tracks.
const MOOV: u64 = 512 * 1024;
/// An archive's directory ends so far from the end of the file at most: 22 bytes and the longest comment.
const ARCHIVE_END: u64 = 22 + 65_535;
/// Boxes before the one with the tracks and the one with the sound; more of them are no recording.
const BOXES: usize = 64;

/// Whether there is a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Video,
    Audio,
}

/// A file that is what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recording {
    pub kind: Kind,
    pub media_type: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    /// ISO base media: mp4, mov, m4a.
    Boxes {
        quicktime: bool,
    },
    Webm,
    Ogg,
    Mp3,
}

fn container(head: &[u8]) -> Option<Container> {
    Some(match infer::get(head)?.mime_type() {
        "video/mp4" | "video/x-m4v" | "audio/m4a" => Container::Boxes { quicktime: false },
        "video/quicktime" => Container::Boxes { quicktime: true },
        "video/webm" => Container::Webm,
        "audio/ogg" | "audio/opus" | "video/ogg" => Container::Ogg,
        "audio/mpeg" => Container::Mp3,
        _ => return None,
    })
}

/// Whether a file with these first bytes may become a recording: what cannot be one need not arrive whole.
pub fn begins(head: &[u8]) -> bool {
    container(head).is_some() && !is_markup(head)
}

/// Looks at a stored file of so many bytes. `None`: it is no recording.
pub async fn look(files: &Files, id: BlobId, bytes: u64) -> io::Result<Option<Recording>> {
    if bytes < 16 {
        return Ok(None);
    }
    let start = files.read(id, 0..START.min(bytes)).await?;
    let end = files.read(id, bytes.saturating_sub(ARCHIVE_END)..bytes).await?;
    let Some(container) = container(&start) else { return Ok(None) };
    if is_markup(&start) || ends_as_archive(&end) {
        return Ok(None);
    }
    drop(end);
    let file = Look { files, id, bytes };
    let (kind, video, audio) = match container {
        Container::Webm => (webm(&start), "video/webm", "audio/webm"),
        Container::Ogg => (ogg(&start), "video/ogg", "audio/ogg"),
        Container::Mp3 => (file.mp3(&start).await?, "audio/mpeg", "audio/mpeg"),
        Container::Boxes { quicktime: true } => (file.boxes().await?, "video/quicktime", "audio/mp4"),
        Container::Boxes { quicktime: false } => (file.boxes().await?, "video/mp4", "audio/mp4"),
    };
    let media_type = |kind| if kind == Kind::Video { video } else { audio };
    Ok(kind.map(|kind| Recording { kind, media_type: media_type(kind) }))
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

fn is_markup(head: &[u8]) -> bool {
    let head = head[..head.len().min(4096)].to_ascii_lowercase();
    ["<!doctype", "<html", "<svg", "<script", "<body", "<iframe", "<?php"]
        .iter()
        .any(|word| contains(&head, word.as_bytes()))
}

/// An "end of central directory" whose comment ends exactly with the file: an archive may have anything before it.
fn ends_as_archive(end: &[u8]) -> bool {
    end.windows(22).enumerate().any(|(at, record)| {
        let comment = usize::from(u16::from_le_bytes([record[20], record[21]]));
        record.starts_with(b"PK\x05\x06") && at + 22 + comment == end.len()
    })
}

/// The codecs of the tracks; every webm names them at its start.
fn webm(start: &[u8]) -> Option<Kind> {
    let has = |codecs: &[&str]| codecs.iter().any(|codec| contains(start, codec.as_bytes()));
    let tracks = contains(start, &[0x16, 0x54, 0xae, 0x6b]);
    kind(tracks && has(&["V_VP8", "V_VP9", "V_AV1", "V_MPEG4"]), tracks && has(&["A_OPUS", "A_VORBIS", "A_AAC"]))
}

fn ogg(start: &[u8]) -> Option<Kind> {
    let start = &start[..start.len().min(4096)];
    let has = |codecs: &[&[u8]]| codecs.iter().any(|codec| contains(start, codec));
    kind(has(&[b"\x80theora"]), has(&[b"OpusHead", b"\x01vorbis", b"Speex   ", b"\x7fFLAC"]))
}

fn kind(video: bool, audio: bool) -> Option<Kind> {
    match (video, audio) {
        (true, _) => Some(Kind::Video),
        (false, true) => Some(Kind::Audio),
        _ => None,
    }
}

/// A stored file that is looked at in several places.
struct Look<'a> {
    files: &'a Files,
    id: BlobId,
    bytes: u64,
}

impl Look<'_> {
    async fn at(&self, from: u64, length: u64) -> io::Result<Bytes> {
        let end = from.saturating_add(length).min(self.bytes);
        if from >= end { Ok(Bytes::new()) } else { self.files.read(self.id, from..end).await }
    }

    /// The boxes of an mp4 (ISO/IEC 14496-12): `ftyp` first, then whole ones up to `moov` and the media.
    async fn boxes(&self) -> io::Result<Option<Kind>> {
        let (mut at, mut found, mut media) = (0, None, false);
        for turn in 0..BOXES {
            let head = self.at(at, 16).await?;
            let Some((name, size)) = box_head(&head, self.bytes - at) else { return Ok(None) };
            let plausible = if turn == 0 { &name == b"ftyp" && size <= 4096 } else { name.is_ascii() };
            if !plausible || size > self.bytes - at {
                return Ok(None);
            }
            match &name {
                b"moov" => found = tracks(&self.at(at, size.min(MOOV)).await?),
                b"mdat" | b"moof" => media = true,
                _ => {}
            }
            at += size;
            if (found.is_some() && media) || at >= self.bytes {
                break;
            }
        }
        Ok(found.filter(|_| media))
    }

    /// Two frames in a row, after the tag that may stand before them.
    async fn mp3(&self, start: &[u8]) -> io::Result<Option<Kind>> {
        let mut at = 0;
        if let [b'I', b'D', b'3', _, _, _, size @ ..] = start
            && let Some(size) = size.first_chunk::<4>()
        {
            // Seven bits a byte (ID3v2, section 3.1).
            at = 10 + size.iter().fold(0, |sum, byte| (sum << 7) | u64::from(byte & 0x7f));
        }
        let audio = self.at(at, 8192).await?;
        let silent = audio.iter().take_while(|byte| **byte == 0).count();
        let audio = &audio[silent..];
        let next = frame_length(audio).and_then(|length| audio.get(length..));
        Ok(next.and_then(frame_length).map(|_| Kind::Audio))
    }
}

/// Name and whole size of a box; `left` bytes remain of the file.
fn box_head(head: &[u8], left: u64) -> Option<([u8; 4], u64)> {
    let size = u32::from_be_bytes(*head.first_chunk()?);
    let name = *head.get(4..)?.first_chunk()?;
    let size = match size {
        0 => left,
        1 => u64::from_be_bytes(*head.get(8..)?.first_chunk()?),
        size => u64::from(size),
    };
    (size >= 8).then_some((name, size))
}

/// The handlers of a `moov`: `hdlr`, eight bytes, then what the track is.
fn tracks(moov: &[u8]) -> Option<Kind> {
    let handlers: Vec<&[u8]> =
        moov.windows(16).filter(|window| window.starts_with(b"hdlr")).map(|window| &window[12..]).collect();
    kind(handlers.contains(&&b"vide"[..]), handlers.contains(&&b"soun"[..]))
}

/// Bytes of the layer III frame that begins here (ISO/IEC 11172-3, 2.4.1.3).
fn frame_length(audio: &[u8]) -> Option<usize> {
    const FIRST: [usize; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const SECOND: [usize; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let [sync, layer, rates, _] = *audio.first_chunk()?;
    if sync != 0xff || layer & 0xe6 != 0xe2 {
        return None;
    }
    let (first, divisor) = match (layer >> 3) & 3 {
        0 => (false, 4),
        2 => (false, 2),
        3 => (true, 1),
        _ => return None,
    };
    let rate = if first { FIRST } else { SECOND }.get(usize::from(rates >> 4)).filter(|rate| **rate > 0)? * 1000;
    let samples = [44_100, 48_000, 32_000].get(usize::from((rates >> 2) & 3))? / divisor;
    Some(if first { 144 } else { 72 } * rate / samples + usize::from((rates >> 1) & 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_programs_and_archives_do_not_begin_as_recordings() {
        let long = |start: &[u8]| [start, &[0; 600]].concat();
        for no in
            [&b"<!DOCTYPE html><title>x</title>"[..], b"<svg xmlns='x'/>", b"MZ\x90\0", b"PK\x03\x04", b"%PDF-1.7", b""]
        {
            assert!(!begins(&long(no)), "{no:?}");
        }
        assert!(begins(&long(b"\0\0\0\x18ftypisom\0\0\0\0isommp42")));
        assert!(!begins(&long(b"\0\0\0\x18ftypisom<SCRIPT>alert(1)</SCRIPT>")));
        assert!(begins(&long(b"ID3\x04\0\0\0\0\0\0")));
        assert!(begins(&long(b"OggS")));
    }

    #[test]
    fn an_archive_at_the_end_is_seen() {
        let end = [b"sound".as_slice(), b"PK\x05\x06", &[0; 16], &[3, 0], b"abc"].concat();
        assert!(ends_as_archive(&end));
        assert!(!ends_as_archive(&end[..end.len() - 1]), "the comment does not fit");
    }

    #[test]
    fn frames_have_the_length_that_their_head_says() {
        // 128 kbit/s at 44.1 kHz: 417 bytes, 418 with padding.
        assert_eq!(frame_length(&[0xff, 0xfb, 0x90, 0x00]), Some(417));
        assert_eq!(frame_length(&[0xff, 0xfb, 0x92, 0x00]), Some(418));
        assert_eq!(frame_length(&[0xff, 0xff, 0x90, 0x00]), None, "not layer III");
        assert_eq!(frame_length(b"text"), None);
    }
}

//! How a file lies in the store: encrypted in segments, so that any range of it can be read.
//!
//! AES-256-GCM as a STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015), the way of Tink's AES-GCM-HKDF: every object has a
//! key of its own, derived from its person's key with a random salt and bound to the ids of both; a segment's nonce is its
//! number and whether it is the last. So a segment that was moved, taken out or put in from elsewhere does not open, and a
//! file cannot be cut.

use std::io;

use bytes::{Bytes, BytesMut};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::rand::{SecureRandom, SystemRandom};
use uuid::Uuid;

use crate::id::{BlobId, KeyId};

/// Plain bytes of a segment; the last one has fewer, or as many.
pub const SEGMENT: usize = 64 * 1024;
/// What sealing adds to each segment.
const TAG: usize = 16;
/// Bytes of a segment as it is stored.
pub const SEALED: usize = SEGMENT + TAG;
/// What a sealed object begins with, and its version.
const MAGIC: [u8; 8] = *b"portal\x00\x01";
const SALT: usize = 32;
/// Bytes before the first segment.
pub const HEADER: usize = MAGIC.len() + size_of::<Uuid>() + SALT;

/// Random bytes for a key or a salt.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("the system has no random bytes"))?;
    Ok(bytes)
}

/// The first bytes of a sealed object: whose key opens it, and its salt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub key: KeyId,
    salt: [u8; SALT],
}

impl Header {
    /// For a new object.
    pub fn new(key: KeyId) -> io::Result<Self> {
        Ok(Self { key, salt: random()? })
    }

    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (key, salt) = bytes.strip_prefix(&MAGIC)?.split_first_chunk()?;
        Some(Self { key: KeyId(Uuid::from_bytes(*key)), salt: salt.try_into().ok()? })
    }

    fn write(&self, out: &mut BytesMut) {
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(self.key.0.as_bytes());
        out.extend_from_slice(&self.salt);
    }
}

/// How many plain bytes an object of so many stored ones holds.
pub fn plain_length(stored: u64) -> io::Result<u64> {
    let sealed = stored.checked_sub(HEADER as u64).filter(|sealed| *sealed >= TAG as u64).ok_or_else(broken)?;
    sealed.checked_sub(sealed.div_ceil(SEALED as u64) * TAG as u64).ok_or_else(broken)
}

/// How many stored bytes so many plain ones become.
pub fn sealed_length(plain: u64) -> u64 {
    HEADER as u64 + plain + plain.div_ceil(SEGMENT as u64).max(1) * TAG as u64
}

/// Opens and closes the segments of one object.
pub struct Seal(LessSafeKey);

impl Seal {
    /// The seal of this object: no other object has the same, even of the same person.
    pub fn new(secret: &[u8], header: &Header, blob: BlobId) -> io::Result<Self> {
        let info: [&[u8]; 3] = [b"portal file", header.key.0.as_bytes(), blob.0.as_bytes()];
        let derived = Salt::new(HKDF_SHA256, &header.salt).extract(secret);
        let key = derived.expand(&info, &AES_256_GCM).map_err(|_| broken())?;
        Ok(Self(LessSafeKey::new(key.into())))
    }

    fn close(&self, number: u64, is_last: bool, segment: &mut [u8]) -> io::Result<[u8; TAG]> {
        let tag = self.0.seal_in_place_separate_tag(nonce(number, is_last)?, Aad::empty(), segment);
        tag.map_err(|_| broken())?.as_ref().try_into().map_err(|_| broken())
    }

    /// The plain bytes of consecutive segments, the first of which has this number; `to_end`: the last of them is the
    /// object's last.
    pub fn open(&self, first: u64, to_end: bool, sealed: Bytes) -> io::Result<BytesMut> {
        // In place: a stored range is the only copy in memory.
        let mut bytes = BytesMut::from(sealed);
        let (mut from, mut to, length) = (0, 0, bytes.len());
        for number in first.. {
            let end = (from + SEALED).min(length);
            let is_last = to_end && end == length;
            let nonce = nonce(number, is_last)?;
            let plain = self.0.open_in_place(nonce, Aad::empty(), &mut bytes[from..end]).map_err(|_| broken())?.len();
            bytes.copy_within(from..from + plain, to);
            (from, to) = (end, to + plain);
            if from == length {
                break;
            }
        }
        bytes.truncate(to);
        Ok(bytes)
    }
}

fn nonce(number: u64, is_last: bool) -> io::Result<Nonce> {
    let number = u32::try_from(number).map_err(|_| broken())?;
    let mut nonce = [0; NONCE_LEN];
    nonce[7..11].copy_from_slice(&number.to_be_bytes());
    nonce[11] = u8::from(is_last);
    Ok(Nonce::assume_unique_for_key(nonce))
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a stored file is not what was stored")
}

/// Seals the bytes of an object as they come; what can be stored already lies at the front of one buffer.
pub struct Sealer {
    seal: Seal,
    next: u64,
    /// Header and sealed segments, then the plain bytes of a segment that may be the last.
    buffer: BytesMut,
    /// Where the plain bytes begin.
    plain: usize,
}

impl Sealer {
    /// `room`: bytes to keep space for.
    pub fn new(secret: &[u8], key: KeyId, blob: BlobId, room: usize) -> io::Result<Self> {
        let header = Header::new(key)?;
        let mut buffer = BytesMut::with_capacity(room);
        header.write(&mut buffer);
        Ok(Self { seal: Seal::new(secret, &header, blob)?, next: 0, plain: buffer.len(), buffer })
    }

    /// Takes plain bytes, up to the end of a segment; returns the rest of them.
    pub fn take<'a>(&mut self, bytes: &'a [u8]) -> io::Result<&'a [u8]> {
        if self.buffer.len() - self.plain == SEGMENT && !bytes.is_empty() {
            self.close(false)?;
        }
        let room = SEGMENT - (self.buffer.len() - self.plain);
        let (now, later) = bytes.split_at(room.min(bytes.len()));
        self.buffer.extend_from_slice(now);
        Ok(later)
    }

    /// Exactly so many stored bytes, once they are there.
    pub fn cut(&mut self, length: usize) -> Option<Bytes> {
        (self.plain >= length).then(|| {
            self.plain -= length;
            self.buffer.split_to(length).freeze()
        })
    }

    /// The end of the object.
    pub fn finish(mut self) -> io::Result<Bytes> {
        self.close(true)?;
        Ok(self.buffer.freeze())
    }

    fn close(&mut self, is_last: bool) -> io::Result<()> {
        let tag = self.seal.close(self.next, is_last, &mut self.buffer[self.plain..])?;
        self.buffer.extend_from_slice(&tag);
        (self.next, self.plain) = (self.next + 1, self.buffer.len());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 32] = [7; 32];

    fn seal_up(blob: BlobId, plain: &[u8]) -> Bytes {
        let mut sealer = Sealer::new(&SECRET, KeyId::new(), blob, 0).unwrap();
        let mut rest = plain;
        while !rest.is_empty() {
            rest = sealer.take(rest).unwrap();
        }
        sealer.finish().unwrap()
    }

    fn open(blob: BlobId, stored: &[u8]) -> io::Result<BytesMut> {
        let header = Header::read(&stored[..HEADER]).unwrap();
        Seal::new(&SECRET, &header, blob)?.open(0, true, Bytes::copy_from_slice(&stored[HEADER..]))
    }

    fn plain(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at * 7 + at / 251) as u8).collect()
    }

    #[test]
    fn files_of_every_length_come_back() {
        for length in [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 3 * SEGMENT + 5] {
            let (blob, plain) = (BlobId::new(), plain(length));
            let stored = seal_up(blob, &plain);
            assert_eq!(stored.len() as u64, sealed_length(length as u64));
            assert_eq!(plain_length(stored.len() as u64).unwrap(), length as u64);
            assert!(open(blob, &stored).unwrap() == plain, "{length}");
        }
    }

    #[test]
    fn a_segment_opens_alone() {
        let (blob, plain) = (BlobId::new(), plain(3 * SEGMENT));
        let stored = seal_up(blob, &plain);
        let seal = Seal::new(&SECRET, &Header::read(&stored[..HEADER]).unwrap(), blob).unwrap();
        let second = stored.slice(HEADER + SEALED..HEADER + 2 * SEALED);
        assert!(seal.open(1, false, second.clone()).unwrap() == plain[SEGMENT..2 * SEGMENT]);
        assert!(seal.open(0, false, second.clone()).is_err(), "in another's place");
        assert!(seal.open(1, true, second).is_err(), "as the last");
    }

    #[test]
    fn whatever_was_changed_does_not_open() {
        let (blob, plain) = (BlobId::new(), plain(3 * SEGMENT));
        let stored = seal_up(blob, &plain);
        let segment = |number: usize| stored.slice(HEADER + number * SEALED..HEADER + (number + 1) * SEALED);
        let head = stored.slice(..HEADER);
        let of = |segments: &[Bytes]| [std::slice::from_ref(&head), segments].concat().concat();
        let other = seal_up(blob, &plain).slice(HEADER + SEALED..HEADER + 2 * SEALED);
        let mut flipped = stored.to_vec();
        flipped[HEADER + SEALED + 9] ^= 1;
        for (what, changed) in [
            ("two in the wrong order", of(&[segment(1), segment(0), segment(2)])),
            ("one taken out", of(&[segment(0), segment(2)])),
            ("cut after a segment", of(&[segment(0), segment(1)])),
            ("cut within one", stored[..stored.len() - 100].to_vec()),
            ("lengthened", [&stored[..], &[0; 20]].concat()),
            ("a segment of another object", of(&[segment(0), other, segment(2)])),
            ("a bit", flipped),
        ] {
            assert!(open(blob, &changed).is_err(), "{what}");
        }
        assert!(open(BlobId::new(), &stored).is_err(), "in another file's place");
    }

    #[test]
    fn lengths_that_no_object_has() {
        for stored in [0, HEADER, HEADER + TAG - 1, HEADER + SEALED + 3] {
            assert!(plain_length(stored as u64).is_err() || stored > HEADER + SEALED, "{stored}");
        }
        assert!(Header::read(b"\x1a\x45\xdf\xa3 a recording from before").is_none());
    }
}

//! Looking a PDF through for what a page does not need: scripts, programs to start, files within the file. Nothing is
//! interpreted: names are looked for in every byte, wherever a viewer may be led to, and in the object streams once they
//! are unpacked. What happens by itself may only turn to a page ([`opening`]); an address is a link, to be clicked. Held against
//! what programs write and what is known to do harm, not against every trick: the file still leaves in a sandbox.

mod opening;

use std::io::Read;

use flate2::read::ZlibDecoder;
use flate2::{Decompress, FlushDecompress};

use self::opening::Opening;

/// Most bytes that the object streams of a file may unpack to, all together; a thousand pages need some two million.
pub const MOST_UNPACKED: usize = 32 * 1024 * 1024;
/// So many bytes show whether a stream holds objects.
const HEAD: usize = 32;
/// Most streams of a file; each is unpacked for a few bytes.
const MOST_STREAMS: usize = 20_000;
/// A value stands so close behind its name; where it does not, it is taken for one.
const NEAR: usize = 1024;
/// Longest name that is looked at.
const LONGEST_NAME: usize = 127;

/// Why a PDF is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It has a script, an attached file, or an action that starts or sends something.
    Active,
    /// Nobody can look through it without a password.
    Encrypted,
    /// Its object streams cannot be unpacked, or unpack to too much.
    Unreadable,
}

/// Looks a whole file through.
pub fn look(bytes: &[u8]) -> Result<(), Fault> {
    let mut opening = Opening::default();
    let mut named = look_at_names(bytes, &mut opening)?;
    let unpacked = unpack_all(bytes, |objects| {
        named += look_at_names(objects, &mut opening)?;
        Ok(())
    })?;
    // What calls itself an object stream, and was not unpacked, is packed in a way that nobody uses for one.
    if named > unpacked {
        return Err(Fault::Unreadable);
    }
    if opening.is_elsewhere() {
        opening.look_among_objects(bytes)?;
        unpack_all(bytes, |objects| opening.look_among_packed(objects))?;
    }
    opening.finish()
}

/// Hands over the objects of each object stream; returns how many streams there are.
fn unpack_all(bytes: &[u8], mut see: impl FnMut(&[u8]) -> Result<(), Fault>) -> Result<usize, Fault> {
    let (mut left, mut unpacked) = (MOST_UNPACKED, 0);
    let mut unpacker = Decompress::new(true);
    for (n, body) in streams(bytes).enumerate() {
        if n == MOST_STREAMS {
            return Err(Fault::Unreadable);
        }
        if !holds_objects(&mut unpacker, body) {
            continue;
        }
        let objects = unpack(body, left)?;
        left -= objects.len();
        unpacked += 1;
        see(&objects)?;
    }
    Ok(unpacked)
}

/// Refuses by the names in these bytes; returns how many object streams they announce.
fn look_at_names(bytes: &[u8], opening: &mut Opening) -> Result<usize, Fault> {
    let mut announced = 0;
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == b'/') {
        let (name, after) = name(&rest[at + 1..]);
        match name.as_slice() {
            b"JavaScript" | b"Launch" | b"EmbeddedFile" | b"EmbeddedFiles" | b"XFA" | b"SubmitForm" | b"ImportData"
            | b"GoToE" | b"GoToR" | b"Rendition" | b"RichMedia" | b"RichMediaExecute" => return Err(Fault::Active),
            // Short enough to occur by chance: only with a value that they can have.
            b"JS" if has_value(after, b"(<") => return Err(Fault::Active),
            b"AA" if has_value(after, b"<") => return Err(Fault::Active),
            b"Encrypt" if has_value(after, b"<") => return Err(Fault::Encrypted),
            b"OpenAction" => opening.note(after)?,
            b"ObjStm" => announced += 1,
            _ => {}
        }
        rest = &rest[at + 1..];
    }
    Ok(announced)
}

/// The name at the beginning of these bytes, with `#4A` read as `J`, and what follows it.
fn name(bytes: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut name = Vec::new();
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        if is_space(*first) || b"()<>[]{}/%".contains(first) || name.len() == LONGEST_NAME {
            break;
        }
        let escaped = match rest {
            [b'#', high, low, ..] => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        name.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &rest[3..] } else { after };
    }
    (name, rest)
}

/// Whether a value of one of these beginnings follows, or a reference to one (`12 0 R`).
fn has_value(rest: &[u8], beginnings: &[u8]) -> bool {
    let near = &rest[..rest.len().min(NEAR)];
    let rest = after_space(near);
    if rest.is_empty() && near.len() == NEAR {
        return true;
    }
    if rest.first().is_some_and(|byte| beginnings.contains(byte)) {
        return true;
    }
    reference(near).is_some()
}

/// The number of the object that is referred to (`12 0 R`), if that follows.
fn reference(rest: &[u8]) -> Option<u64> {
    let number = |rest| {
        let after = after_digits(rest);
        (after.len() < rest.len()).then(|| (&rest[..rest.len() - after.len()], after_space(after)))
    };
    let (digits, rest) = number(after_space(&rest[..rest.len().min(NEAR)]))?;
    let (_generation, rest) = number(rest)?;
    if rest.starts_with(b"R") { std::str::from_utf8(digits).ok()?.parse().ok() } else { None }
}

/// Past white space and comments.
fn after_space(mut rest: &[u8]) -> &[u8] {
    loop {
        rest = match rest {
            [b'%', ..] => &rest[rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len())..],
            [first, after @ ..] if is_space(*first) => after,
            _ => return rest,
        }
    }
}

fn after_digits(rest: &[u8]) -> &[u8] {
    &rest[rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len())..]
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// What follows each `stream`, up to the end of the file: packed bytes know themselves where they end.
fn streams(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    const WORD: &[u8] = b"stream";
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let at = from + bytes[from..].windows(WORD.len()).position(|window| window == WORD)?;
            from = at + WORD.len();
            match &bytes[from..] {
                [b'\r', b'\n', body @ ..] | [b'\n' | b'\r', body @ ..] if !bytes[..at].ends_with(b"end") => {
                    return Some(body);
                }
                _ => {}
            }
        }
    })
}

/// Objects that are packed together begin with a list of numbers.
fn holds_objects(unpacker: &mut Decompress, body: &[u8]) -> bool {
    let mut head = [0; HEAD];
    unpacker.reset(true);
    // An error ends the head early: what does not unpack at all is empty, and no object stream.
    let _ended = unpacker.decompress(body, &mut head, FlushDecompress::Finish);
    let length = usize::try_from(unpacker.total_out()).unwrap_or(HEAD).min(HEAD);
    let head = after_space(&head[..length]);
    let numbers = head.iter().position(|byte| !byte.is_ascii_digit() && !is_space(*byte)).unwrap_or(head.len());
    head.first().is_some_and(u8::is_ascii_digit) && (numbers == head.len() || numbers > 2)
}

/// Unpacks a stream, if it has no more than so many bytes.
fn unpack(body: &[u8], most: usize) -> Result<Vec<u8>, Fault> {
    let mut objects = Vec::new();
    let mut packed = ZlibDecoder::new(body).take(most as u64 + 1);
    match packed.read_to_end(&mut objects) {
        Ok(length) if length <= most => Ok(objects),
        _ => Err(Fault::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use std::io::Write;

    fn packed(objects: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(objects).unwrap();
        encoder.finish().unwrap()
    }

    fn with_stream(dictionary: &str, body: &[u8]) -> Vec<u8> {
        [b"7 0 obj <<", dictionary.as_bytes(), b">>\nstream\r\n", body, b"\nendstream endobj"].concat()
    }

    #[test]
    fn names_are_found_however_they_are_written() {
        for active in [
            "<</S/JavaScript/JS(app.alert\\(1\\))>>",
            "<</S /J#61v#61Script /JS 5 0 R>>",
            "<</#4aS%comment\n(x)>>",
            "<</S/Launch/F(calc.exe)>>",
            "<</Type/#45mbeddedFile>>",
            "<</Names<</EmbeddedFiles 3 0 R>>>>",
            "<</AA<</O 4 0 R>>>>",
            "<</AA 12 0 R>>",
            "<</XFA[]>>",
            "<</OpenAction<</S/URI/URI(https://a.example)>>>>",
            "<</OpenAction <</S/GoTo/D[1 0 R/Fit]/Next 4 0 R>>>>",
            "<</OpenAction<</S 5 0 R/D[1 0 R/Fit]>>>>",
            "<</OpenAction<</S/GoTo/X(\\)>>)/#53/URI>>>>",
            "<</OpenAction 4 0 R>> 4 0 obj<</S/URI/URI(https://a.example)>>endobj",
            "<</OpenAction 4 0 R>> 4 0 obj[1 0 R/Fit]endobj 4%\n0 obj<</S/URI>>endobj",
            "<</OpenAction 4 0 R>>",
            "<</OpenAction 4%",
            &format!("<</AA%{}\n<<>>>>", "x".repeat(NEAR)),
        ] {
            assert_eq!(look(active.as_bytes()), Err(Fault::Active), "{active}");
        }
        for harmless in [
            "<</OpenAction[1 0 R/Fit]>>",
            "<</OpenAction<</S/GoTo/D[1 0 R/XYZ null null 0]>>>> <</S/URI/URI(https://a.example)>>",
            "<</OpenAction 4 0 R>> 4 0 obj<</S/GoTo/D(anfang)>>endobj 5 0 obj<</S/URI>>endobj",
            "<</OpenAction 4 0 R>> 14 0 obj<</S/URI>>endobj\r4 0 obj [1 0 R/Fit]endobj",
            "[/A /AA /B]",
            "<</JSON(x)/AAA<<>>>>",
            "<</S/URI/URI(https://a.example)>>",
            "/",
            "/#",
        ] {
            assert_eq!(look(harmless.as_bytes()), Ok(()), "{harmless}");
        }
        assert_eq!(look(b"trailer <</Encrypt 9 0 R>>"), Err(Fault::Encrypted));
    }

    #[test]
    fn packed_objects_are_looked_at_whatever_their_stream_is_called() {
        let hidden = packed(b"1 0 2 20 <</A 2 0 R>> <</S/JavaScript>>");
        for dictionary in ["/Type/ObjStm/N 2/First 9/Filter/FlateDecode", "/N 2/First 9/Filter 8 0 R", "/Length 10"] {
            assert_eq!(look(&with_stream(dictionary, &hidden)), Err(Fault::Active), "{dictionary}");
        }
        let opening = |action: &str| packed(format!("1 0 4 29 <</OpenAction 4 0 R/A 5 0 R>>{action}").as_bytes());
        let of = |action: &str| look(&with_stream("/Type/ObjStm", &opening(action)));
        assert_eq!(of("<</S/URI/URI(https://a.example)>>"), Err(Fault::Active));
        assert_eq!(of("<</S/GoTo/D[1 0 R/Fit]>>"), Ok(()));
        let plain = packed(b"1 0 <</Type/Catalog/Pages 2 0 R>>");
        assert_eq!(look(&with_stream("/Type/ObjStm/Filter/FlateDecode", &plain)), Ok(()));
        // A page that writes the same words is no object, and not unpacked.
        let page = packed(b"BT (S /JavaScript) Tj ET");
        assert_eq!(look(&with_stream("/Filter/FlateDecode", &page)), Ok(()));
        let unknown = with_stream("/Type/ObjStm/Filter/ASCII85Decode", b"9jqo^BlbD-BleB1DJ+*+F(f,q~>");
        assert_eq!(look(&unknown), Err(Fault::Unreadable));
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused() {
        let bomb = packed(&b"1 0 ".repeat(MOST_UNPACKED / 4 + 1));
        assert!(bomb.len() < 200_000, "{}", bomb.len());
        assert_eq!(look(&with_stream("/Type/ObjStm", &bomb)), Err(Fault::Unreadable));
        let half = packed(&b"1 0 ".repeat(MOST_UNPACKED / 6));
        assert_eq!(look(&with_stream("", &half)), Ok(()));
        let twice = [with_stream("", &half), with_stream("", &half)].concat();
        assert_eq!(look(&twice), Err(Fault::Unreadable), "all together");
    }
}

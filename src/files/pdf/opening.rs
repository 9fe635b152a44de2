//! What a PDF does when it is opened: it may turn to a page. An address or anything else it would go to by itself is an
//! action, though the same address is a mere link where somebody has to click.

use std::collections::BTreeSet;

use super::{Fault, NEAR, after_digits, after_space, name, reference};

/// Longest dictionary that is looked at; one that turns to a page has a hundred bytes.
const LONGEST: usize = 4096;

/// Objects that are said to happen at opening, and those that were seen.
#[derive(Debug, Default)]
pub struct Opening {
    named: BTreeSet<u64>,
    seen: BTreeSet<u64>,
}

impl Opening {
    /// Takes down what follows `/OpenAction`.
    pub fn note(&mut self, value: &[u8]) -> Result<(), Fault> {
        match reference(value) {
            Some(number) => {
                self.named.insert(number);
                Ok(())
            }
            None => admit(value),
        }
    }

    /// Whether objects have to be looked for.
    pub fn is_elsewhere(&self) -> bool {
        !self.named.is_empty()
    }

    /// Looks at each `12 0 obj` that was named; a file that was changed may have several.
    pub fn look_among_objects(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(u8::is_ascii_digit) {
            let (number, after) = number(&rest[at..]);
            if self.named.contains(&number)
                && let Some(value) = object(after)?
            {
                admit(value)?;
                self.seen.insert(number);
            }
            rest = after;
        }
        Ok(())
    }

    /// The same in an unpacked object stream: it begins with a number and a place for each object.
    pub fn look_among_packed(&mut self, objects: &[u8]) -> Result<(), Fault> {
        let (mut places, mut rest) = (Vec::new(), after_space(objects));
        while rest.first().is_some_and(u8::is_ascii_digit) {
            let (number, after) = number(rest);
            places.push(number);
            rest = after_space(after);
        }
        for pair in places.chunks_exact(2).filter(|pair| self.named.contains(&pair[0])) {
            let place = usize::try_from(pair[1]).map_err(|_| Fault::Unreadable)?;
            admit(rest.get(place..).ok_or(Fault::Unreadable)?)?;
            self.seen.insert(pair[0]);
        }
        Ok(())
    }

    /// What nobody could look at is not let through.
    pub fn finish(self) -> Result<(), Fault> {
        if self.named.is_subset(&self.seen) { Ok(()) } else { Err(Fault::Active) }
    }
}

/// The number at the beginning of these bytes, and what follows it.
fn number(bytes: &[u8]) -> (u64, &[u8]) {
    let after = after_digits(bytes);
    let digits = &bytes[..bytes.len() - after.len()];
    let add = |sum: u64, digit: &u8| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    (digits.iter().fold(0, add), after)
}

/// What `0 obj` introduces, if that follows.
fn object(rest: &[u8]) -> Result<Option<&[u8]>, Fault> {
    let near = &rest[..rest.len().min(NEAR)];
    let generation = after_space(near);
    let after = after_space(after_digits(generation));
    if after.is_empty() && near.len() == NEAR {
        return Err(Fault::Active);
    }
    let is_object = generation.len() < near.len() && after_digits(generation).len() < generation.len();
    let skipped = near.len() - after.len();
    Ok((is_object && after.starts_with(b"obj")).then(|| &rest[skipped + b"obj".len()..]))
}

/// A place in the file, or the dictionary of an action that turns to one.
fn admit(value: &[u8]) -> Result<(), Fault> {
    let near = &value[..value.len().min(LONGEST)];
    match after_space(near) {
        [b'[', ..] => Ok(()),
        [b'<', b'<', rest @ ..] if only_turns_to_a_page(rest) => Ok(()),
        _ => Err(Fault::Active),
    }
}

/// Whether a dictionary names one action, the one that turns to a page, and nothing that follows it.
fn only_turns_to_a_page(mut rest: &[u8]) -> bool {
    let (mut depth, mut turns) = (1, false);
    loop {
        rest = match after_space(rest) {
            [] => return false,
            [b'>', b'>', ..] if depth == 1 => return turns,
            [b'>', b'>', after @ ..] => {
                depth -= 1;
                after
            }
            [b'<', b'<', after @ ..] => {
                depth += 1;
                after
            }
            [b'(', after @ ..] => after_words(after),
            [b'/', after @ ..] => {
                let (key, after) = name(after);
                match key.as_slice() {
                    b"S" if is_go_to(after) => turns = true,
                    b"S" | b"URI" | b"Next" => return false,
                    _ => {}
                }
                after
            }
            [_, after @ ..] => after,
        };
    }
}

fn is_go_to(rest: &[u8]) -> bool {
    after_space(rest).strip_prefix(b"/").is_some_and(|rest| name(rest).0 == b"GoTo")
}

/// Past the words in brackets that have begun.
fn after_words(mut rest: &[u8]) -> &[u8] {
    let mut depth = 1;
    while depth > 0 {
        rest = match rest {
            [] => return rest,
            [b'\\', _, after @ ..] => after,
            [first, after @ ..] => {
                depth += match first {
                    b'(' => 1,
                    b')' => -1,
                    _ => 0,
                };
                after
            }
        };
    }
    rest
}

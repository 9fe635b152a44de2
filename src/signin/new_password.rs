//! Proves a new password against the rules of privacy.md, with what is known of the person.

use crate::accounts::password;

/// Characters that must be left of a password once the person's own words are taken out.
const LEFT: usize = password::SHORTEST / 2;

/// Whether the person may use this password; if not, the sentence beside the field.
pub fn prove(typed: &str, name: &str, email: &str, operator: &str) -> Result<(), String> {
    let own: Vec<&str> = [name, email, operator].into_iter().flat_map(words).collect();
    password::check(typed, &own).map_err(password::Refusal::sentence)?;
    // The estimate takes repeated names for a long password.
    let mut rest = typed.to_lowercase();
    for word in &own {
        rest = rest.replace(&word.to_lowercase(), "");
    }
    if rest.chars().filter(|c| c.is_alphanumeric()).count() < LEFT {
        return Err(password::Refusal::Guessable.sentence());
    }
    Ok(())
}

/// A text as a whole and its words: `jana.woelk@beispiel.de` is `jana`, `woelk` and `beispiel`, too.
fn words(text: &str) -> impl Iterator<Item = &str> {
    std::iter::once(text).chain(text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_words_do_not_make_a_password() {
        let prove = |typed| prove(typed, "Jana Wölk", "jana.woelk@beispiel.de", "Musterruf");
        assert!(prove("janawölkjanawölk").is_err());
        assert!(prove("musterrufmusterruf").is_err());
        assert!(prove("jana-beispiel-jana-2026").is_err());
        assert_eq!(prove("Sieben Möwen warten am Kai"), Ok(()));
    }
}

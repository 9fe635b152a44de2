//! The slug: a campaign's name in addresses. Lower-case letters, digits and single hyphens, at most 60.

/// The longest slug; the schema holds it, too.
pub const LONGEST: usize = 60;

/// Addresses of the staff pages that are no campaign.
const RESERVED: [&str; 1] = ["neu"];

/// `Blattgrün Pflanzenversand`, `Bestellhotline` → `blattgruen-pflanzenversand-bestellhotline`. Empty if nothing is left.
pub fn propose(client: &str, name: &str) -> String {
    let plain: String = format!("{client} {name}").to_lowercase().chars().map(transliterate).collect();
    let mut slug = String::new();
    for word in plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let hyphen = usize::from(!slug.is_empty());
        if slug.len() + hyphen + word.len() > LONGEST {
            break;
        }
        slug.extend((hyphen == 1).then_some('-'));
        slug.push_str(word);
    }
    slug
}

/// Whether this can be a slug.
pub fn is_valid(slug: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    slug.len() <= LONGEST && slug.split('-').all(word) && !RESERVED.contains(&slug)
}

/// German umlauts as two letters, other Latin letters without their marks; everything else separates words.
fn transliterate(letter: char) -> String {
    let plain = match letter {
        'ä' => "ae",
        'ö' | 'œ' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'æ' => "ae",
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' => "o",
        'ř' => "r",
        'ś' | 'š' | 'ş' => "s",
        'ù' | 'ú' | 'û' | 'ů' => "u",
        'ý' => "y",
        'ź' | 'ż' | 'ž' => "z",
        '\'' | '’' => "",
        other => return other.to_string(),
    };
    plain.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn umlauts_are_written_out() {
        assert_eq!(propose("Blattgrün Pflanzenversand", "Bestellhotline"), "blattgruen-pflanzenversand-bestellhotline");
        assert_eq!(propose("Weiß & Söhne", "Café  Ł'Ora!"), "weiss-soehne-cafe-lora");
        assert_eq!(propose("…", "!"), "");
    }

    #[test]
    fn a_proposal_is_valid_and_cut_at_a_word() {
        let long = propose(&"Überregionale Energie ".repeat(4), "Kundenservice");
        assert_eq!(long, "ueberregionale-energie-ueberregionale-energie-ueberregionale");
        assert!(is_valid(&long));
    }

    #[test]
    fn what_a_slug_may_be() {
        assert!(is_valid("faehrhaus-2"));
        for wrong in ["", "neu", "-a", "a-", "a--b", "Groß", "a_b", "a b", &"a".repeat(61)] {
            assert!(!is_valid(wrong), "{wrong}");
        }
    }
}

//! Tax numbers as people type them: which one it is, and whether it can be right.
//!
//! Only the VAT ID (Umsatzsteuer-ID) proves a trade. The others are recognised, so that the answer can name what was typed.

/// A number that the profile keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaxId {
    /// Umsatzsteuer-ID: `DE` and nine digits, the last of them a check digit.
    Vat(String),
    /// Wirtschafts-Identifikationsnummer: `DE`, nine digits, a hyphen, five digits.
    Business(String),
}

/// Why a number is none that the profile keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Looks like a VAT ID, but its check digit says otherwise.
    CheckDigit,
    /// The 11-digit tax ID that everybody has for life: it proves no trade, and nobody but the tax office needs it.
    Personal,
    /// The number of a tax office's file.
    TaxNumber,
    /// Another country's VAT ID.
    Foreign,
    /// None of them.
    Unknown,
}

impl Refusal {
    /// The sentence beside the field.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::CheckDigit => {
                "In dieser Umsatzsteuer-ID stimmt eine Ziffer nicht. Bitte vergleiche sie mit dem Schreiben vom Bundeszentralamt."
            }
            Self::Personal => {
                "Das ist deine persönliche Steuer-ID mit 11 Ziffern. Die brauchen wir nicht und speichern sie nicht. Eine Umsatzsteuer-ID beginnt mit DE und hat 9 Ziffern."
            }
            Self::TaxNumber => {
                "Das ist eine Steuernummer vom Finanzamt, keine Umsatzsteuer-ID. Ohne Umsatzsteuer-ID genügt dein Gewerbeschein."
            }
            Self::Foreign => {
                "Das ist die Nummer eines anderen Landes. Bitte wähle „Im Ausland angemeldet“ und trag sie dort ein."
            }
            Self::Unknown => "Eine Umsatzsteuer-ID besteht aus DE und 9 Ziffern, zum Beispiel DE136695976.",
        }
    }
}

/// Reads what was typed; blanks, dots and lower case do no harm.
pub fn read(typed: &str) -> Result<TaxId, Refusal> {
    let compact: String =
        typed.chars().filter(|c| !c.is_whitespace() && *c != '.').flat_map(char::to_uppercase).collect();
    let (letters, rest) = compact.split_at(compact.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(compact.len()));
    if letters == "DE"
        && let Some((nine, five)) = rest.split_once('-')
        && is_digits(nine, 9)
        && is_digits(five, 5)
    {
        return Ok(TaxId::Business(compact));
    }
    let digits: String = rest.chars().filter(|c| *c != '-').collect();
    match letters {
        "DE" | "" if is_digits(&digits, 9) => {
            if is_vat(&digits) {
                Ok(TaxId::Vat(format!("DE{digits}")))
            } else {
                Err(Refusal::CheckDigit)
            }
        }
        "" if is_digits(&digits, 11) && is_personal(&digits) => Err(Refusal::Personal),
        "" if is_tax_number(rest) => Err(Refusal::TaxNumber),
        "DE" | "" => Err(Refusal::Unknown),
        other if other.len() == 2 && (2..=13).contains(&digits.len()) => Err(Refusal::Foreign),
        // Austria's begins `ATU`.
        "ATU" if is_digits(&digits, 8) => Err(Refusal::Foreign),
        _ => Err(Refusal::Unknown),
    }
}

fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_vat(digits: &str) -> bool {
    !digits.starts_with('0') && has_check_digit(digits)
}

/// Besides its check digit: of the first ten digits exactly one occurs twice or three times, all others once at most.
fn is_personal(digits: &str) -> bool {
    let mut counts = [0_u8; 10];
    for digit in digits.bytes().take(10) {
        counts[usize::from(digit - b'0')] += 1;
    }
    let repeated: Vec<u8> = counts.into_iter().filter(|count| *count > 1).collect();
    matches!(repeated[..], [2 | 3]) && has_check_digit(digits)
}

/// `12/345/67890`, or the 13 digits that all of Germany's offices share.
fn is_tax_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (10..=13).contains(&digits) && text.bytes().all(|b| b.is_ascii_digit() || b == b'/' || b == b'-')
}

/// Whether the last digit is the check digit of those before it (ISO 7064, MOD 11,10).
fn has_check_digit(digits: &str) -> bool {
    let Some((last, body)) = digits.as_bytes().split_last() else { return false };
    let product = body.iter().fold(10, |product, digit| {
        let sum = (u32::from(digit - b'0') + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == u32::from(last - b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vat(number: &str) -> Result<TaxId, Refusal> {
        Ok(TaxId::Vat(number.into()))
    }

    #[test]
    fn vat_ids_have_a_check_digit() {
        for right in ["DE136695976", "DE811907980"] {
            assert_eq!(read(right), vat(right));
        }
        assert_eq!(read(" de 136 695 976 "), vat("DE136695976"));
        assert_eq!(read("DE-136695976"), vat("DE136695976"));
        assert_eq!(read("136695976"), vat("DE136695976"));
        for wrong in ["DE123456789", "DE136695975", "DE136659976", "DE000000000"] {
            assert_eq!(read(wrong), Err(Refusal::CheckDigit), "{wrong}");
        }
    }

    #[test]
    fn every_single_wrong_digit_is_found() {
        let right = "136695976";
        for at in 0..right.len() {
            for digit in '0'..='9' {
                let mut typed = format!("DE{right}");
                typed.replace_range(at + 2..at + 3, &digit.to_string());
                assert_eq!(read(&typed).is_ok(), typed == "DE136695976", "{typed}");
            }
        }
    }

    #[test]
    fn the_business_id_is_named_as_such() {
        assert_eq!(read("de 123456788-00001"), Ok(TaxId::Business("DE123456788-00001".into())));
    }

    #[test]
    fn the_personal_tax_id_is_refused_with_the_reason() {
        for personal in ["86095742719", "47036892816", "65929970489", "86 095 742 719"] {
            assert_eq!(read(personal), Err(Refusal::Personal), "{personal}");
        }
        // Eleven digits that are none: a tax office's number.
        assert_eq!(read("86095742718"), Err(Refusal::TaxNumber));
        assert_eq!(read("11111111111"), Err(Refusal::TaxNumber));
    }

    #[test]
    fn other_numbers_are_recognised() {
        for tax_number in ["181/815/08155", "12/345/67890", "2181081508155"] {
            assert_eq!(read(tax_number), Err(Refusal::TaxNumber), "{tax_number}");
        }
        for foreign in ["ATU12345678", "FR12345678901", "NL123456789B01"] {
            assert_eq!(read(foreign), Err(Refusal::Foreign), "{foreign}");
        }
        for nothing in ["", "DE", "DE12", "Kleinunternehmer", "DE1366959760", "12345", "ä", "DE１３６６９５９７６"]
        {
            assert_eq!(read(nothing), Err(Refusal::Unknown), "{nothing}");
        }
    }
}

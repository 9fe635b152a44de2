//! How numbers and sums are said in German.

/// `16.000`: a dot between groups of three digits.
pub fn grouped(value: i32) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut grouped = String::from(if value < 0 { "−" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    grouped
}

/// Cents as `2,90 €`.
pub fn euros(cents: i32) -> String {
    // The sign is said here: less than a euro below zero, the whole euros are 0 and have none.
    let sign = if cents < 0 { "−" } else { "" };
    format!("{sign}{},{:02} €", grouped((cents / 100).abs()), cents.unsigned_abs() % 100)
}

/// The cents of a typed sum: `2,90`, `2.90`, `3`, with or without the sign of the euro.
pub fn cents(typed: &str) -> Option<i32> {
    let typed = typed.trim().trim_end_matches('€').trim_end();
    let (euros, cents) = typed.split_once([',', '.']).unwrap_or((typed, "00"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(euros) || !digits(cents) || cents.len() > 2 {
        return None;
    }
    let cents: i32 = format!("{cents:0<2}").parse().ok()?;
    euros.parse::<i32>().ok()?.checked_mul(100)?.checked_add(cents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_groups() {
        for (value, said) in [(0, "0"), (999, "999"), (1_000, "1.000"), (16_000, "16.000"), (1_234_567, "1.234.567")] {
            assert_eq!(grouped(value), said);
        }
        assert_eq!(euros(290), "2,90 €");
        assert_eq!(euros(5), "0,05 €");
        assert_eq!(euros(-5), "−0,05 €");
        assert_eq!(euros(-123_456), "−1.234,56 €");
        assert_eq!(euros(123_456), "1.234,56 €");
    }

    #[test]
    fn sums_are_read_as_people_type_them() {
        for (typed, read) in [
            ("2,90", Some(290)),
            ("2.90 €", Some(290)),
            (" 3 ", Some(300)),
            ("0,5", Some(50)),
            ("2,905", None),
            ("", None),
            (",5", None),
            ("-1", None),
            ("99999999999", None),
        ] {
            assert_eq!(cents(typed), read, "{typed}");
        }
    }
}

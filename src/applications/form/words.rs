//! How several names are said in one sentence.

/// `Deutschland, Österreich und Schweiz`
pub fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} und {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaigns::{country, language};

    #[test]
    fn names_are_listed_as_one_says_them() {
        assert_eq!(listed(["DE", "AT", "CH"].into_iter().map(country::name)), "Deutschland, Österreich und Schweiz");
        assert_eq!(listed(["de"].into_iter().map(language::name)), "Deutsch");
        assert_eq!(country::name("ZZ"), "ZZ");
    }
}

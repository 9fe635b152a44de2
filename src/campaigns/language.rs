//! Languages in which the work is done and which people speak, as BCP 47 tags with their German names.

/// Tag and name, in the order of the forms.
pub const ALL: [(&str, &str); 13] = [
    ("de", "Deutsch"),
    ("en", "Englisch"),
    ("fr", "Französisch"),
    ("nl", "Niederländisch"),
    ("da", "Dänisch"),
    ("pl", "Polnisch"),
    ("cs", "Tschechisch"),
    ("es", "Spanisch"),
    ("it", "Italienisch"),
    ("tr", "Türkisch"),
    ("ru", "Russisch"),
    ("uk", "Ukrainisch"),
    ("ar", "Arabisch"),
];

/// The German name of a tag; an unknown tag is its own name.
pub fn name(tag: &str) -> &str {
    ALL.iter().find(|(known, _)| *known == tag).map_or(tag, |(_, name)| name)
}

//! Countries in which people live and work, as ISO 3166-1 alpha-2 codes with their German names.

/// Code and name: the German-speaking ones first, then by name.
pub const ALL: [(&str, &str); 26] = [
    ("DE", "Deutschland"),
    ("AT", "Österreich"),
    ("CH", "Schweiz"),
    ("LI", "Liechtenstein"),
    ("LU", "Luxemburg"),
    ("BE", "Belgien"),
    ("BG", "Bulgarien"),
    ("DK", "Dänemark"),
    ("EE", "Estland"),
    ("FI", "Finnland"),
    ("FR", "Frankreich"),
    ("GR", "Griechenland"),
    ("GB", "Großbritannien"),
    ("IE", "Irland"),
    ("IT", "Italien"),
    ("HR", "Kroatien"),
    ("LV", "Lettland"),
    ("LT", "Litauen"),
    ("NL", "Niederlande"),
    ("PL", "Polen"),
    ("PT", "Portugal"),
    ("RO", "Rumänien"),
    ("SE", "Schweden"),
    ("ES", "Spanien"),
    ("CZ", "Tschechien"),
    ("HU", "Ungarn"),
];

/// The German name of a code; an unknown code is its own name.
pub fn name(code: &str) -> &str {
    ALL.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| name)
}

//! The steps of the way: their order, names and icons.

/// A step, in the order of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    Profile,
    Proof,
    Permission,
    Papers,
    Contract,
    Briefing,
    Training,
    Access,
    FirstShifts,
    Qualified,
}

impl Step {
    /// All steps, in the order of the way.
    pub const ALL: [Self; 10] = [
        Self::Profile,
        Self::Proof,
        Self::Permission,
        Self::Papers,
        Self::Contract,
        Self::Briefing,
        Self::Training,
        Self::Access,
        Self::FirstShifts,
        Self::Qualified,
    ];

    /// Whether it counts for all campaigns at once.
    pub fn is_common(self) -> bool {
        matches!(self, Self::Profile | Self::Proof | Self::Permission | Self::Briefing)
    }

    /// Its name in addresses.
    pub fn key(self) -> &'static str {
        match self {
            Self::Profile => "profil",
            Self::Proof => "gewerbe",
            Self::Permission => "erlaubnis",
            Self::Papers => "unterlagen",
            Self::Contract => "vertrag",
            Self::Briefing => "unterweisung",
            Self::Training => "schulung",
            Self::Access => "zugaenge",
            Self::FirstShifts => "erste-schichten",
            Self::Qualified => "einsatzbereit",
        }
    }

    /// The step of this key.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.key() == key)
    }

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Profile => "Zugang und Profil",
            Self::Proof => "Gewerbeschein oder Umsatzsteuer-ID",
            Self::Permission => "Erlaubnis zur Nebentätigkeit",
            Self::Papers => "Unterlagen der Kampagne",
            Self::Contract => "Vertragsunterlagen",
            Self::Briefing => "Datenschutz-Unterweisung",
            Self::Training => "Schulung",
            Self::Access => "Zugänge zur Kampagne",
            Self::FirstShifts => "Erste Schichten mit Pat*in",
            Self::Qualified => "Einsatzbereit",
        }
    }

    /// Its icon, as long as it is not done.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Profile => "user",
            Self::Proof | Self::Permission | Self::Papers | Self::Contract => "file-text",
            Self::Briefing => "shield-check",
            Self::Training => "graduation-cap",
            Self::Access => "key-round",
            Self::FirstShifts => "users",
            Self::Qualified => "badge-check",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique() {
        for step in Step::ALL {
            assert_eq!(Step::of_key(step.key()), Some(step));
        }
    }
}

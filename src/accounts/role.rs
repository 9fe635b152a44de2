//! The roles of product.md part 8. One person may hold several.

/// What a person may do in the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(type_name = "role", rename_all = "snake_case")]
pub enum Role {
    /// Sees their own application, signed in by a link from a mail.
    Applicant,
    Freelancer,
    Recruiter,
    Trainer,
    Planner,
    PrivacyOfficer,
    Bookkeeper,
    Administrator,
}

impl Role {
    /// The roles of staff, in the order of the forms.
    pub const STAFF: [Self; 6] =
        [Self::Recruiter, Self::Trainer, Self::Planner, Self::PrivacyOfficer, Self::Bookkeeper, Self::Administrator];

    /// The role's name in forms.
    pub fn key(self) -> &'static str {
        match self {
            Self::Applicant => "applicant",
            Self::Freelancer => "freelancer",
            Self::Recruiter => "recruiter",
            Self::Trainer => "trainer",
            Self::Planner => "planner",
            Self::PrivacyOfficer => "privacy_officer",
            Self::Bookkeeper => "bookkeeper",
            Self::Administrator => "administrator",
        }
    }

    /// The role's German name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Applicant => "Bewerber*in",
            Self::Freelancer => "Freelancer*in",
            Self::Recruiter => "Personal",
            Self::Trainer => "Schulung",
            Self::Planner => "Planung",
            Self::PrivacyOfficer => "Datenschutz",
            Self::Bookkeeper => "Buchhaltung",
            Self::Administrator => "Administration",
        }
    }

    /// The staff role of this key.
    pub fn staff(key: &str) -> Option<Self> {
        Self::STAFF.into_iter().find(|role| role.key() == key)
    }
}

/// Whether any of these roles is one of staff; their sessions are shorter.
pub fn any_staff(roles: &[Role]) -> bool {
    roles.iter().any(|role| Role::STAFF.contains(role))
}

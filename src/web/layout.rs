//! The frame of every page: title, navigation by role, message, footer.

use super::flash::Flash;
use super::viewer::Viewer;
use crate::accounts::role::Role;
use crate::portal::Portal;

/// The frame, the first field of every page struct.
#[derive(Debug, Clone)]
pub struct Layout {
    pub title: String,
    /// What search engines show below the title; only where it helps.
    pub description: Option<String>,
    pub operator: String,
    pub me: Option<String>,
    pub nav: Vec<Link>,
    /// The way to the other side, for people with several roles.
    pub switch: Option<Link>,
    pub flash: Option<Flash>,
    pub side: Side,
    pub demo: bool,
}

/// Which side of the portal a page belongs to; decides the header's look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Public,
    Freelancer,
    Staff,
}

/// A link of the navigation.
#[derive(Debug, Clone)]
pub struct Link {
    pub path: &'static str,
    pub label: &'static str,
    pub icon: &'static str,
    pub current: bool,
}

/// Path, label, icon, and the roles that see it.
type Item = (&'static str, &'static str, &'static str, &'static [Role]);

const APPLICANT: Item = ("/bewerbung", "Bewerbungen", "inbox", &[Role::Applicant]);

/// What visitors find above every page; for everybody, so without roles. Path, label, icon.
const VISITOR: [(&str, &str, &str); 4] = [
    ("/", "Stellen", "list"),
    ("/fragen", "Fragen", "info"),
    ("/leitfaden", "Selbstständig", "file-text"),
    ("/technik", "Technik", "monitor"),
];

const FREELANCER: [Item; 5] = [
    ("/schichten/frei", "Freie Schichten", "list", &[Role::Freelancer]),
    ("/schichtplan", "Schichtplan", "calendar-days", &[Role::Freelancer]),
    ("/meine-schichten", "Meine Schichten", "calendar-check", &[Role::Freelancer]),
    ("/bereit", "Bereit werden", "circle-check", &[Role::Freelancer]),
    APPLICANT,
];

/// What staff need every day; what they need now and then has a tile on the overview.
const STAFF: &[Item] = &[
    ("/verwaltung", "Übersicht", "house", &Role::STAFF),
    ("/verwaltung/bewerbungen", "Bewerbungen", "inbox", &[Role::Recruiter, Role::Administrator]),
    ("/verwaltung/gespraeche", "Gespräche", "message-square", &[Role::Recruiter, Role::Administrator]),
    ("/verwaltung/stellen", "Stellen", "file-text", &[Role::Recruiter, Role::Administrator]),
    ("/verwaltung/kampagnen", "Kampagnen", "calendar-days", &[Role::Planner, Role::Administrator]),
    ("/verwaltung/schulungen", "Schulungen", "graduation-cap", &[Role::Trainer, Role::Planner, Role::Administrator]),
    (
        "/verwaltung/freelancer",
        "Freelancer*innen",
        "users",
        &[Role::Planner, Role::Trainer, Role::Recruiter, Role::Administrator],
    ),
    ("/verwaltung/beitraege", "Beiträge", "euro", &[Role::Bookkeeper]),
    ("/verwaltung/datenschutz", "Datenschutz", "shield-check", &[Role::PrivacyOfficer]),
    ("/verwaltung/nachrichten", "Nachrichten", "inbox", &[Role::Recruiter, Role::PrivacyOfficer, Role::Administrator]),
];

impl Layout {
    /// The frame for this viewer at this path.
    pub fn new(portal: &Portal, viewer: &Viewer, path: &str, title: &str) -> Self {
        let me = viewer.signed_in();
        let roles = me.map_or(&[][..], |me| &me.roles);
        let (freelancer, staff) = (roles.contains(&Role::Freelancer), crate::accounts::role::any_staff(roles));
        let side = match () {
            () if staff && (path.starts_with("/verwaltung") || !freelancer) => Side::Staff,
            () if freelancer => Side::Freelancer,
            () => Side::Public,
        };
        let nav = match side {
            Side::Public => [links(&[APPLICANT], roles, path), visitor_links(path)].concat(),
            Side::Freelancer => links(&FREELANCER, roles, path),
            Side::Staff => links(STAFF, roles, path),
        };
        let switch = match side {
            Side::Staff if freelancer => Some(("/schichten/frei", "Zu meinen Schichten")),
            Side::Freelancer if staff => Some(("/verwaltung", "Zur Verwaltung")),
            _ => None,
        };
        let switch = switch.map(|(path, label)| Link { path, label, icon: "arrow-left-right", current: false });
        let flash = me.and_then(|me| me.flash.clone()).and_then(|json| serde_json::from_value(json.0).ok());
        Self {
            title: title.to_owned(),
            description: None,
            operator: portal.config.operator_name.clone(),
            me: me.map(|me| me.name.clone()),
            nav,
            switch,
            flash,
            side,
            demo: portal.demo,
        }
    }

    /// Shows a message on this very page.
    pub fn with_flash(mut self, flash: Flash) -> Self {
        self.flash = Some(flash);
        self
    }

    /// The frame for somebody whose session this very request ended.
    pub fn signed_out(self) -> Self {
        Self { me: None, nav: Vec::new(), switch: None, flash: None, side: Side::Public, ..self }
    }

    /// The same with a sentence for search engines.
    pub fn described(mut self, description: &str) -> Self {
        self.description = Some(description.to_owned());
        self
    }

    /// The class of `<body>`.
    pub fn body_class(&self) -> &'static str {
        match self.side {
            Side::Public => "public",
            Side::Freelancer => "tabs",
            Side::Staff => "staff",
        }
    }
}

fn visitor_links(path: &str) -> Vec<Link> {
    // Postings belong to the start page, which lists them; the form of an application is a step further.
    let is_current = |link: &str| match link {
        "/" => path == "/" || path.starts_with("/stellen/"),
        link => path == link,
    };
    VISITOR.iter().map(|(path, label, icon)| Link { path, label, icon, current: is_current(path) }).collect()
}

fn links(items: &[Item], roles: &[Role], path: &str) -> Vec<Link> {
    let visible: Vec<&Item> = items.iter().filter(|(_, _, _, who)| roles.iter().any(|r| who.contains(r))).collect();
    // A single shift or booking belongs to its plan.
    let single = ["/verwaltung/schichten/", "/verwaltung/buchungen/"].iter().any(|start| path.starts_with(start));
    let path = if single { "/verwaltung/kampagnen" } else { path };
    // The texts of mails are those to applicants.
    let path = if path.starts_with("/verwaltung/mailtexte") { "/verwaltung/bewerbungen" } else { path };
    // The longest path that the page lies below is the current one.
    let below = |link: &str| path == link || path.starts_with(&format!("{link}/"));
    let current = visible.iter().map(|item| item.0).filter(|link| below(link)).max_by_key(|link| link.len());
    visible.iter().map(|(path, label, icon, _)| Link { path, label, icon, current: Some(*path) == current }).collect()
}

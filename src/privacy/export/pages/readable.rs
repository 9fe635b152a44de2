//! The copy as people read it: one page without a script, that needs nothing beside it but the files.

use askama::Template;

use crate::clock::{Zone, german};
use crate::privacy::export::Contents;
use crate::retention::disclosure::Value;

/// It stands in the page itself, since the archive is read where the portal is not.
const STYLE: &str = include_str!("../copy.css");

#[derive(Template)]
#[template(path = "privacy/readable.html")]
struct ReadablePage<'a> {
    contents: &'a Contents,
}

impl ReadablePage<'_> {
    fn read_at(&self) -> String {
        german::moment(Zone::berlin().local(self.contents.read_at))
    }

    fn is_long(&self, value: &Value) -> bool {
        matches!(value, Value::Text(text) if text.len() > 80 || text.contains('\n'))
    }
}

impl Contents {
    /// The readable page.
    pub fn page(&self) -> Result<String, askama::Error> {
        let page = ReadablePage { contents: self }.render()?;
        Ok(page.replacen("</head>", &format!("<style>\n{STYLE}</style>\n</head>"), 1))
    }
}

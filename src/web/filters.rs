//! Filters for templates.

use std::fmt;

use askama::filters::HtmlSafe;

use super::assets;

/// An icon of the sprite; decorative, so hidden from screen readers.
pub struct Icon<'a>(&'a str);

impl fmt::Display for Icon<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, r#"<svg class="i" aria-hidden="true"><use href="{}/icons.svg#{}"/></svg>"#, assets::base(), self.0)
    }
}

// Names of icons are written in templates and code, never typed by anybody.
impl HtmlSafe for Icon<'_> {}

/// `{{ "check"|icon }}`
#[askama::filter_fn]
pub fn icon<'a>(name: &'a str, _env: &dyn askama::Values) -> askama::Result<Icon<'a>> {
    Ok(Icon(name))
}

/// `{{ "portal.css"|asset }}`: the path of a static file.
#[askama::filter_fn]
pub fn asset(path: &str, _env: &dyn askama::Values) -> askama::Result<String> {
    Ok(format!("{}/{path}", assets::base()))
}

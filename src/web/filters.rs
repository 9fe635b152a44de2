//! Filters for templates.

use std::fmt;

use askama::filters::HtmlSafe;
use askama::{FastWritable, Values};

use super::assets;

/// An icon of the sprite; decorative, so hidden from screen readers.
pub struct Icon<'a>(&'a str);

impl fmt::Display for Icon<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().into_iter().try_for_each(|part| f.write_str(part))
    }
}

impl FastWritable for Icon<'_> {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(self.parts().into_iter().try_for_each(|part| dest.write_str(part))?)
    }
}

impl Icon<'_> {
    fn parts(&self) -> [&str; 5] {
        [r#"<svg class="i" aria-hidden="true"><use href=""#, assets::base(), "/icons.svg#", self.0, r#""/></svg>"#]
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

/// `{{ file.bytes|size }}`: `640 kB`, `1,2 MB`.
#[askama::filter_fn]
pub fn size(bytes: &i64, _env: &dyn askama::Values) -> askama::Result<String> {
    let bytes = *bytes;
    let tenths = (bytes + 52_428) / 104_857;
    Ok(match bytes < 1_048_576 {
        true => format!("{} kB", (bytes + 1023) / 1024),
        false => format!("{},{} MB", tenths / 10, tenths % 10),
    })
}

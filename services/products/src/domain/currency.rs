//! Currencies, and how many decimals each counts in.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

const WITHOUT_DECIMALS: [&str; 16] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
    "XOF",
];
const THREE_DECIMALS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// An ISO 4217 code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(String);

impl Currency {
    /// The code.
    pub fn code(&self) -> &str {
        &self.0
    }

    /// Digits of its minor unit.
    pub fn decimals(&self) -> u32 {
        match self.code() {
            code if WITHOUT_DECIMALS.contains(&code) => 0,
            code if THREE_DECIMALS.contains(&code) => 3,
            _ => 2,
        }
    }
}

impl Default for Currency {
    fn default() -> Self {
        Self("USD".to_owned())
    }
}

/// The text is not three capital letters.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a currency code of three capital letters, such as EUR")]
pub struct NotACurrency(String);

impl FromStr for Currency {
    type Err = NotACurrency;
    fn from_str(text: &str) -> Result<Self, NotACurrency> {
        let capitals = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        if capitals { Ok(Self(text.to_owned())) } else { Err(NotACurrency(text.to_owned())) }
    }
}

impl TryFrom<String> for Currency {
    type Error = NotACurrency;
    fn try_from(text: String) -> Result<Self, NotACurrency> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_currency_counts_in_its_own_unit() {
        let decimals = |code: &str| code.parse::<Currency>().unwrap().decimals();
        assert_eq!([decimals("EUR"), decimals("JPY"), decimals("KWD")], [2, 0, 3]);
    }

    #[test]
    fn only_a_code_is_a_currency() {
        for text in ["", "eur", "EURO", "E1R"] {
            assert!(text.parse::<Currency>().is_err(), "{text}");
        }
    }
}

//! Money as integers: an amount in minor units and its currency. Never a float.

use serde::{Deserialize, Serialize};

/// An exact amount of money.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// The amount in the currency's minor unit (cents, öre).
    pub minor: i64,
    /// ISO 4217 code, three capital letters.
    pub currency: String,
}

/// Why an amount was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text is not a decimal number.
    #[error("amount {0:?} is not a decimal number such as 12.34")]
    NotDecimal(String),
    /// More decimals than the currency has.
    #[error("amount {0:?} has more than {1} decimals")]
    TooPrecise(String, u32),
    /// Outside of the 64-bit range.
    #[error("amount is too large")]
    TooLarge,
}

impl Money {
    /// Parses a decimal text such as `12.34` exactly, with `decimals` digits of minor unit.
    ///
    /// # Errors
    /// When it is not a decimal number, too precise, or too large.
    pub fn parse_minor(text: &str, decimals: u32) -> Result<i64, MoneyError> {
        let not_decimal = || MoneyError::NotDecimal(text.to_owned());
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(fraction) || digits.ends_with('.') {
            return Err(not_decimal());
        }
        let fraction = fraction.trim_end_matches('0');
        let missing = decimals
            .checked_sub(u32::try_from(fraction.len()).map_err(|_| MoneyError::TooLarge)?)
            .ok_or_else(|| MoneyError::TooPrecise(text.to_owned(), decimals))?;
        let joined = format!("{whole}{fraction}{}", "0".repeat(missing as usize));
        let minor: i64 = joined.parse().map_err(|_| MoneyError::TooLarge)?;
        Ok(if negative { -minor } else { minor })
    }

    /// `minor` plus `hundredths_of_percent / 10_000` of it, rounded half away from zero.
    ///
    /// # Errors
    /// When the result does not fit.
    pub fn surcharge(minor: i64, hundredths_of_percent: i64) -> Result<i64, MoneyError> {
        let product = i128::from(minor) * i128::from(hundredths_of_percent);
        let rounded = (product + product.signum() * 5_000) / 10_000;
        i64::try_from(i128::from(minor) + rounded).map_err(|_| MoneyError::TooLarge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_parsed_exactly() {
        assert_eq!(Money::parse_minor("12.3", 2), Ok(1_230));
        assert_eq!(Money::parse_minor("-0.05", 2), Ok(-5));
        assert_eq!(Money::parse_minor("7.100", 2), Ok(710));
        assert!(Money::parse_minor("1e3", 2).is_err());
        assert!(Money::parse_minor("1.005", 2).is_err());
        assert!(Money::parse_minor("", 2).is_err());
    }

    #[test]
    fn a_surcharge_rounds_half_away_from_zero() {
        assert_eq!(Money::surcharge(1_000, 500), Ok(1_050));
        assert_eq!(Money::surcharge(30, 500), Ok(32));
        assert_eq!(Money::surcharge(i64::MAX, 500), Err(MoneyError::TooLarge));
    }
}

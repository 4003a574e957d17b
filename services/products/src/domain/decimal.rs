//! Decimal numbers that stay exact on their way in and out: `19.99` is 1999 hundredths, never 19.98999.

use std::fmt;

use metier_core::Money;
use serde::{Deserialize, Deserializer, de};

/// Digits of a JSON number that survive the way through a floating-point number.
const EXACT_DIGITS: usize = 15;
/// Longest text taken.
const LONGEST: usize = 40;

/// A decimal number as it was given: as text, or as a JSON number of at most 15 digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal(String);

/// Why a number was not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not a number, too long or too precise.
    #[error("must be a decimal number with at most {0} decimals, such as 12.3")]
    NotDecimal(u32),
    /// A floating-point number near which there are several amounts.
    #[error("is not exact as a floating-point number; send it as text")]
    Ambiguous,
}

impl Decimal {
    /// The number in units of which `10^decimals` make one.
    ///
    /// # Errors
    /// When it is no decimal number, has more decimals, or does not fit.
    pub fn units(&self, decimals: u32) -> Result<i64, DecimalError> {
        Money::parse_minor(&self.0, decimals).map_err(|_| DecimalError::NotDecimal(decimals))
    }
}

impl From<&str> for Decimal {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// The units that a single-precision number stands for, when it can only have been made from them.
///
/// # Errors
/// When it is none, or when other amounts look the same in single precision.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked, and comparing as f32 is the point"
)]
#[expect(
    clippy::cast_precision_loss,
    reason = "53 bits hold every amount that an f32 can tell from the next"
)]
pub fn units_of_single(value: f32, decimals: u32) -> Result<i64, DecimalError> {
    let scale = 10_f64.powi(i32::try_from(decimals).unwrap_or(i32::MAX));
    let units = (f64::from(value) * scale).round();
    if !units.is_finite() || units.abs() > 1e15 {
        return Err(DecimalError::Ambiguous);
    }
    let units = units as i64;
    let looks_like = |units: i64| (units as f64 / scale) as f32 == value;
    match (looks_like(units - 1), looks_like(units), looks_like(units + 1)) {
        (false, true, false) => Ok(units),
        (false, false, false) => Err(DecimalError::NotDecimal(decimals)),
        _ => Err(DecimalError::Ambiguous),
    }
}

/// Units as decimal text: 1999 hundredths are `19.99`.
pub fn show(units: i64, decimals: u32) -> String {
    let digits = format!("{:0width$}", units.unsigned_abs(), width = decimals as usize + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals as usize);
    let sign = if units < 0 { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrNumber)
    }
}

struct TextOrNumber;

impl de::Visitor<'_> for TextOrNumber {
    type Value = Decimal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal number, as text or as a number")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal, E> {
        if text.len() > LONGEST { Err(E::custom("is too long for a number")) } else { Ok(text.into()) }
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Decimal, E> {
        Ok(Decimal(number.to_string()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Decimal, E> {
        Ok(Decimal(number.to_string()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Decimal, E> {
        let text = number.to_string();
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        if digits > EXACT_DIGITS { Err(E::custom(DecimalError::Ambiguous)) } else { Ok(Decimal(text)) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> Result<Decimal, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn text_and_numbers_are_the_same_exact_amount() {
        for json in ["\"19.99\"", "19.99", "\"19.990\""] {
            assert_eq!(read(json).unwrap().units(2), Ok(1_999), "{json}");
        }
        assert_eq!(read("7").unwrap().units(2), Ok(700));
    }

    #[test]
    fn what_is_not_exact_is_refused() {
        assert!(read("9007199254740993.25").is_err());
        assert!(read("null").is_err());
        assert_eq!(read("19.999").unwrap().units(2), Err(DecimalError::NotDecimal(2)));
        assert_eq!(read("\"1e3\"").unwrap().units(2), Err(DecimalError::NotDecimal(2)));
    }

    #[test]
    fn a_single_is_taken_only_where_it_names_one_amount() {
        assert_eq!(units_of_single(19.99, 2), Ok(1_999));
        assert_eq!(units_of_single(99_999.99, 2), Ok(9_999_999));
        assert_eq!(units_of_single(1_234_567.9, 2), Err(DecimalError::Ambiguous));
        assert_eq!(units_of_single(0.333_333, 2), Err(DecimalError::NotDecimal(2)));
        for value in [f32::NAN, f32::INFINITY, f32::MAX] {
            assert_eq!(units_of_single(value, 2), Err(DecimalError::Ambiguous));
        }
    }

    proptest! {
        #[test]
        fn an_amount_survives_text_and_back(units in any::<i64>(), decimals in 0_u32..4) {
            prop_assume!(units != i64::MIN);
            prop_assert_eq!(Decimal(show(units, decimals)).units(decimals), Ok(units));
        }

        #[test]
        fn an_amount_survives_a_json_number(units in 0_i64..1_000_000_000_000) {
            let json = show(units, 2);
            prop_assert_eq!(read(&json).unwrap().units(2), Ok(units));
        }

        #[test]
        fn a_single_is_never_taken_for_another_amount(units in 0_i64..50_000_000) {
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "what a client does")]
            let single = (units as f64 / 100.0) as f32;
            prop_assert!(units_of_single(single, 2).is_err() || units_of_single(single, 2) == Ok(units));
        }
    }
}

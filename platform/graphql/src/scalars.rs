//! Scalars whose names clients rely on.

use async_graphql::{InputValueError, InputValueResult, Number, Scalar, ScalarType, Value};
use metier_core::Timestamp;

/// A whole number under the name `Float`, which Jobber's schema gives ids and counts. It is written without a
/// fraction, so that it is an integer to whoever reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole(pub i64);

/// Beyond this, floating-point numbers are no longer whole numbers apart.
const EXACT: f64 = 9_007_199_254_740_992.0;

#[Scalar(name = "Float")]
impl ScalarType for Whole {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::Number(number) => whole(number),
            _ => None,
        };
        number.map(Self).ok_or_else(|| InputValueError::custom("must be a whole number"))
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}

fn whole(number: &Number) -> Option<i64> {
    let fraction = || number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() <= EXACT);
    #[expect(clippy::cast_possible_truncation, reason = "whole and within what i64 holds")]
    number.as_i64().or_else(|| fraction().map(|number| number as i64))
}

/// A moment in RFC 3339, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime(pub Timestamp);

#[Scalar(name = "DateTime")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let moment = match &value {
            Value::String(text) => Timestamp::parse(text).ok(),
            _ => None,
        };
        moment
            .map(Self)
            .ok_or_else(|| InputValueError::custom("must be an RFC 3339 time such as 2026-01-31T08:00:00Z"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_is_read_in_every_form_and_written_as_an_integer() {
        let parse = |text: &str| Whole::parse(serde_json::from_str(text).unwrap()).ok();
        assert_eq!(
            (parse("7"), parse("7.0"), parse("-7")),
            (Some(Whole(7)), Some(Whole(7)), Some(Whole(-7)))
        );
        for text in ["7.5", "\"7\"", "1e300", "null", "[7]"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(serde_json::to_string(&Whole(1_042).to_value()).unwrap(), "1042");
    }

    #[test]
    fn a_moment_is_read_as_it_is_written() {
        let moment = DateTime(Timestamp::from_micros(1_800_000_000_123_456));
        assert_eq!(DateTime::parse(moment.to_value()).unwrap(), moment);
        assert!(DateTime::parse(Value::from("yesterday")).is_err());
    }
}

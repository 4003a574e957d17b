//! Times as sources write them: RFC 3339, a bare date, a local time without an offset, or an epoch number.

use metier_core::Timestamp;
use serde_json::Value;
use time::{Date, PrimitiveDateTime, format_description::BorrowedFormatItem, macros::format_description};

const LOCAL: &[BorrowedFormatItem<'_>] = format_description!(
    "[year]-[month]-[day][first [T][ ]][hour]:[minute]:[second][optional [.[subsecond]]]"
);
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// Epoch numbers at or above this are milliseconds; as seconds they would lie past the year 5000.
const MILLISECONDS_FROM: f64 = 1.0e11;

/// Reads a moment, `None` where nothing was said: `null`, empty text, zero, or year 1, which some languages
/// write for "no time". A time without an offset is taken as UTC.
///
/// # Errors
/// With what was found, when it is no moment.
pub fn parse_moment(value: &Value) -> Result<Option<Timestamp>, String> {
    match value {
        Value::Null => Ok(None),
        Value::Number(number) => epoch(number.as_f64().unwrap_or_default()),
        Value::String(text) => parse_text(text.trim()),
        _ => Err("is neither text nor a number".to_owned()),
    }
}

fn parse_text(text: &str) -> Result<Option<Timestamp>, String> {
    if text.is_empty() || text.starts_with("0001-01-01") {
        return Ok(None);
    }
    if let Ok(moment) = Timestamp::parse(text) {
        return Ok(Some(moment));
    }
    if let Ok(local) = PrimitiveDateTime::parse(text, LOCAL) {
        return Ok(Some(local.assume_utc().into()));
    }
    if let Ok(day) = Date::parse(text, DAY) {
        return Ok(Some(day.midnight().assume_utc().into()));
    }
    let digits = text.len() >= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<f64>() {
        Ok(number) if digits => epoch(number),
        _ => Err(format!("{:?} is no date", text.chars().take(40).collect::<String>())),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
fn epoch(number: f64) -> Result<Option<Timestamp>, String> {
    let seconds = if number >= MILLISECONDS_FROM { number / 1_000.0 } else { number };
    match seconds {
        0.0 => Ok(None),
        seconds if (0.0..MILLISECONDS_FROM).contains(&seconds) => {
            Ok(Some(Timestamp::from_micros((seconds * 1e6) as i64)))
        }
        _ => Err(format!("{number} is no date")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(value: Value) -> String {
        parse_moment(&value).unwrap().unwrap().to_string()
    }

    #[test]
    fn each_way_of_writing_a_time_is_read() {
        assert_eq!(shown(json!("2025-09-11T11:25:57+02:00")), "2025-09-11T09:25:57Z");
        assert_eq!(shown(json!("2025-09-11T11:25:57")), "2025-09-11T11:25:57Z");
        assert_eq!(shown(json!("2025-09-11 11:25:57.5")), "2025-09-11T11:25:57.5Z");
        assert_eq!(shown(json!("2025-09-11")), "2025-09-11T00:00:00Z");
        assert_eq!(shown(json!(1_757_582_757)), "2025-09-11T09:25:57Z");
        assert_eq!(shown(json!(1_757_582_757_157_u64)), "2025-09-11T09:25:57.157Z");
        assert_eq!(shown(json!("1757582757")), "2025-09-11T09:25:57Z");
    }

    #[test]
    fn no_time_is_not_an_error() {
        for value in [json!(null), json!(""), json!(0), json!("0001-01-01T00:00:00Z")] {
            assert_eq!(parse_moment(&value), Ok(None));
        }
    }

    #[test]
    fn nonsense_is_named() {
        assert!(parse_moment(&json!("soon")).unwrap_err().contains("soon"));
        assert!(parse_moment(&json!([1])).is_err());
        assert!(parse_moment(&json!(-5)).is_err());
    }
}

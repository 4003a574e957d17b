//! The API's times: Stockholm's, without saying so.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use time::{Duration, OffsetDateTime};

/// The time as UTC. A time that says its offset is taken at its word.
pub(crate) fn parse(text: &str) -> Option<OffsetDateTime> {
    let moment = match text.parse::<Timestamp>() {
        Ok(moment) => moment,
        Err(_) => local(text)?.to_zoned(stockholm()?).ok()?.timestamp(),
    };
    OffsetDateTime::from_unix_timestamp(moment.as_second()).ok()
}

/// The moment as the API writes it.
pub(crate) fn to_stockholm(moment: OffsetDateTime) -> String {
    let moment = Timestamp::from_second(moment.unix_timestamp()).unwrap_or_default();
    let local =
        stockholm().map_or_else(|| TimeZone::UTC.to_datetime(moment), |zone| zone.to_datetime(moment));
    local.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// A time of the API, this much later or earlier on Stockholm's wall clock.
pub(crate) fn shift(text: &str, by: Duration) -> Option<String> {
    let shifted = local(text)?.checked_add(jiff::SignedDuration::from_secs(by.whole_seconds())).ok()?;
    Some(shifted.strftime("%Y-%m-%dT%H:%M:%S").to_string())
}

fn local(text: &str) -> Option<DateTime> {
    text.parse().ok()
}

fn stockholm() -> Option<TimeZone> {
    TimeZone::get("Europe/Stockholm").ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn summer_and_winter_time_are_told_apart() {
        assert_eq!(parse("2025-09-25T23:59:59"), Some(datetime!(2025-09-25 21:59:59 UTC)));
        assert_eq!(parse("2020-02-27T13:14:45"), Some(datetime!(2020-02-27 12:14:45 UTC)));
        assert_eq!(parse("2025-09-25T23:59:59Z"), Some(datetime!(2025-09-25 23:59:59 UTC)));
        assert_eq!(to_stockholm(datetime!(2025-09-25 21:59:59 UTC)), "2025-09-25T23:59:59");
    }

    #[test]
    fn the_hour_that_is_skipped_and_the_hour_that_comes_twice_are_read() {
        assert_eq!(parse("2025-03-30T02:30:00"), Some(datetime!(2025-03-30 01:30 UTC)));
        assert_eq!(parse("2025-10-26T02:30:00"), Some(datetime!(2025-10-26 00:30 UTC)));
    }

    #[test]
    fn a_time_is_shifted_across_midnight() {
        assert_eq!(shift("2025-09-11T00:00:00", -Duration::SECOND).as_deref(), Some("2025-09-10T23:59:59"));
        assert_eq!(shift("soon", Duration::SECOND), None);
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in ".{0,40}") {
            prop_assert!(parse(&text).is_none_or(|moment| moment.year().abs() < 10_000));
            prop_assert!(shift(&text, Duration::SECOND).is_none_or(|later| later.len() >= 19));
        }
    }
}

//! `grpc-timeout`: how long the caller still waits, as the wire has it.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use metier_core::Fault;
use tonic::Status;

pub(crate) const HEADER: &str = "grpc-timeout";
const MOST: u128 = 99_999_999;

/// The caller's remaining time, if it set one.
pub(crate) fn read(headers: &HeaderMap) -> Result<Option<Duration>, Fault> {
    let Some(value) = headers.get(HEADER) else { return Ok(None) };
    value
        .to_str()
        .ok()
        .and_then(parse)
        .map(Some)
        .ok_or_else(|| Fault::invalid(HEADER, "is not a gRPC timeout"))
}

fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(amount * 3_600),
        "M" => Duration::from_secs(amount * 60),
        "S" => Duration::from_secs(amount),
        "m" => Duration::from_millis(amount),
        "u" => Duration::from_micros(amount),
        "n" => Duration::from_nanos(amount),
        _ => return None,
    })
}

/// The header for a remaining time: at most eight digits in the finest unit that holds it, rounded down.
pub(crate) fn header(remaining: Duration) -> HeaderValue {
    let (micros, millis) = (remaining.as_micros(), remaining.as_millis());
    let text = match () {
        () if micros <= MOST => format!("{micros}u"),
        () if millis <= MOST => format!("{millis}m"),
        () => format!("{}S", u128::from(remaining.as_secs()).min(MOST)),
    };
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("99999999S"))
}

pub(crate) fn exceeded() -> Status {
    crate::status(Fault::timeout("the deadline passed before the work was done"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back_within_a_thousandth(micros in 0..4_000_000_000_000_u64) {
            let sent = Duration::from_micros(micros);
            let read = parse(header(sent).to_str().unwrap()).unwrap();
            prop_assert!(read <= sent && sent - read <= sent / 1_000);
        }

        #[test]
        fn no_text_breaks_the_parser(text in "\\PC{0,12}") {
            let _ = parse(&text);
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "u", "5", "123456789u", "-1u", "1.5S", "5x", "5 S", "é"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("2H"), Some(Duration::from_secs(7_200)));
    }
}

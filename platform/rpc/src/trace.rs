//! W3C trace context: the trace a request belongs to, carried from the edge through every call.
//!
//! It travels in the `traceparent` header only. Within one task it is known as [`TraceContext::current`]; a
//! task spawned from a handler starts without it and falls back to the correlation id.

use std::fmt;

use http::{HeaderMap, HeaderValue};
use metier_core::{CorrelationId, Random};

tokio::task_local! {
    static CURRENT: TraceContext;
}

/// One trace and the span within it that makes the next call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace: u128,
    span: u64,
    sampled: bool,
}

impl TraceContext {
    /// The header that carries it.
    pub const HEADER: &'static str = "traceparent";

    /// Reads a `traceparent`, tolerating versions newer than 00 as the standard asks.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let version = hex(parts.next()?, 2)?;
        let (trace, span) = (hex(parts.next()?, 32)?, hex(parts.next()?, 16)?);
        let flags = hex(parts.next()?, 2)?;
        let strange = version == 0xff || (version == 0 && parts.next().is_some());
        if strange || trace == 0 || span == 0 {
            return None;
        }
        Some(Self { trace, span: u64::try_from(span).ok()?, sampled: flags & 1 == 1 })
    }

    /// The trace a request came with.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        Self::parse(headers.get(Self::HEADER)?.to_str().ok()?)
    }

    /// A new trace. A correlation id of 32 hex digits, as ours are, doubles as its id.
    pub fn start(correlation: &CorrelationId, random: &Random) -> Self {
        let named = hex(correlation.as_str(), 32).filter(|trace| *trace != 0);
        let trace = named.unwrap_or_else(|| u128::from_be_bytes(random.bytes()) | 1);
        Self { trace, span: fresh_span(random), sampled: true }
    }

    /// The trace of the task that asks, if a request brought one.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|context| *context).ok()
    }

    /// A new span in the same trace.
    #[must_use]
    pub fn child(self, random: &Random) -> Self {
        Self { span: fresh_span(random), ..self }
    }

    /// Runs a future under this trace.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }

    /// The trace's id as 32 hex digits, for log lines.
    pub fn trace_id(self) -> String {
        format!("{:032x}", self.trace)
    }

    /// The header value.
    pub fn header(self) -> Option<HeaderValue> {
        HeaderValue::try_from(self.to_string()).ok()
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, u8::from(self.sampled))
    }
}

fn fresh_span(random: &Random) -> u64 {
    u64::from_be_bytes(random.bytes()) | 1
}

/// The number behind exactly `length` lowercase hex digits.
fn hex(text: &str, length: usize) -> Option<u128> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    (text.len() == length && digits).then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use metier_core::{Clock, Timestamp};
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_round_trips() {
        assert_eq!(TraceContext::parse(TEXT).unwrap().to_string(), TEXT);
    }

    #[test]
    fn a_broken_traceparent_is_ignored() {
        for text in [
            "",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        ] {
            assert_eq!(TraceContext::parse(text), None, "{text}");
        }
        assert!(TraceContext::parse(&TEXT.replacen("00", "01", 1)).is_some());
    }

    #[test]
    fn our_own_correlation_id_names_the_trace() {
        let random = Random::seeded(1);
        let correlation = CorrelationId::fresh(&Clock::manual(Timestamp::from_seconds(9)), &random);
        assert_eq!(TraceContext::start(&correlation, &random).trace_id(), correlation.as_str());
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_parser(text in "[0-9a-f-]{0,70}") {
            let _ = TraceContext::parse(&text);
        }
    }
}

//! [`Fault`] to gRPC status and back, by one table.
//!
//! The code, the violations and the time to try again travel as JSON in one binary metadata entry beside the
//! standard code and message. `grpc-status-details-bin` is left alone: tools expect another format there.
//! The cause of a fault is logged here, where it is lost, and never sent.

use std::{error::Error, time::Duration};

use bytes::Bytes;
use metier_core::{Fault, FaultKind, Violation};
use serde::{Deserialize, Serialize};
use tonic::{
    Code, Status,
    metadata::{MetadataMap, MetadataValue},
};

const TABLE: [(FaultKind, Code); 11] = [
    (FaultKind::Invalid, Code::InvalidArgument),
    (FaultKind::Unauthenticated, Code::Unauthenticated),
    (FaultKind::Forbidden, Code::PermissionDenied),
    (FaultKind::NotFound, Code::NotFound),
    (FaultKind::Conflict, Code::FailedPrecondition),
    (FaultKind::Stale, Code::Aborted),
    (FaultKind::TooLarge, Code::OutOfRange),
    (FaultKind::RateLimited, Code::ResourceExhausted),
    (FaultKind::Unavailable, Code::Unavailable),
    (FaultKind::Timeout, Code::DeadlineExceeded),
    (FaultKind::Internal, Code::Internal),
];

const DETAILS: &str = "metier-fault-bin";
/// HTTP/2 peers refuse headers beyond 16 KiB in sum; percent and base64 encoding swell these.
const MESSAGE_BYTES: usize = 2_048;
const DETAILS_BYTES: usize = 6_144;

#[derive(Serialize, Deserialize)]
struct Details<'a> {
    code: &'a str,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    violations: Vec<Violation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

/// The gRPC status of an error, its cause logged. Violations that do not fit into a header are left out.
pub fn status(error: impl Into<Fault>) -> Status {
    let fault = error.into();
    log(&fault);
    let mut metadata = MetadataMap::new();
    metadata.insert_bin(DETAILS, MetadataValue::from_bytes(&encode(&fault)));
    Status::with_metadata(code_of(fault.kind), shorten(&fault.message, MESSAGE_BYTES), metadata)
}

/// The error behind a gRPC status, whether one of ours sent it or the transport made it.
pub fn fault(status: Status) -> Fault {
    let details = status.metadata().get_bin(DETAILS).and_then(|value| value.to_bytes().ok());
    details.and_then(|bytes| decode(&status, &bytes)).unwrap_or_else(|| foreign(status))
}

fn log(fault: &Fault) {
    match (fault.kind, fault.source()) {
        (FaultKind::Internal, _) => tracing::error!(code = %fault.code, error = fault.chain(), "call failed"),
        (_, Some(_)) => tracing::warn!(code = %fault.code, error = fault.chain(), "call refused"),
        (_, None) => tracing::debug!(code = %fault.code, error = fault.chain(), "call refused"),
    }
}

fn code_of(kind: FaultKind) -> Code {
    TABLE.iter().find(|(known, _)| *known == kind).map_or(Code::Internal, |(_, code)| *code)
}

fn kind_of(code: Code) -> FaultKind {
    match code {
        Code::AlreadyExists => FaultKind::Conflict,
        Code::Cancelled => FaultKind::Unavailable,
        code => TABLE.iter().find(|(_, known)| *known == code).map_or(FaultKind::Internal, |(kind, _)| *kind),
    }
}

fn encode(fault: &Fault) -> Vec<u8> {
    let mut details = Details {
        code: &fault.code,
        violations: fault.violations.clone(),
        retry_after_ms: fault.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
    };
    loop {
        let bytes = serde_json::to_vec(&details).unwrap_or_default();
        if bytes.len() <= DETAILS_BYTES || details.violations.is_empty() {
            return bytes;
        }
        details.violations.truncate(details.violations.len() / 2);
    }
}

fn decode(status: &Status, bytes: &Bytes) -> Option<Fault> {
    let details: Details<'_> = serde_json::from_slice(bytes).ok()?;
    let mut fault = Fault::new(kind_of(status.code()), details.code.to_owned(), status.message());
    fault.violations = details.violations;
    fault.retry_after = details.retry_after_ms.map(Duration::from_millis);
    Some(fault)
}

/// A status that none of our services made: its text may describe internals, so only harmless kinds keep it.
fn foreign(status: Status) -> Fault {
    let message = status.message().to_owned();
    match kind_of(status.code()) {
        FaultKind::Internal => Fault::internal(status),
        FaultKind::Unavailable => Fault::unavailable("a service this needs is away").caused_by(status),
        FaultKind::Timeout => Fault::timeout("a service this needs did not answer in time").caused_by(status),
        kind => Fault::new(kind, foreign_code(kind), message).caused_by(status),
    }
}

fn foreign_code(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Invalid => "invalid_parameters",
        FaultKind::Unauthenticated => "unauthenticated",
        FaultKind::Forbidden => "permission_denied",
        FaultKind::NotFound => "not_found",
        FaultKind::Conflict => "conflict",
        FaultKind::Stale => "stale",
        FaultKind::TooLarge => "too_large",
        FaultKind::RateLimited => "rate_limited",
        FaultKind::Unavailable => "unavailable",
        FaultKind::Timeout => "timeout",
        FaultKind::Internal => "internal",
    }
}

fn shorten(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn violation() -> impl Strategy<Value = Violation> {
        ("[a-z/0-9]{0,20}", "\\PC{0,30}").prop_map(|(field, message)| Violation { field, message })
    }

    fn over_the_wire(status: &Status) -> Status {
        let mut headers = http::HeaderMap::new();
        status.add_header(&mut headers).unwrap();
        Status::from_header_map(&headers).unwrap()
    }

    proptest! {
        #[test]
        fn a_fault_survives_the_wire(
            row in 0..TABLE.len(),
            code in "[a-z_]{1,30}",
            message in "\\PC{0,200}",
            violations in proptest::collection::vec(violation(), 0..8),
            wait in proptest::option::of(0..u64::from(u32::MAX)),
        ) {
            let mut sent = Fault::new(TABLE[row].0, code, message);
            sent.violations = violations;
            sent.retry_after = wait.map(Duration::from_millis);
            let got = fault(over_the_wire(&status(sent.clone())));
            prop_assert_eq!(
                (got.kind, &got.code, &got.message, &got.violations, got.retry_after),
                (sent.kind, &sent.code, &sent.message, &sent.violations, sent.retry_after)
            );
        }
    }

    #[test]
    fn the_cause_is_never_sent() {
        let sent = status(Fault::internal("password=hunter2"));
        let mut headers = http::HeaderMap::new();
        sent.add_header(&mut headers).unwrap();
        assert!(!format!("{headers:?}").contains("hunter2"));
    }

    #[test]
    fn a_flood_of_violations_is_cut_to_fit_a_header() {
        let violation =
            |index| Violation { field: format!("/items/{index}"), message: "must be a number".into() };
        let sent = status(Fault::violations((0..100_000).map(violation).collect()));
        let mut headers = http::HeaderMap::new();
        sent.add_header(&mut headers).unwrap();
        let size: usize = headers.values().map(|value| value.len()).sum();
        assert!(size < 16_384, "{size}");
        assert!(!fault(over_the_wire(&sent)).violations.is_empty());
    }

    #[test]
    fn a_status_of_the_transport_keeps_its_inner_text_to_itself() {
        let got = fault(Status::internal("panicked at secret.rs"));
        assert_eq!((got.kind, got.message.contains("secret")), (FaultKind::Internal, false));
        assert_eq!(fault(Status::cancelled("reset")).kind, FaultKind::Unavailable);
        assert_eq!(fault(Status::already_exists("twice")).kind, FaultKind::Conflict);
        assert_eq!(fault(Status::unimplemented("no such method")).kind, FaultKind::Internal);
    }
}

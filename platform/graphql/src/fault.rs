//! Faults as GraphQL tells them.

use async_graphql::{Error, ErrorExtensionValues, ErrorExtensions, Value};
use metier_core::{Fault, FaultKind};
use metier_http::status_code;

/// A fault as an error of a field: its sentence as the message, and beside it `code`, which is stable, `status`, the
/// status that REST answers with, and `violations` when fields are at fault.
pub fn refused(fault: impl Into<Fault>) -> Error {
    let fault = fault.into();
    log(&fault);
    Error::new(fault.message.clone()).extend_with(|_, extensions| describe(&fault, extensions))
}

/// What stands beside the message.
pub(crate) fn describe(fault: &Fault, extensions: &mut ErrorExtensionValues) {
    extensions.set("code", fault.code.as_ref());
    extensions.set("status", i32::from(status_code(fault).as_u16()));
    if let Some(wait) = fault.retry_after {
        extensions.set("retryAfterSeconds", wait.as_secs() + u64::from(wait.subsec_nanos() > 0));
    }
    if !fault.violations.is_empty() {
        let violations = async_graphql::to_value(&fault.violations).unwrap_or(Value::Null);
        extensions.set("violations", violations);
    }
}

/// An answer with a fault in it is a success to the edge, so it is logged here.
fn log(fault: &Fault) {
    match fault.kind {
        FaultKind::Internal => tracing::error!(code = %fault.code, error = fault.chain(), "field failed"),
        FaultKind::Unavailable | FaultKind::Timeout => {
            tracing::warn!(code = %fault.code, error = fault.chain(), "field failed");
        }
        _ => tracing::debug!(code = %fault.code, error = fault.chain(), "field refused"),
    }
}

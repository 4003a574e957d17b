//! The span of one operation.

use metier_core::Ctx;
use tracing::Span;

/// A span for an operation such as `jobs.runs.cancel`, with the fields that tie its lines to everything else
/// done for the same request.
pub fn operation_span(ctx: &Ctx, name: &'static str) -> Span {
    tracing::info_span!(
        "operation",
        operation = name,
        correlation_id = %ctx.correlation,
        actor = %ctx.actor,
        workspace = %ctx.workspace,
    )
}

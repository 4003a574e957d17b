//! The worker protocol, and the loop that claims tasks and runs handlers.

/// The generated protocol; documented in `proto/metier/worker/v1/worker.proto`.
#[expect(missing_docs, reason = "generated from the documented proto file")]
#[allow(clippy::all, unused_qualifications, reason = "generated")]
pub mod protocol {
    tonic::include_proto!("metier.worker.v1");
}

//! What other services know of the job engine: its permissions, its events and its gRPC client.

pub mod event;

use metier_core::Permission;

/// What the protocol says, for tools that ask a running service.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The generated protocol; documented in `proto/metier/jobs/v1/jobs.proto`.
#[expect(missing_docs, reason = "generated from the documented proto file")]
#[allow(clippy::all, unused_qualifications, reason = "generated")]
pub mod protocol {
    tonic::include_proto!("metier.jobs.v1");
}

/// The generated protocol of Jobber's executors.
#[expect(missing_docs, reason = "generated from the documented proto file")]
#[allow(clippy::all, unused_qualifications, reason = "generated")]
pub mod jobber {
    tonic::include_proto!("jobs");
}

pub use protocol::jobs_service_client::JobsServiceClient;

/// See the catalogue of kinds, and jobs.
pub const JOBS_READ: Permission = Permission::new("jobs", "read");
/// Define, change and end jobs.
pub const JOBS_WRITE: Permission = Permission::new("jobs", "write");
/// See one's own runs; everyone's with `runs:read_all`.
pub const RUNS_READ: Permission = Permission::new("runs", "read");
/// Submit runs.
pub const RUNS_SUBMIT: Permission = Permission::new("runs", "submit");
/// Cancel runs one may see.
pub const RUNS_CANCEL: Permission = Permission::new("runs", "cancel");
/// Replay runs one may see.
pub const RUNS_RETRY: Permission = Permission::new("runs", "retry");
/// See queues and workers.
pub const QUEUES_READ: Permission = Permission::new("queues", "read");
/// Pause and resume queues.
pub const QUEUES_MANAGE: Permission = Permission::new("queues", "manage");
/// Claim tasks of any kind; `tasks.<kind>:claim` for one kind.
pub const TASKS_CLAIM: Permission = Permission::new("tasks", "claim");
/// Verify and recount the engine.
pub const SYSTEM_READ: Permission = Permission::new("system", "read");

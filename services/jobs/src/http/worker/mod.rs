//! The worker protocol as plain JSON: the fields of `worker.proto`, `parameters` and `result` as JSON values.

mod claim;
mod lease;
mod register;

use metier_core::Fault;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

pub use claim::{__path_claim, __path_complete, claim, complete};
pub use lease::{__path_heartbeat, __path_output, heartbeat, output};
pub use register::{__path_register, register};

/// A kind by name and version.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KindRef {
    /// Its name.
    name: String,
    /// Its version.
    #[serde(default = "first_version")]
    version: i64,
}

fn first_version() -> i64 {
    1
}

fn lease_token(text: &str) -> Result<Uuid, Fault> {
    text.parse().map_err(|_| Fault::invalid("/lease", "must be the lease that a claim gave"))
}

//! What other services know of schedules.
//!
//! [`SchedulerClient`] declares them, from this process or across the network. [`permission`] names the rights the
//! service asks for, [`event`] the facts it publishes.

mod client;
pub mod event;
pub mod permission;

use metier_core::Id;

pub use client::{Declared, SchedulerClient};

/// The name of the service in the registry, and of the identity that starts runs for others.
pub const SERVICE: &str = "scheduler";

/// What the ids of the scheduler name.
pub mod named {
    /// A schedule.
    pub enum Schedule {}
    /// One moment of a schedule.
    pub enum Fire {}
    /// A calendar of times at which nothing starts.
    pub enum Calendar {}
}

/// Names a schedule.
pub type ScheduleId = Id<named::Schedule>;
/// Names a fire.
pub type FireId = Id<named::Fire>;
/// Names a calendar.
pub type CalendarId = Id<named::Calendar>;

/// What the protocol says, for tools that ask a running service.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The generated protocol; documented in `proto/metier/scheduler/v1/scheduler.proto`.
#[expect(missing_docs, reason = "generated from the documented proto file")]
#[allow(clippy::all, unused_qualifications, reason = "generated")]
pub mod protocol {
    tonic::include_proto!("metier.scheduler.v1");
}

//! What the engine does: authorise, decide by the domain, write, publish; one transaction each.

mod archive;
pub mod declare;
mod engine;
pub mod figures;
pub mod forget;
mod items;
pub mod jobs;
pub mod limits;
pub mod progress;
pub mod queues;
pub mod results;
pub mod runs;
pub mod submissions;
pub mod submit;
pub mod tasks;
pub mod upkeep;
pub mod uploads;
pub mod waiting;
pub mod work;
pub mod workflows;

pub use engine::{Engine, Tools};

//! Runs any set of services in one process: it starts them in the order of their dependencies, links
//! them with each other wherever they run, watches their loops and stops them in the reverse order.
//!
//! A service implements [`Service`] and gets a [`Kit`]; it answers with what it has [`Mounted`]. Nothing in
//! it knows which of its peers share its process. A binary reads a [`Plan`], gives it to [`start`] and
//! keeps what is [`Running`] until it is told to stop.

mod answers;
mod data_folder;
mod error;
mod grpc_health;
mod health;
mod housekeeping;
mod jwks;
mod keys;
mod kit;
mod moment;
mod mounted;
mod numbers;
mod order;
mod peers;
mod plan;
mod process;
mod running;
#[cfg(feature = "sandbox")]
mod sandbox;
mod service;
mod settings;
mod start;
mod supervisor;
mod tokens;
mod until_stop;

pub use data_folder::{DataFolder, DataFolderError, Holder};
pub use error::StartError;
pub use health::{HealthReport, HealthStatus, PartReport};
pub use keys::{KeysError, check_keys};
pub use kit::Kit;
pub use moment::until;
pub use mounted::{HealthCheck, Loop, Mounted};
pub use numbers::Gauges;
pub use plan::{Doors, Plan};
pub use running::Running;
#[cfg(feature = "sandbox")]
pub use sandbox::{Sandbox, Topology};
pub use service::{Builder, Service, ServiceSpec};
pub use settings::{
    DataSettings, DatabaseSection, EventsSettings, KeysSettings, PlaceSettings, ServerSettings, Settings,
};
pub use start::{Effects, Metrics, start};

//! What a running process says of itself: log lines, metrics, spans.
//!
//! [`init`] is called once, by the binary. On a terminal log lines are for people, otherwise they are JSON,
//! one object a line, with the fields of every span around them, so that `correlation_id` is on each line.
//! Fields whose name speaks of a secret are never written, whatever a caller puts into them; see
//! [`is_secret_name`].
//!
//! The W3C trace context lives with the calls that carry it, in the rpc crate; spans record its `trace_id`.
//! There is no exporter of traces yet.

mod fields;
mod init;
mod json;
mod metrics;
mod panic;
mod settings;
mod span;
mod text;

pub use fields::is_secret_name;
pub use init::{LogLevel, Telemetry, TelemetryError, init, subscriber};
pub use metrics::Metrics;
pub use settings::{LogFormat, LogSettings};
pub use span::operation_span;

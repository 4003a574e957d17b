//! Settings: defaults < file < environment < flags, every value with its origin, nothing ignored.
//!
//! The binary makes one [`Loader`], adds the sources, and asks for each section as the type its service
//! declares: `loader.section::<JobsSettings>("jobs")`. A setting nobody knows is refused wherever it
//! stands, with the nearest known one, because a mistyped setting that is ignored is a setting that lies.
//!
//! A settings type implements `Default`, `Serialize` and `Deserialize`, carries `#[serde(default)]`, and
//! writes itself as it reads itself (no `alias`, no `skip_serializing`): that is how unknown keys are
//! found and the effective settings are printed. A secret is a [`metier_core::Secret`] and may be given as
//! `<key>_file = "/absolute/path"` instead.
//!
//! [`metier_core::Secret`]: ../metier_core/struct.Secret.html

mod environment;
mod finding;
mod human;
mod loader;
mod print;
mod secret_file;
mod section;
mod source;
mod tree;

/// Durations such as `"30s"` or `"1h 30m"`: `#[serde(with = "metier_config::duration")]`, on options too.
pub use humantime_serde as duration;

pub use finding::{ConfigError, Finding, Severity};
pub use human::{Listen, ListenError, Size, SizeError};
pub use loader::Loader;
pub use print::Effective;

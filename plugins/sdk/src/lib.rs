//! What a source plugin is made of: the contract it keeps, and the parts that keep it.
//!
//! A source plugin is a small HTTP server that yields postings. Metier pulls from it; the plugin never
//! writes anywhere. `CONTRACT.md` beside this crate tells the contract for authors in any language; here a
//! plugin is a type that implements [`SourcePlugin`], and [`serve`] does the rest:
//!
//! - [`wire`]: the contract as types, for both sides.
//! - [`SourcePlugin`], [`Sink`]: what an author writes and what he writes into.
//! - [`router`], [`serve`]: the contract over HTTP, the older one of OpenJobs included.
//! - [`Fetcher`]: asking the source politely.
//! - [`text`]: careful reading of titles and descriptions.
//! - [`conformance`]: does a plugin, in whatever language, keep the contract?

pub mod conformance;
mod effects;
mod fetch;
mod plugin;
mod server;
mod settings;
mod sink;
pub mod text;
mod tls;
#[cfg(feature = "trial")]
pub mod trial;
pub mod wire;

pub use effects::Effects;
pub use fetch::{FetchError, Fetcher, Politeness};
pub use plugin::{Identity, Outcome, Pass, Readiness, SourcePlugin, SyncError};
pub use server::{router, serve};
pub use settings::{SettingsError, settings};
pub use sink::{Closed, Sink};
pub use tls::install_crypto_provider;
pub use tokio_util::sync::CancellationToken;

//! What the harness knows of a service before it is built: one row of the registry.

use std::fmt;

use metier_config::{ConfigError, Loader};
use metier_core::{BoxFuture, Fault};
use metier_db::Migrations;
use serde::{Serialize, de::DeserializeOwned};

use crate::{Kit, Mounted};

/// A service, as it describes itself. The type holds nothing: what is built is in [`Mounted`].
pub trait Service: 'static {
    /// Its one name: section of the configuration, schema, folder, key, log field.
    const NAME: &'static str;
    /// Where it listens when it runs in a process of its own.
    const PORT: u16;
    /// What it does, in half a sentence.
    const SUMMARY: &'static str;
    /// The services that start before it and stop after it. Links may lead to others too, in circles even.
    const DEPENDS_ON: &'static [&'static str];
    /// Its database; `None` for a service that keeps nothing.
    const MIGRATIONS: Option<Migrations>;

    /// Whether it is the public door: alone to listen when all run in one process, on the port of `server`.
    const PUBLIC: bool = false;

    /// Its section of the configuration, with `#[serde(default)]`; unknown keys are refused for it.
    type Config: DeserializeOwned + Serialize + Default + Send + 'static;

    /// Puts the service together. Slow work belongs into a loop: everyone waits for this.
    ///
    /// # Errors
    /// When it cannot run; the process then says why and does not start.
    fn build(config: Self::Config, kit: Kit) -> impl Future<Output = Result<Mounted, Fault>> + Send;
}

/// Puts a service together whose settings were read.
pub type Builder = Box<dyn FnOnce(Kit) -> BoxFuture<'static, Result<Mounted, Fault>> + Send>;

/// A row of the registry: a [`Service`] without its type.
#[derive(Clone, Copy)]
pub struct ServiceSpec {
    /// See [`Service::NAME`].
    pub name: &'static str,
    /// See [`Service::PORT`].
    pub port: u16,
    /// See [`Service::SUMMARY`].
    pub summary: &'static str,
    /// See [`Service::DEPENDS_ON`].
    pub depends_on: &'static [&'static str],
    /// See [`Service::MIGRATIONS`].
    pub migrations: Option<Migrations>,
    /// See [`Service::PUBLIC`].
    pub public: bool,
    /// Reads its section of the settings.
    pub configure: fn(&mut Loader) -> Result<Builder, ConfigError>,
}

impl ServiceSpec {
    /// The row of a service.
    pub const fn of<S: Service>() -> Self {
        Self {
            name: S::NAME,
            port: S::PORT,
            summary: S::SUMMARY,
            depends_on: S::DEPENDS_ON,
            migrations: S::MIGRATIONS,
            public: S::PUBLIC,
            configure: configure::<S>,
        }
    }
}

impl fmt::Debug for ServiceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceSpec")
            .field("name", &self.name)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

fn configure<S: Service>(loader: &mut Loader) -> Result<Builder, ConfigError> {
    let config = loader.section::<S::Config>(S::NAME)?;
    Ok(Box::new(move |kit| Box::pin(S::build(config, kit))))
}

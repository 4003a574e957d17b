//! What the harness knows of a service before it is built: one row of the registry.

use std::fmt;

use metier_core::{BoxFuture, Fault};
use metier_db::Migrations;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

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

    /// Its section of the configuration, with `#[serde(default, deny_unknown_fields)]`.
    type Config: DeserializeOwned + Serialize + Default + Send;

    /// Puts the service together. Slow work belongs into a loop: everyone waits for this.
    ///
    /// # Errors
    /// When it cannot run; the process then says why and does not start.
    fn build(config: Self::Config, kit: Kit) -> impl Future<Output = Result<Mounted, Fault>> + Send;
}

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
    /// Its section with every default filled in and every secret hidden, or what is wrong with it.
    pub effective_config: fn(Value) -> Result<Value, Fault>,
    /// See [`Service::build`].
    pub build: fn(Value, Kit) -> BoxFuture<'static, Result<Mounted, Fault>>,
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
            effective_config: effective_config::<S>,
            build: |section, kit| Box::pin(build::<S>(section, kit)),
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

async fn build<S: Service>(section: Value, kit: Kit) -> Result<Mounted, Fault> {
    S::build(config::<S>(section)?, kit).await
}

fn effective_config<S: Service>(section: Value) -> Result<Value, Fault> {
    serde_json::to_value(config::<S>(section)?).map_err(Fault::internal)
}

fn config<S: Service>(section: Value) -> Result<S::Config, Fault> {
    if section.is_null() {
        return Ok(S::Config::default());
    }
    serde_json::from_value(section).map_err(|error| Fault::invalid(S::NAME, error.to_string()))
}

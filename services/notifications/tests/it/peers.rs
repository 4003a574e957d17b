//! Those whose events are heard: services that publish what a test wants.

use std::collections::BTreeMap;

use metier_core::Fault;
use metier_db::{Migrations, include_dir::Dir};
use metier_harness::{Kit, Mounted, Service};

static NOTHING: Dir<'_> = Dir::new("", &[]);
const ONLY_EVENTS: Migrations = Migrations { sqlite: &NOTHING, postgres: &NOTHING };

/// Publishes what becomes of people.
pub struct People;

impl Service for People {
    const NAME: &'static str = "identity";
    const PORT: u16 = 7401;
    const SUMMARY: &'static str = "publishes what becomes of people";
    const DEPENDS_ON: &'static [&'static str] = &[];
    const MIGRATIONS: Option<Migrations> = Some(ONLY_EVENTS);
    type Config = BTreeMap<String, serde_json::Value>;

    async fn build(_config: Self::Config, _kit: Kit) -> Result<Mounted, Fault> {
        Ok(Mounted::default())
    }
}

/// Publishes what becomes of runs.
pub struct Jobs;

impl Service for Jobs {
    const NAME: &'static str = "jobs";
    const PORT: u16 = 7402;
    const SUMMARY: &'static str = "publishes what becomes of runs";
    const DEPENDS_ON: &'static [&'static str] = &[];
    const MIGRATIONS: Option<Migrations> = Some(ONLY_EVENTS);
    type Config = BTreeMap<String, serde_json::Value>;

    async fn build(_config: Self::Config, _kit: Kit) -> Result<Mounted, Fault> {
        Ok(Mounted::default())
    }
}

/// Publishes nothing and keeps nothing.
pub struct Executor;

impl Service for Executor {
    const NAME: &'static str = "executor";
    const PORT: u16 = 7403;
    const SUMMARY: &'static str = "publishes nothing";
    const DEPENDS_ON: &'static [&'static str] = &[];
    const MIGRATIONS: Option<Migrations> = None;
    type Config = BTreeMap<String, serde_json::Value>;

    async fn build(_config: Self::Config, _kit: Kit) -> Result<Mounted, Fault> {
        Ok(Mounted::default())
    }
}

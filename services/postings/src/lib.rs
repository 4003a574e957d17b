//! The postings service: what sources show, made into one canonical posting each, and found again.
//!
//! [`domain`] computes and knows no database or network; [`search`] keeps one replica's full-text index;
//! [`eval`] measures both on labelled data through the same code that runs in production.

mod config;
pub mod domain;
mod error;
pub mod eval;
pub mod fetch;
mod http;
pub mod ops;
pub mod search;
pub mod store;
mod workers;

use std::{collections::BTreeMap, sync::Arc};

use metier_core::Fault;
use metier_db::{
    Migrations,
    include_dir::{Dir, include_dir},
};
use metier_harness::{Kit, Mounted, Service, ServiceSpec};

pub use config::{Config, SourceSetting, SourceTable};
use domain::cadence::Cadences;
pub use error::Error;
use ops::{Desk, index::IndexHandle, sources};

static SQLITE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations/sqlite");
static POSTGRES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations/postgres");

/// The service's schema.
pub const MIGRATIONS: Migrations = Migrations { sqlite: &SQLITE, postgres: &POSTGRES };

/// The row of the registry.
pub const SPEC: ServiceSpec = ServiceSpec::of::<Postings>();

/// The postings service.
pub struct Postings;

impl Service for Postings {
    const NAME: &'static str = "postings";
    const PORT: u16 = 7405;
    const SUMMARY: &'static str = "sources, postings, and finding them";
    const DEPENDS_ON: &'static [&'static str] = &["jobs", "scheduler"];
    const MIGRATIONS: Option<Migrations> = Some(MIGRATIONS);
    type Config = Config;

    async fn build(config: Config, kit: Kit) -> Result<Mounted, Fault> {
        let desk = Desk {
            database: kit.database()?,
            outbox: kit.outbox.clone(),
            clock: kit.clock.clone(),
            random: kit.random.clone(),
            fetcher: fetch::Fetcher::patient(config.silence()).map_err(Fault::internal)?,
            index: IndexHandle::open(&kit.folder)?,
            config: Arc::new(config),
        };
        let variables = environment(&desk.config);
        let cadences = Cadences::read(|name| variables.get(name).cloned(), &desk.config.schedules())
            .map_err(|(setting, wrong)| Fault::invalid(setting, wrong))?;
        let named = sources::from_environment(variables.into_iter());
        sources::register_configured(&desk, named).await.map_err(Fault::from)?;
        let loops = workers::loops(&desk, &kit, cadences)?;
        let mounted = Mounted::default().with_http(http::router(desk, kit));
        Ok(loops.into_iter().fold(mounted, Mounted::with_loop))
    }
}

/// OpenJobs' variables, and whatever else is set beside them.
fn environment(config: &Config) -> BTreeMap<String, String> {
    if !config.sources_from_environment {
        return BTreeMap::new();
    }
    let readable = std::env::vars_os();
    readable.filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?))).collect()
}

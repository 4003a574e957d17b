//! What the service does with sources and postings: authorise, decide by the domain, write, publish.

pub mod figures;
pub mod index;
pub mod ingest;
pub mod manual;
pub mod postings;
pub mod sources;
pub mod sync;
pub mod upkeep;

use std::sync::Arc;

use metier_bus::Outbox;
use metier_core::{Clock, CorrelationId, Ctx, Random};
use metier_db::Database;

use crate::{config::Config, fetch::Fetcher};

/// What the service works with. Clones share it.
#[derive(Clone)]
pub struct Desk {
    /// Its database.
    pub database: Database,
    /// Where events go.
    pub outbox: Outbox,
    /// The time.
    pub clock: Clock,
    /// Ids.
    pub random: Random,
    /// Reads plugins.
    pub fetcher: Fetcher,
    /// This replica's search index.
    pub index: index::IndexHandle,
    /// Its settings.
    pub config: Arc<Config>,
}

impl Desk {
    /// The service acting for itself.
    pub fn ctx(&self) -> Ctx {
        Ctx::service("postings", CorrelationId::fresh(&self.clock, &self.random))
    }
}

//! The durable job engine: runs, tasks, leases, retries, results.
//!
//! Delivery is at least once; completion is fenced by a lease token; effects are to be idempotent. See
//! `docs/guide/delivery.md`.

mod config;
pub mod domain;
mod error;
mod graphql;
mod http;
pub mod ops;
mod rpc;
pub mod store;
mod workers;

use metier_contract_identity::IdentityClient;
use metier_contract_jobs::{
    jobber::jobs_service_server::JobsServiceServer as AcknowledgeServer,
    protocol::jobs_service_server::JobsServiceServer,
};
use metier_core::Fault;
use metier_db::{
    Migrations,
    include_dir::{Dir, include_dir},
};
use metier_harness::{Gauges, Kit, Mounted, Service, ServiceSpec};
use metier_worker::protocol::worker_service_server::WorkerServiceServer;

pub use config::Config;
pub use error::Error;
use ops::{Engine, Tools, figures};

static SQLITE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations/sqlite");
static POSTGRES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations/postgres");

/// The engine's schema.
pub const MIGRATIONS: Migrations = Migrations { sqlite: &SQLITE, postgres: &POSTGRES };

/// The row of the registry.
pub const SPEC: ServiceSpec = ServiceSpec::of::<Jobs>();

/// Largest gRPC message: a claim or completion of a full batch.
const MESSAGE_BYTES: usize = 32 * 1024 * 1024;

/// The jobs service.
pub struct Jobs;

impl Service for Jobs {
    const NAME: &'static str = "jobs";
    const PORT: u16 = 7402;
    const SUMMARY: &'static str = "the durable job engine: runs, tasks, leases, retries, results";
    const DEPENDS_ON: &'static [&'static str] = &["identity"];
    const MIGRATIONS: Option<Migrations> = Some(MIGRATIONS);
    type Config = Config;

    async fn build(config: Config, kit: Kit) -> Result<Mounted, Fault> {
        let tools = Tools {
            database: kit.database()?,
            outbox: kit.outbox.clone(),
            blobs: kit.blobs.clone(),
            clock: kit.clock.clone(),
            random: kit.random.clone(),
            identity: Some(IdentityClient::new(kit.link(metier_contract_identity::SERVICE)?)),
            stop: kit.stop.clone(),
        };
        let engine = Engine::start(tools, config).await?;
        let workers = WorkerServiceServer::new(rpc::Workers(engine.clone()))
            .max_decoding_message_size(MESSAGE_BYTES)
            .max_encoding_message_size(MESSAGE_BYTES);
        let runs = JobsServiceServer::new(rpc::Jobs(engine.clone())).max_decoding_message_size(MESSAGE_BYTES);
        let jobber = AcknowledgeServer::new(rpc::Acknowledgements(engine.clone()));
        figures::begin();
        let watched = engine.clone();
        let gauges = Gauges::new(Self::NAME, move || figures::look_up(watched.clone()));
        let mounted = Mounted::default()
            .with_gauges(gauges)
            .with_http(http::router(engine.clone()))
            .with_rpc(workers)
            .with_rpc(runs)
            .with_rpc(jobber)
            .with_descriptors(metier_contract_jobs::DESCRIPTORS)
            .with_descriptors(metier_worker::DESCRIPTORS);
        Ok(workers::loops(&engine).into_iter().fold(mounted, Mounted::with_loop))
    }
}

//! The service as the registry knows it.

use metier_contract_products::ProductsClient;
use metier_core::Fault;
use metier_db::Migrations;
use metier_harness::{Kit, Loop, Mounted, Service, ServiceSpec};
use metier_worker::{Worker, WorkerOptions};

use crate::{
    Config,
    kinds::{self, HttpGet},
};

/// The row of the registry.
pub const SPEC: ServiceSpec = ServiceSpec::of::<ExecutorService>();

/// A worker for the general kinds.
#[derive(Clone, Copy, Debug)]
pub struct ExecutorService;

impl Service for ExecutorService {
    const NAME: &'static str = "executor";
    const PORT: u16 = 7403;
    const SUMMARY: &'static str = "runs the general kinds of task";
    const DEPENDS_ON: &'static [&'static str] = &["jobs"];
    const MIGRATIONS: Option<Migrations> = None;
    type Config = Config;

    async fn build(config: Config, kit: Kit) -> Result<Mounted, Fault> {
        let mut options = WorkerOptions::new(Self::NAME, &kit.clock, &kit.random);
        options.concurrency = config.concurrency.unwrap_or(options.concurrency);
        options.queues = config.queues;
        options.capabilities = config.capabilities;
        let products = ProductsClient::new(kit.link(metier_contract_products::SERVICE)?);
        let http = HttpGet::build(config.http).map_err(Fault::internal)?;
        let handlers = kinds::handlers(products, http);
        let worker = Worker::new(kit.link("jobs")?, handlers, options, kit.clock.clone(), kit.random.clone());
        Ok(Mounted::default().with_loop(Loop::new("worker", move |stop| {
            let worker = worker.clone();
            async move {
                worker.run(stop).await;
                Ok(())
            }
        })))
    }
}

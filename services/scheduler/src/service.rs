//! The service as the registry knows it.

use metier_contract_jobs::event::{RUN_ENDED, RunsEnded, TOPIC_RUN};
use metier_core::Fault;
use metier_db::{
    DbError, Migrations,
    include_dir::{Dir, include_dir},
};
use metier_harness::{Kit, Mounted, Service, ServiceSpec};

use crate::{config::Config, http, ops::Scheduler, rpc, store, workers};

static SQLITE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations/sqlite");
static POSTGRES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations/postgres");

/// The tables.
pub const MIGRATIONS: Migrations = Migrations { sqlite: &SQLITE, postgres: &POSTGRES };

/// The row of the registry.
pub const SPEC: ServiceSpec = ServiceSpec::of::<SchedulerService>();

/// What starts runs in time.
#[derive(Clone, Copy, Debug)]
pub struct SchedulerService;

impl Service for SchedulerService {
    const NAME: &'static str = metier_contract_scheduler::SERVICE;
    const PORT: u16 = 7406;
    const SUMMARY: &'static str = "schedules: what starts runs in time";
    const DEPENDS_ON: &'static [&'static str] = &["identity", "jobs"];
    const MIGRATIONS: Option<Migrations> = Some(MIGRATIONS);
    type Config = Config;

    async fn build(config: Config, kit: Kit) -> Result<Mounted, Fault> {
        let scheduler = Scheduler::new(config, &kit)?;
        follow_runs(&kit)?;
        let loops = workers::loops(&scheduler);
        let mounted = Mounted::default()
            .with_http(http::router(scheduler.clone()))
            .with_rpc(rpc::server(scheduler))
            .with_descriptors(metier_contract_scheduler::DESCRIPTORS);
        Ok(loops.into_iter().fold(mounted, Mounted::with_loop))
    }
}

/// A run that ended may let the next one of its schedule start.
fn follow_runs(kit: &Kit) -> Result<(), Fault> {
    kit.consume("jobs", "scheduler", &[TOPIC_RUN], |tx, event| {
        Box::pin(async move {
            if event.kind != RUN_ENDED {
                return Ok(());
            }
            let ended: RunsEnded = serde_json::from_value(event.data.clone()).map_err(Fault::internal)?;
            for run in ended.runs {
                store::fires::end_run(tx, run.id).await.map_err(DbError::from)?;
            }
            Ok(())
        })
    })
}

//! Starts what a plan names: each service after those it depends on.

use std::{
    net::SocketAddr,
    sync::{Arc, PoisonError},
    time::Duration,
};

use axum::serve::ListenerExt;
use futures::future::try_join_all;
use metier_core::{Clock, Random};
use metier_db::Database;
use metier_http::{Certificates, ServeOptions, serve};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    HealthCheck, Kit, Loop, Mounted, Running, Settings, StartError,
    answers::Answers,
    health::Health,
    housekeeping,
    numbers::Numbers,
    plan::{Door, Plan, Planned},
    process::{Process, failed},
    running::{RunningService, Tasks},
    supervisor::{LoopState, supervise},
};

/// Writes all metrics of the process in the format of Prometheus.
pub type Metrics = Arc<dyn Fn() -> String + Send + Sync>;

/// What a process is handed from outside.
#[derive(Clone)]
pub struct Effects {
    /// The time.
    pub clock: Clock,
    /// Ids, jitter, keys.
    pub random: Random,
    /// What `/metrics` answers.
    pub metrics: Metrics,
}

impl std::fmt::Debug for Effects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Effects").field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// Starts the services of a plan. When it answers, all of them are ready.
///
/// # Errors
/// When one cannot start; those that had started were stopped again.
pub async fn start(mut plan: Plan, effects: Effects) -> Result<Running, StartError> {
    let numbers = Numbers::new(Arc::clone(&effects.metrics));
    let process = Process::open(&plan, effects)?;
    let listeners = bind(&mut plan).await?;
    let databases = process.databases(&plan).await?;
    let mut running = Running::new(process);
    for ((planned, database), listener) in plan.services.into_iter().zip(databases).zip(listeners) {
        match build(&running.process, planned, database, listener, &numbers).await {
            Ok(service) => running.add(service),
            Err(error) => {
                running.stop().await;
                return Err(error);
            }
        }
    }
    running.open();
    Ok(running)
}

/// Taken before anything is built, so that a taken port is noticed first and early callers wait in line.
async fn bind(plan: &mut Plan) -> Result<Vec<Option<TcpListener>>, StartError> {
    let Plan { services, settings, .. } = plan;
    try_join_all(services.iter_mut().map(|planned| bind_one(planned, settings))).await
}

async fn bind_one(planned: &mut Planned, settings: &Settings) -> Result<Option<TcpListener>, StartError> {
    let name = planned.spec.name;
    let address = SocketAddr::new(settings.server.listen, settings.port(&planned.spec));
    let bound = match std::mem::replace(&mut planned.door, Door::None) {
        Door::None => return Ok(None),
        Door::Port => TcpListener::bind(address).await,
        Door::Given(open) => open.set_nonblocking(true).and_then(|()| TcpListener::from_std(open)),
    };
    bound.map(Some).map_err(|source| StartError::Listen { service: name, address, source })
}

async fn build(
    process: &Process,
    Planned { spec, builder, .. }: Planned,
    database: Option<Database>,
    listener: Option<TcpListener>,
    numbers: &Numbers,
) -> Result<RunningService, StartError> {
    let kit = process.kit(spec, database)?;
    let mut mounted = builder(kit.clone()).await.map_err(|fault| failed(spec, fault))?;
    let gauges = std::mem::take(&mut mounted.gauges);
    let (loops, checks) = (loops(process, &kit, &mut mounted), checks(&kit, &mut mounted));
    let states: Vec<_> = loops.iter().map(|kept| LoopState::new(kept.name.clone())).collect();
    let health = Health::new(spec.name, checks, states.clone());
    let certificates = mounted.certificates.take();
    let answers = Answers::new(&kit, mounted, &health, numbers);
    numbers.add(gauges);
    process.peers.built(spec.name, answers.ways());
    let (stop, mut tasks) = (CancellationToken::new(), Tasks::default());
    for (kept, state) in loops.into_iter().zip(states) {
        let name = kept.name.clone();
        tasks.spawn(name, supervise(spec.name, kept, state, stop.clone(), process.random.clone()));
    }
    let address = listener.as_ref().and_then(|listener| listener.local_addr().ok());
    if let Some(listener) = listener {
        tasks.spawn("listener", listen(listener, &answers, certificates.clone(), stop.clone()));
    }
    Ok(RunningService { spec, kit, health, answers, address, certificates, stop, tasks })
}

/// Answers on a socket until `stop`, then lets open requests end for as long as who stops it waits.
fn listen(
    listener: TcpListener,
    answers: &Answers,
    certificates: Option<Certificates>,
    stop: CancellationToken,
) -> impl Future<Output = ()> + Send + 'static {
    let both = answers.both();
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY on a connection");
        }
    });
    async move {
        let options = ServeOptions { certificates, grace: Duration::MAX, ..ServeOptions::default() };
        serve(listener, both, &options, stop.cancelled()).await;
    }
}

/// Its own loops, those that consume events, and those every service with a database has.
fn loops(process: &Process, kit: &Kit, mounted: &mut Mounted) -> Vec<Loop> {
    let mut loops = std::mem::take(&mut mounted.loops);
    loops.append(&mut kit.loops.lock().unwrap_or_else(PoisonError::into_inner));
    if let Some(database) = &kit.database {
        loops.extend(housekeeping::loops(database, &kit.clock, &process.settings.events));
    }
    loops
}

fn checks(kit: &Kit, mounted: &mut Mounted) -> Vec<HealthCheck> {
    let mut checks = std::mem::take(&mut mounted.health);
    checks.extend(kit.database.clone().map(housekeeping::database_check));
    checks
}

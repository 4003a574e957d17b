//! Services that run, and how they end: the last started first, each with time to finish what it began.

use std::{borrow::Cow, net::SocketAddr, time::Duration};

use axum::Router;
use metier_http::Certificates;
use tokio::{
    task::{AbortHandle, JoinSet},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Kit, ServiceSpec,
    answers::Answers,
    health::{Health, Phase},
    process::Process,
};

/// However long others took, a service gets this long to end.
const LEAST: Duration = Duration::from_secs(1);

/// The services of a process. Dropped, they end at once.
pub struct Running {
    pub(crate) process: Process,
    services: Vec<RunningService>,
}

pub(crate) struct RunningService {
    pub(crate) spec: ServiceSpec,
    pub(crate) kit: Kit,
    pub(crate) health: Health,
    pub(crate) answers: Answers,
    pub(crate) address: Option<SocketAddr>,
    pub(crate) certificates: Option<Certificates>,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: Tasks,
}

impl Running {
    pub(crate) fn new(process: Process) -> Self {
        Self { process, services: Vec::new() }
    }

    pub(crate) fn add(&mut self, service: RunningService) {
        tracing::debug!(service = service.spec.name, "built");
        self.services.push(service);
    }

    pub(crate) fn open(&self) {
        for service in &self.services {
            service.health.enter(Phase::Running);
        }
    }

    /// The names of the services, in the order they started.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.services.iter().map(|service| service.spec.name)
    }

    /// Where a service listens, if it has a door of its own.
    pub fn address(&self, name: &str) -> Option<SocketAddr> {
        self.find(name)?.address
    }

    /// What the door of a service speaks TLS with, to be read again; none where it speaks plain HTTP.
    pub fn certificates(&self, name: &str) -> Option<&Certificates> {
        self.find(name)?.certificates.as_ref()
    }

    /// The HTTP side of a service as its callers in this process see it.
    pub fn http(&self, name: &str) -> Option<Router> {
        Some(self.find(name)?.answers.http.clone())
    }

    /// The tools of a service, for those who look at it from outside: tests, backup.
    pub fn kit(&self, name: &str) -> Option<&Kit> {
        Some(&self.find(name)?.kit)
    }

    fn find(&self, name: &str) -> Option<&RunningService> {
        self.services.iter().find(|service| service.spec.name == name)
    }

    /// Ends all services: first none is ready any more and long polls answer, then one after the other, the
    /// last started first, stops listening, finishes what it began and ends its loops. Answers whether all of
    /// them did in time.
    pub async fn stop(mut self) -> bool {
        let deadline = Instant::now() + self.process.settings.server.drain;
        for service in &self.services {
            service.health.enter(Phase::Stopping);
        }
        self.process.stop.cancel();
        let mut clean = true;
        for service in self.services.iter_mut().rev() {
            service.stop.cancel();
            let late = service.tasks.end(deadline.max(Instant::now() + LEAST)).await;
            if !late.is_empty() {
                clean = false;
                tracing::warn!(service = service.spec.name, ?late, "did not end in time");
            }
        }
        for database in self.services.iter().filter_map(|service| service.kit.database.as_ref()) {
            database.close().await;
        }
        clean
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

/// The tasks of a service, by name. They end when this is dropped.
#[derive(Default)]
pub(crate) struct Tasks {
    set: JoinSet<()>,
    names: Vec<(Cow<'static, str>, AbortHandle)>,
}

impl Tasks {
    pub(crate) fn spawn(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        self.names.push((name.into(), self.set.spawn(task)));
    }

    /// Waits for all of them until the deadline, then ends the rest. Answers their names.
    async fn end(&mut self, deadline: Instant) -> Vec<Cow<'static, str>> {
        while let Ok(Some(_ended)) = timeout_at(deadline, self.set.join_next()).await {}
        let late = self.names.drain(..).filter(|(_, task)| !task.is_finished());
        let late = late.map(|(name, _)| name).collect();
        self.set.shutdown().await;
        late
    }
}

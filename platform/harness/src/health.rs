//! Whether a service is well: what its checks answer and how its loops do.
//!
//! A failed check makes it unavailable, a loop that fell makes it degraded. Degraded is still ready:
//! taking a service away because one of its loops is starting again would help nobody.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use serde::Serialize;
use tokio::{sync::Mutex, time::Instant};

use crate::{HealthCheck, supervisor::LoopState};

/// A check that has not answered by then has failed.
const PATIENCE: Duration = Duration::from_secs(2);
/// Answers are kept this long, so that those who ask all the time cost nothing.
const KEPT_FOR: Duration = Duration::from_millis(500);

/// In one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    /// All is well.
    Ok,
    /// It works, but something was started again lately.
    Degraded,
    /// It cannot do its work now.
    Unavailable,
}

/// What `/health` answers.
#[derive(Clone, Debug, Serialize)]
pub struct HealthReport {
    /// Which service.
    pub service: &'static str,
    /// Which build.
    pub version: &'static str,
    /// In one word: the worst of all below.
    pub status: HealthStatus,
    /// Its checks and its loops.
    pub parts: Vec<PartReport>,
}

/// One check or loop.
#[derive(Clone, Debug, Serialize)]
pub struct PartReport {
    /// Its name.
    pub name: String,
    /// In one word.
    pub status: HealthStatus,
    /// What is wrong, if anything is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Where the service is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Phase {
    Starting = 0,
    Running = 1,
    Stopping = 2,
}

/// The health of one service. Clones share it.
#[derive(Clone)]
pub(crate) struct Health(Arc<Inner>);

struct Inner {
    service: &'static str,
    phase: AtomicU8,
    checks: Vec<HealthCheck>,
    loops: Vec<Arc<LoopState>>,
    kept: Mutex<Option<(Instant, HealthReport)>>,
}

impl Health {
    pub(crate) fn new(service: &'static str, checks: Vec<HealthCheck>, loops: Vec<Arc<LoopState>>) -> Self {
        Self(Arc::new(Inner {
            service,
            phase: AtomicU8::new(Phase::Starting as u8),
            checks,
            loops,
            kept: Mutex::default(),
        }))
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.0.phase.store(phase as u8, Ordering::SeqCst);
    }

    /// Whether it may be sent work.
    pub(crate) async fn ready(&self) -> bool {
        let running = self.0.phase.load(Ordering::SeqCst) == Phase::Running as u8;
        running && self.report().await.status != HealthStatus::Unavailable
    }

    pub(crate) async fn report(&self) -> HealthReport {
        let mut kept = self.0.kept.lock().await;
        if let Some((at, report)) = &*kept
            && at.elapsed() < KEPT_FOR
        {
            return report.clone();
        }
        let report = self.look().await;
        *kept = Some((Instant::now(), report.clone()));
        report
    }

    async fn look(&self) -> HealthReport {
        let mut parts = join_all(self.0.checks.iter().map(check)).await;
        parts.extend(self.0.loops.iter().map(|state| loop_report(state)));
        let worst =
            |worse, better| parts.iter().find(|part| part.status == worse).map_or(better, |part| part.status);
        let status = worst(HealthStatus::Unavailable, worst(HealthStatus::Degraded, HealthStatus::Ok));
        HealthReport { service: self.0.service, version: env!("CARGO_PKG_VERSION"), status, parts }
    }
}

async fn check(check: &HealthCheck) -> PartReport {
    let message = match tokio::time::timeout(PATIENCE, (check.check)()).await {
        Ok(Ok(())) => None,
        Ok(Err(fault)) => {
            tracing::warn!(check = %check.name, error = fault.chain(), "a health check failed");
            Some(fault.message)
        }
        Err(_elapsed) => Some(format!("did not answer within {PATIENCE:?}")),
    };
    let status = if message.is_none() { HealthStatus::Ok } else { HealthStatus::Unavailable };
    PartReport { name: check.name.to_string(), status, message }
}

fn loop_report(state: &LoopState) -> PartReport {
    let now = state.now();
    let status = if now.trouble.is_none() { HealthStatus::Ok } else { HealthStatus::Degraded };
    let message = now.trouble.map(|why| format!("started again {} times, last because: {why}", now.restarts));
    PartReport { name: state.name.to_string(), status, message }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use metier_core::Fault;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_failed_check_makes_a_running_service_unavailable_until_it_holds_again() {
        let away = Arc::new(AtomicBool::new(true));
        let asked = Arc::clone(&away);
        let disk = HealthCheck::new("disk", move || {
            let away = asked.load(Ordering::SeqCst);
            async move { if away { Err(Fault::unavailable("the disk is away")) } else { Ok(()) } }
        });
        let health = Health::new("jobs", vec![disk], vec![]);
        health.enter(Phase::Running);
        let report = health.report().await;
        assert_eq!(report.status, HealthStatus::Unavailable);
        assert_eq!(report.parts[0].message.as_deref(), Some("the disk is away"));
        away.store(false, Ordering::SeqCst);
        tokio::time::advance(KEPT_FOR).await;
        assert!(health.ready().await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_that_hangs_has_failed() {
        let health = Health::new("jobs", vec![HealthCheck::new("disk", std::future::pending)], vec![]);
        assert_eq!(health.report().await.parts[0].message.as_deref(), Some("did not answer within 2s"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_starts_or_stops_is_not_ready() {
        let health = Health::new("jobs", vec![], vec![]);
        assert!(!health.ready().await);
        health.enter(Phase::Running);
        assert!(health.ready().await);
        health.enter(Phase::Stopping);
        assert!(!health.ready().await);
    }
}

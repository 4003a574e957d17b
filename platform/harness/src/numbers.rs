//! The numbers of a process: those it counts as it goes, and those that are looked up when somebody reads them.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::future::join_all;
use metier_core::{BoxFuture, Fault};

use crate::Metrics;

/// Who reads the numbers waits no longer for one that is looked up; the last one known is shown then.
const PATIENCE: Duration = Duration::from_secs(2);

/// Numbers that are looked up when somebody reads the metrics, so that nothing counts while nobody looks.
#[derive(Clone)]
pub struct Gauges {
    service: &'static str,
    look_up: Arc<dyn Fn() -> BoxFuture<'static, Result<(), Fault>> + Send + Sync>,
}

impl Gauges {
    /// Gauges of a service that `look_up` sets with `metrics::gauge!`. It has to be quick, and to change nothing.
    pub fn new<F>(service: &'static str, look_up: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), Fault>> + Send + 'static,
    {
        Self { service, look_up: Arc::new(move || Box::pin(look_up())) }
    }

    async fn set(&self) {
        let looked = tokio::time::timeout(PATIENCE, (self.look_up)()).await;
        let fault = match looked {
            Ok(Ok(())) => return,
            Ok(Err(fault)) => fault,
            Err(_elapsed) => Fault::timeout("looking up numbers took too long"),
        };
        metrics::counter!("metier_metrics_failures_total", "service" => self.service).increment(1);
        tracing::warn!(service = self.service, error = fault.chain(), "numbers could not be looked up");
    }
}

impl fmt::Debug for Gauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gauges").field(&self.service).finish()
    }
}

/// What `/metrics` of every service in the process answers.
#[derive(Clone)]
pub(crate) struct Numbers {
    render: Metrics,
    gauges: Arc<Mutex<Vec<Gauges>>>,
}

impl Numbers {
    pub(crate) fn new(render: Metrics) -> Self {
        Self { render, gauges: Arc::default() }
    }

    pub(crate) fn add(&self, gauges: Vec<Gauges>) {
        self.gauges.lock().unwrap_or_else(PoisonError::into_inner).extend(gauges);
    }

    /// All numbers as they are now, in the text format of Prometheus.
    pub(crate) async fn read(&self) -> String {
        let gauges = self.gauges.lock().unwrap_or_else(PoisonError::into_inner).clone();
        join_all(gauges.iter().map(Gauges::set)).await;
        (self.render)()
    }
}

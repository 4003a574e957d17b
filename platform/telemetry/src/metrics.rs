//! The numbers of a process, as Prometheus reads them.
//!
//! Names are `metier_<area>_<what>_<unit>`: `_total` for counters, `_seconds` and `_bytes` for histograms and
//! gauges, always in the base unit; `_size` for histograms of how many went together. Labels name things of which there are few: a service, a route, a kind, an
//! outcome; never a user, a run, or anything a stranger can make up.

use std::{fmt, sync::OnceLock};

use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{Layer, layer::Context};

use crate::TelemetryError;

/// From a quick look-up to the longest request that is allowed.
const SECONDS: [f64; 16] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
/// From a small message to a large upload.
const BYTES: [f64; 8] =
    [256.0, 1_024.0, 4_096.0, 16_384.0, 65_536.0, 1_048_576.0, 16_777_216.0, 268_435_456.0];

/// From one to the largest batch.
const SIZES: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0];

static INSTALLED: OnceLock<Metrics> = OnceLock::new();

/// The numbers of the process. Clones read the same ones.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Makes `metrics::counter!` and the like count here. Asked again, it answers with the same.
    ///
    /// # Errors
    /// When something else in the process counts already.
    pub fn install() -> Result<Self, TelemetryError> {
        if let Some(installed) = INSTALLED.get() {
            return Ok(installed.clone());
        }
        let recorder = recorder().map_err(TelemetryError::Buckets)?;
        let metrics = Self(recorder.handle());
        match metrics::set_global_recorder(recorder) {
            Ok(()) => {
                metrics::gauge!("metier_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
                Ok(INSTALLED.get_or_init(|| metrics).clone())
            }
            // Another thread may have been faster.
            Err(_) => INSTALLED.get().cloned().ok_or(TelemetryError::CountedElsewhere),
        }
    }

    /// All numbers in the text format of Prometheus.
    pub fn render(&self) -> String {
        self.0.run_upkeep();
        self.0.render()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

fn recorder() -> Result<PrometheusRecorder, BuildError> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_bytes".to_owned()), &BYTES)?
        .set_buckets_for_metric(Matcher::Suffix("_size".to_owned()), &SIZES)?;
    Ok(builder.build_recorder())
}

/// Counts warnings and errors, so that an alert needs no log.
pub(crate) struct CountProblems;

impl<S: Subscriber> Layer<S> for CountProblems {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = match *event.metadata().level() {
            Level::ERROR => "error",
            Level::WARN => "warn",
            _ => return,
        };
        metrics::counter!("metier_log_problems_total", "level" => level).increment(1);
    }
}

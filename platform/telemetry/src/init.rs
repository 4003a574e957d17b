//! Puts log lines and metrics in place, once for the process.

use std::io::{self, IsTerminal};

use metier_core::Clock;
use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt,
    fmt::MakeWriter,
    layer::SubscriberExt,
    reload,
    util::{SubscriberInitExt, TryInitError},
};

use crate::{
    LogFormat, LogSettings, Metrics,
    json::JsonLines,
    metrics::CountProblems,
    panic::log_panics,
    text::{self, Timer},
};

/// Why telemetry cannot be put in place or changed.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The level is not one.
    #[error("{level:?} is not a log level such as info or info,metier_jobs=debug")]
    Level {
        /// What was given.
        level: String,
        /// What is wrong with it.
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    /// Something in the process logs already.
    #[error("log lines are already written elsewhere")]
    LoggedElsewhere(#[source] TryInitError),
    /// The log is gone, so its level cannot be changed.
    #[error("the log is closed")]
    Closed(#[source] reload::Error),
    /// Something in the process counts already.
    #[error("metrics are already counted elsewhere")]
    CountedElsewhere,
    /// The buckets of the histograms are refused.
    #[error("the buckets of the histograms are refused")]
    Buckets(#[source] metrics_exporter_prometheus::BuildError),
}

/// What the process says of itself, and how much.
#[derive(Clone, Debug)]
pub struct Telemetry {
    /// Changes how much is logged.
    pub log_level: LogLevel,
    /// The numbers.
    pub metrics: Metrics,
}

/// Writes log lines to standard error, logs panics, counts metrics.
///
/// # Errors
/// When the level is not one, or something in the process logs or counts already.
pub fn init(settings: &LogSettings, clock: Clock) -> Result<Telemetry, TelemetryError> {
    let (subscriber, log_level) = subscriber(settings, clock, io::stderr)?;
    let metrics = Metrics::install()?;
    subscriber.try_init().map_err(TelemetryError::LoggedElsewhere)?;
    log_panics();
    Ok(Telemetry { log_level, metrics })
}

/// Changes how much is logged while the process runs: the binary calls it when SIGHUP says that the settings
/// have changed.
#[derive(Clone, Debug)]
pub struct LogLevel(reload::Handle<EnvFilter, Registry>);

impl LogLevel {
    /// Logs at this level from now on.
    ///
    /// # Errors
    /// When the level is not one; the present one stays.
    pub fn set(&self, level: &str) -> Result<(), TelemetryError> {
        let filter = filter(level)?;
        self.0.reload(filter).map_err(TelemetryError::Closed)
    }
}

/// Log lines as [`init`] writes them, to any writer, for a part of the process only.
///
/// # Errors
/// When the level is not one.
pub fn subscriber<W>(
    settings: &LogSettings,
    clock: Clock,
    writer: W,
) -> Result<(impl Subscriber + Send + Sync + 'static, LogLevel), TelemetryError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let (filter, level) = reload::Layer::new(filter(&settings.level)?);
    let on_terminal = io::stderr().is_terminal();
    let lines = match settings.format {
        LogFormat::Text => text_lines(writer, clock, on_terminal),
        LogFormat::Auto if on_terminal => text_lines(writer, clock, true),
        LogFormat::Auto | LogFormat::Json => JsonLines { writer, clock }.boxed(),
    };
    let subscriber = tracing_subscriber::registry().with(filter).with(lines).with(CountProblems);
    Ok((subscriber, LogLevel(level)))
}

type Filtered = tracing_subscriber::layer::Layered<reload::Layer<EnvFilter, Registry>, Registry>;

fn text_lines<W>(writer: W, clock: Clock, colored: bool) -> Box<dyn Layer<Filtered> + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_writer(writer).with_timer(Timer(clock)).with_ansi(colored);
    lines.fmt_fields(text::fields()).boxed()
}

fn filter(level: &str) -> Result<EnvFilter, TelemetryError> {
    let parsed = EnvFilter::builder().parse(level);
    parsed.map_err(|source| TelemetryError::Level { level: level.to_owned(), source })
}

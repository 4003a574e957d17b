//! What SIGHUP makes a running process read again: the log level, and the certificate of its door.
//!
//! What is wrong by then changes nothing and ends nothing: the process goes on with what it had, and says so.

use std::error::Error;

use metier_harness::Running;
use metier_telemetry::LogLevel;

use crate::{cli::SettingsArgs, settings};

/// Where to read again, and what is in force.
pub struct Reload<'a> {
    given: &'a SettingsArgs,
    log_level: &'a LogLevel,
    level: String,
}

impl<'a> Reload<'a> {
    /// At this level now.
    pub fn new(given: &'a SettingsArgs, log_level: &'a LogLevel, level: String) -> Self {
        Self { given, log_level, level }
    }

    /// Reads everything again.
    pub fn now(&mut self, running: &Running) {
        self.log_level();
        running.names().for_each(|service| certificate(running, service));
    }

    fn log_level(&mut self) {
        match self.read_level() {
            Ok(level) if level == self.level => tracing::info!(level, "the log level stays"),
            Ok(level) => {
                let before = std::mem::replace(&mut self.level, level);
                tracing::info!(before, now = self.level, "the log level has changed");
            }
            Err(error) => tracing::error!(
                level = self.level,
                error = format!("{error:#}"),
                "cannot read the log level again; it stays"
            ),
        }
    }

    fn read_level(&self) -> anyhow::Result<String> {
        let log = settings::log(&mut settings::loader(self.given))?;
        self.log_level.set(&log.level)?;
        Ok(log.level)
    }
}

fn certificate(running: &Running, service: &str) {
    let Some(certificates) = running.certificates(service) else { return };
    let file = certificates.path().display();
    match certificates.reload() {
        Ok(true) => {
            tracing::info!(service, %file, ends_at = %certificates.ends_at(), "the certificate has changed");
        }
        Ok(false) => {
            tracing::info!(service, %file, ends_at = %certificates.ends_at(), "the certificate stays")
        }
        Err(error) => tracing::error!(
            service,
            error = error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")),
            "cannot read the certificate again; it stays"
        ),
    }
}

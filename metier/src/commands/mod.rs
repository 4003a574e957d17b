//! What the binary can do, one file for each command.

pub mod api_keys;
pub mod approvals;
pub mod backup;
pub mod chaos;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod events;
pub mod jobs;
pub mod kinds;
pub mod limits;
pub mod login;
pub mod plugin;
pub mod postings;
pub mod queues;
pub mod run;
pub mod runs;
pub mod schedules;
pub mod services;
pub mod setup;
pub mod sources;
pub mod uploads;
pub mod users;
pub mod version;
pub mod webhooks;

use std::{io::Write, process::ExitCode};

use metier_config::ConfigError;
use metier_harness::StartError;

/// Settings are wrong, as is a command line that clap refuses.
const WRONG_SETTINGS: u8 = 2;

/// Says what went wrong, causes included, and answers the exit code.
pub fn fail(error: &anyhow::Error) -> ExitCode {
    let findings = findings(error);
    let mut out = std::io::stderr().lock();
    // Nobody is left to tell when even this cannot be written.
    let _ = match findings {
        Some(wrong) => wrong.findings.iter().try_for_each(|finding| writeln!(out, "metier: {finding}")),
        None => writeln!(out, "metier: {error:#}"),
    };
    if findings.is_some() { ExitCode::from(WRONG_SETTINGS) } else { ExitCode::FAILURE }
}

fn findings(error: &anyhow::Error) -> Option<&ConfigError> {
    match error.downcast_ref::<StartError>() {
        Some(StartError::Config(wrong)) => Some(wrong),
        _ => error.downcast_ref(),
    }
}

/// Writes to standard output. A reader that went away (`metier services | head -1`) is no error.
pub fn print(text: &str) -> anyhow::Result<()> {
    match writeln!(std::io::stdout().lock(), "{}", text.trim_end()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

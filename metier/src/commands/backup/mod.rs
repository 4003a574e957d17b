//! `metier backup` and `metier restore`: all that an installation keeps, as it was at one moment.
//!
//! A backup is a folder that looks like a data folder, with a [`manifest`] that lists every file. Databases in
//! PostgreSQL are in it as files of rows. It is complete or not there: it gets its name when everything in it is on
//! the disk and was checked. No service takes part, so who may read the data folder and the databases, and nobody
//! else, can make one, whether or not Metier runs.

mod files;
mod manifest;
mod restore;
mod schemas;
mod take;

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use metier_core::Clock;
use metier_harness::Settings;
use serde_json::json;

use super::print;
use crate::{cli::SettingsArgs, registry::SERVICES, settings};
use manifest::Manifest;

/// `metier backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// Folder to make the backup in; it must not exist, or be empty.
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// The data folder; that of the settings when not given.
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// As JSON, for programs.
    #[arg(long)]
    json: bool,
}

/// `metier restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// The backup.
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    /// The data folder to make of it; it must not exist, or be empty.
    #[arg(long, value_name = "FOLDER")]
    data_dir: PathBuf,
    /// As JSON, for programs.
    #[arg(long)]
    json: bool,
}

/// Makes a backup.
pub fn backup(given: &SettingsArgs, asked: &Backup) -> anyhow::Result<ExitCode> {
    let mut loader = settings::loader(given).flags(&settings::data_flag(asked.data_dir.as_deref()));
    let settings = Settings::read(&mut loader)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let made = runtime.block_on(take::take(SERVICES, &settings, &asked.to, Clock::system().now()))?;
    tell(asked.json, &made, "backup", &format!("backed up to {}", asked.to.display()))
}

/// Makes a data folder, and what the settings keep in PostgreSQL, of a backup.
pub fn restore(given: &SettingsArgs, asked: &Restore) -> anyhow::Result<ExitCode> {
    let mut loader = settings::loader(given).flags(&settings::data_flag(Some(&asked.data_dir)));
    let settings = Settings::read(&mut loader)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let made = runtime.block_on(restore::restore(SERVICES, &settings, &asked.from))?;
    let said = format!("restored to {}", asked.data_dir.display());
    tell(asked.json, &made, "restore", &said)
}

fn tell(json: bool, made: &Manifest, done: &str, said: &str) -> anyhow::Result<ExitCode> {
    let size: u64 = made.files.iter().map(|file| file.size).sum();
    let (files, taken_at) = (made.files.len(), made.taken_at);
    print(&if json {
        let told = json!({
            "done": done, "taken_at": taken_at, "version": made.version, "files": files, "bytes": size,
            "services": made.services,
        });
        serde_json::to_string_pretty(&told)?
    } else {
        format!("{said}: {files} files, {size} bytes, as of {taken_at}")
    })?;
    Ok(ExitCode::SUCCESS)
}

//! The only executable of Metier: finds work and runs work.
//!
//! It alone knows every service (`registry.rs`). What it does is in `commands/`; the services themselves know
//! nothing of it.

mod built_in;
mod cli;
mod client;
mod commands;
mod hosting;
mod registry;
mod reload;
mod settings;
mod signals;

use std::{process::ExitCode, time::Instant};

use clap::Parser;

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    let started = Instant::now();
    let Cli { settings, command } = Cli::parse();
    let done = install_tls().and_then(|()| match command {
        Command::Up(up) => commands::run::up(&settings, &up, started),
        Command::Serve(serve) => commands::run::serve(&settings, &serve, started),
        Command::Services(services) => commands::services::list(&settings, &services),
        Command::Config(config) => commands::config::run(&settings, &config),
        Command::Backup(backup) => commands::backup::backup(&settings, &backup),
        Command::Restore(restore) => commands::backup::restore(&settings, &restore),
        Command::Doctor(doctor) => commands::doctor::run(&settings, &doctor),
        Command::Chaos(chaos) => commands::chaos::run(&settings, *chaos),
        Command::Version => commands::version::show(),
        Command::Client(command) => client::run(*command),
    });
    done.unwrap_or_else(|error| commands::fail(&error))
}

/// One TLS provider for everything in the process that speaks TLS.
fn install_tls() -> anyhow::Result<()> {
    let installed = rustls::crypto::ring::default_provider().install_default();
    installed.map_err(|_other| anyhow::anyhow!("another TLS provider was installed before ours"))
}

//! `metier chaos`: proof, on the user's own installation, that nothing is lost when things die.
//!
//! `verify` makes a load of its own, of a kind and in a queue that nothing else uses, worked off by worker processes of
//! its own. While they work it kills them, on PostgreSQL the engine's connections, and when asked to the services
//! themselves, in an order that follows from a seed. Then it accounts for every task.

mod account;
mod crew;
mod load;
mod services;
mod trouble;
mod verify;
mod worker;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::{
    cli::SettingsArgs,
    client::{self, ServerOptions},
};

/// The kind of every task that is made here.
const KIND: &str = "chaos.verify";

/// `metier chaos`.
#[derive(Debug, Args)]
pub struct Chaos {
    #[command(subcommand)]
    command: ChaosCommand,
    #[command(flatten)]
    server: ServerOptions,
}

/// What to do to an installation.
#[derive(Debug, Subcommand)]
enum ChaosCommand {
    /// Kill things under load and account for every task; the exit code is 0 only if nothing was lost.
    Verify(verify::Verify),
    /// One of the worker processes of `verify`.
    #[command(hide = true)]
    Worker(worker::Worker),
}

/// Does it.
pub fn run(settings: &SettingsArgs, chaos: Chaos) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let Chaos { command, server } = chaos;
    Ok(runtime.block_on(async {
        match command {
            ChaosCommand::Verify(asked) => {
                let place = verify::Place { settings, server: &server };
                client::on(&server, async |client| verify::run(client, asked, place).await).await
            }
            ChaosCommand::Worker(asked) => {
                client::on(&server, async |client| worker::run(client, asked).await).await
            }
        }
    }))
}

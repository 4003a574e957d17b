//! The command line.

use std::{net::IpAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

use crate::{
    client::ClientCommand,
    commands::{backup, chaos, doctor},
};

/// Finds work and runs work: one self-hosted platform, one binary.
#[derive(Debug, Parser)]
#[command(name = "metier", version, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    pub settings: SettingsArgs,
    #[command(subcommand)]
    pub command: Command,
}

/// Where settings come from, besides `METIER_<SECTION>__<KEY>` in the environment.
#[derive(Debug, Args)]
pub struct SettingsArgs {
    /// Settings file; metier.toml in the current folder when there is one.
    #[arg(long, global = true, env = "METIER_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run everything in this process, data in one folder.
    Up(Up),
    /// Run some services in this process and reach the others at their addresses.
    Serve(Serve),
    /// List the services with their ports and dependencies.
    Services(Services),
    /// Check or print the settings.
    Config(Config),
    /// Copy everything that is kept, as of one moment, whether or not Metier runs.
    Backup(backup::Backup),
    /// Make a data folder, and what the settings keep in PostgreSQL, of a backup.
    Restore(backup::Restore),
    /// Find what is wrong, and say what to do; changes nothing.
    Doctor(doctor::Doctor),
    /// Prove on this installation that nothing is lost when things die.
    Chaos(Box<chaos::Chaos>),
    /// Print the version.
    Version,
    #[command(flatten)]
    Client(Box<ClientCommand>),
}

/// `metier up`.
#[derive(Debug, Args)]
pub struct Up {
    #[command(flatten)]
    pub place: Place,
    /// Port of the public door.
    #[arg(long)]
    pub port: Option<u16>,
    /// Add a source of invented postings, each marked as such, so that there is something to find at once;
    /// `metier demo remove` takes them away again.
    #[arg(long)]
    pub demo: bool,
}

/// `metier serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// The services to run; `metier services` lists them.
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
    #[command(flatten)]
    pub place: Place,
}

/// Where data lies and who may connect.
#[derive(Debug, Args)]
pub struct Place {
    /// Folder that holds everything Metier keeps; made when missing.
    #[arg(long, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
    /// Address to listen on; loopback unless other machines are to reach it.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<IpAddr>,
    /// PostgreSQL server to use instead of files, `postgres://user@host/database`. A password is better given
    /// as METIER_DATABASE__URL, where other users of this machine cannot see it.
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
    /// Port of OpenJobs' own routes, for its clients, at the address of --listen; none unless asked for. It is
    /// the gateway's.
    #[arg(long, value_name = "PORT")]
    pub openjobs_port: Option<u16>,
}

/// `metier services`.
#[derive(Debug, Args)]
pub struct Services {
    /// As JSON, for programs.
    #[arg(long)]
    pub json: bool,
}

/// `metier config`.
#[derive(Debug, Args)]
pub struct Config {
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What to do with the settings.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Say everything that is wrong with them.
    Check {
        /// As JSON, for programs.
        #[arg(long)]
        json: bool,
    },
    /// Print those in force, each with where it comes from, secrets hidden.
    Print {
        /// As JSON, for programs.
        #[arg(long)]
        json: bool,
    },
}

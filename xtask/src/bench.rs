//! `cargo xtask bench`: how fast the product is, and beside what.

mod figures;
mod machine;
mod peers;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::delegate;

/// What can be measured.
#[derive(Subcommand)]
pub enum Bench {
    /// The job engine beside the raw limit of the database and the disk.
    Engine {
        /// Passed on, such as `--rounds 5`, `--growth` or `--json`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// The job engine beside what a user would pick instead, in turns on this machine.
    Peers(Peers),
}

/// How the peers are measured.
#[derive(Args)]
pub struct Peers {
    /// How often each is measured; medians are shown.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Single enqueues by one caller.
    #[arg(long, default_value_t = 2_000)]
    runs: usize,
    /// Tasks enqueued in calls of 1,000 and then drained.
    #[arg(long, default_value_t = 20_000)]
    tasks: usize,
    /// Only these, by their names in the table; all by default.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

/// Measures.
pub fn run(what: Bench) -> Result<ExitCode> {
    match what {
        Bench::Engine { arguments } => {
            let words = ["bench", "engine"].map(OsString::from).into_iter().chain(arguments);
            delegate::run(&words.collect::<Vec<_>>())
        }
        Bench::Peers(options) => peers::run(&options),
    }
}

//! The project's own commands: `cargo xtask <command>`.
//!
//! Depends on no crate of the platform, so that it compiles in seconds. A command that needs one is
//! a program of that crate, built for release and run from here (see [`delegate`]).
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line speaks on its standard streams"
)]

mod api_fuzz;
mod bench;
mod browser;
mod console;
mod debian;
mod delegate;
mod nextest;
mod node;
mod python;
mod servers;
mod test;
mod tidy;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus};

use anyhow::Result;
use clap::Parser;

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", after_help = delegate::help())]
enum Command {
    /// Run the tests of the workspace against real servers, found, started or installed as needed.
    Test {
        /// Passed on to the test runner, such as `-p metier-jobs` or a part of a test's name.
        #[arg(last = true)]
        arguments: Vec<OsString>,
    },
    /// Check the console and build it into `web/dist`, with Node found or installed as needed.
    Console,
    /// Walk through the console in Chromium, against the real program: the short walk that a change has to pass.
    Browser {
        /// Every walk, with what they measure, against a release build.
        #[arg(long)]
        all: bool,
    },
    /// Keep the tests' servers running and print the variables that name them.
    Servers,
    /// Ask a running Metier everything its OpenAPI document allows, and more, and hold the answers against it.
    ApiFuzz {
        /// Passed on to Schemathesis, such as `--max-examples 200` or `--seed 7`.
        #[arg(last = true)]
        arguments: Vec<OsString>,
    },
    /// Send a running Metier requests that no client would send: to the API, workflows, uploads, times and GraphQL.
    Fuzz(delegate::Fuzz),
    /// Check what no compiler checks: dependency law, layers, documents, file sizes, words.
    Tidy,
    /// Measure speed: the engine alone, or beside other queues.
    #[command(subcommand)]
    Bench(bench::Bench),
    #[command(external_subcommand)]
    Delegated(Vec<OsString>),
}

fn main() -> ExitCode {
    run(Command::parse()).unwrap_or_else(|error| {
        eprintln!("xtask: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Test { arguments } => test::run(&arguments),
        Command::Console => console::run(),
        Command::Browser { all } => browser::run(all),
        Command::Servers => servers::keep(),
        Command::Bench(what) => bench::run(what),
        Command::ApiFuzz { arguments } => api_fuzz::run(&arguments),
        Command::Fuzz(how) => delegate::fuzz(&how),
        Command::Tidy => tidy::run(),
        Command::Delegated(words) => delegate::run(&words),
    }
}

/// The root of the repository.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// Where programs are kept that a machine lacks and the tests need.
fn tools() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    root().join(target).join("tools")
}

/// Cargo as this command was started with it, so that the toolchain stays the same.
fn cargo() -> std::process::Command {
    let mut command = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Hands a child's exit code on; a child ended by a signal counts as failed.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

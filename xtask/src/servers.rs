//! The real servers that tests and measurements talk to.
//!
//! A server named in the environment is used as it is. Otherwise a private one is started from
//! installed programs, and installed first where that is possible.

mod postgres;

use std::io::Write;
use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

use postgres::PrivatePostgres;

/// Names the PostgreSQL server in whose databases tests may do as they please.
const POSTGRES_VARIABLE: &str = "METIER_TEST_POSTGRES_URL";

/// What a private server does about losing power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Never waits for the disk: for tests, whose data dies with them.
    Fast,
    /// Syncs each commit: for measurements and for tests that kill things.
    Durable,
}

/// Servers that run for as long as this value lives.
pub struct Servers {
    postgres_url: String,
    postgres: Option<PrivatePostgres>,
}

impl Servers {
    /// Uses the servers that the environment names and starts the others.
    pub fn start(durability: Durability) -> Result<Self> {
        if let Some(postgres_url) = std::env::var(POSTGRES_VARIABLE).ok().filter(|url| !url.is_empty()) {
            eprintln!("xtask: using the PostgreSQL server that {POSTGRES_VARIABLE} names");
            return Ok(Self { postgres_url, postgres: None });
        }
        let postgres = PrivatePostgres::start(durability)?;
        Ok(Self { postgres_url: postgres.url(), postgres: Some(postgres) })
    }

    /// Tells `command` where the servers are.
    pub fn name_in(&self, command: &mut Command) {
        command.env(POSTGRES_VARIABLE, &self.postgres_url);
    }
}

/// `cargo xtask servers`: runs them until interrupted.
pub fn keep() -> Result<ExitCode> {
    let servers = Servers::start(Durability::Fast)?;
    println!("export {POSTGRES_VARIABLE}='{}'", servers.postgres_url);
    std::io::stdout().flush()?;
    let Some(mut postgres) = servers.postgres else {
        return Ok(ExitCode::SUCCESS);
    };
    eprintln!("xtask: PostgreSQL runs until you press Ctrl-C");
    bail!("PostgreSQL ended: {}", postgres.wait()?)
}

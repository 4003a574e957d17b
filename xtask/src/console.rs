//! `cargo xtask console`: everything the console has to pass, and its files in `web/dist`.

use std::ffi::{OsStr, OsString};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::node;

/// Scripts of `web/package.json`, the quickest to fail first.
const STEPS: &[&str] = &["generate:check", "check", "lint", "test", "build", "size"];

/// How its tools are installed.
pub const INSTALL: &[&str] = &["ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund"];

/// Checks the console.
pub fn run() -> Result<ExitCode> {
    let path = node::search_path(&node::FOR_CONSOLE)?;
    npm(&path, INSTALL)?;
    for step in STEPS {
        npm(&path, &["run", "--silent", step])?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs npm on the console.
pub fn npm(path: &OsStr, arguments: &[&str]) -> Result<()> {
    eprintln!("xtask: npm {}", arguments.join(" "));
    let mut command = Command::new("npm");
    command.args(arguments).env("PATH", path).current_dir(crate::root().join("web"));
    succeed(&mut command)
}

/// Runs a command, which has to succeed.
pub fn succeed(command: &mut Command) -> Result<()> {
    let mut shown: OsString = command.get_program().into();
    for argument in command.get_args() {
        shown.push(" ");
        shown.push(argument);
    }
    let status = command.status().with_context(|| format!("cannot run {}", shown.display()))?;
    if !status.success() {
        bail!("{} failed with {status}", shown.display());
    }
    Ok(())
}

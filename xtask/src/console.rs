//! `cargo xtask console`: everything the console has to pass, and its files in `web/dist`.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::node;

/// Scripts of `web/package.json`, the quickest to fail first.
const STEPS: &[&str] = &["generate:check", "check", "lint", "test", "build", "size"];
/// What the browser is called where `CHROMIUM` does not say it.
const CHROMIUM: &str = "/usr/bin/chromium";

/// Checks the console; with `browser`, also in Chromium against the real program.
pub fn run(browser: bool) -> Result<ExitCode> {
    let path = node::search_path(&node::FOR_CONSOLE)?;
    npm(&path, &["ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund"])?;
    for step in STEPS {
        npm(&path, &["run", "--silent", step])?;
    }
    if browser {
        browse(&path)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The files that were just checked, in a release build, in a real browser.
fn browse(path: &OsStr) -> Result<()> {
    let chromium = std::env::var_os("CHROMIUM").map_or_else(|| CHROMIUM.into(), PathBuf::from);
    if !chromium.exists() {
        crate::debian::install("chromium", "Chromium is missing: install it, or name it in CHROMIUM")?;
    }
    let mut build = crate::cargo();
    build.args(["build", "--release", "--package", "metier"]).env("METIER_CONSOLE", "web/dist");
    succeed(&mut build)?;
    npm(path, &["run", "--silent", "e2e"])
}

fn npm(path: &OsStr, arguments: &[&str]) -> Result<()> {
    eprintln!("xtask: npm {}", arguments.join(" "));
    let mut command = Command::new("npm");
    command.args(arguments).env("PATH", path).current_dir(crate::root().join("web"));
    succeed(&mut command)
}

fn succeed(command: &mut Command) -> Result<()> {
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

//! Installs what the tests need on a Debian machine where we are root, such as a build machine.
//!
//! Anywhere else nothing is installed: the caller says in one line what is missing.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Installs `package`, or explains with `advice` what a person has to do.
pub fn install(package: &str, advice: &str) -> Result<()> {
    if !is_root()? || !Path::new("/etc/debian_version").exists() {
        bail!("{advice}");
    }
    eprintln!("xtask: installing {package} with apt-get");
    apt_get(&["update", "--quiet"])?;
    apt_get(&["install", "--quiet", "--yes", "--no-install-recommends", package]).context(advice.to_owned())
}

/// Whether this process may change the system.
pub fn is_root() -> Result<bool> {
    Ok(id(&["-u"])? == Some(0))
}

/// What `id` answers, or `None` for an account that does not exist.
pub fn id(arguments: &[&str]) -> Result<Option<u32>> {
    let output =
        Command::new("id").args(arguments).stderr(Stdio::null()).output().context("cannot run id")?;
    if !output.status.success() {
        return Ok(None);
    }
    let number = String::from_utf8_lossy(&output.stdout).trim().parse();
    number.map(Some).context("id answered with something that is not a number")
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let mut command = Command::new("apt-get");
    command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let status = command.status().context("cannot run apt-get")?;
    if !status.success() {
        bail!("apt-get {} failed with {status}", arguments.join(" "));
    }
    Ok(())
}

//! Python with virtual environments: the plugins written in Python are tested as they are deployed.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::debian;

const ADVICE: &str = "Python 3 with venv is missing: install it (Debian: apt-get install python3-venv)";

/// Makes sure that `python3 -m venv` works, installing it where we may.
pub fn ensure() -> Result<()> {
    if works() {
        return Ok(());
    }
    debian::install("python3-venv", ADVICE)?;
    if !works() {
        bail!("{ADVICE}");
    }
    Ok(())
}

/// Debian ships `venv` without `ensurepip`, and then it fails only when used.
fn works() -> bool {
    let mut probe = Command::new("python3");
    probe.args(["-c", "import ensurepip, venv"]).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

//! Python with virtual environments: the plugins written in Python are tested as they are deployed, and a server
//! written in Python stands in for S3. Queues for Python are measured in one as well.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::debian;

/// The version the tests are known to work with.
const MOTO: &str = "5.2.1";
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

/// The server that stands in for S3.
pub fn s3_server() -> Result<PathBuf> {
    program("moto", &format!("moto[server]=={MOTO}"), MOTO, "moto_server")
}

/// A program of a package, in a virtual environment of its own inside the target folder, installed once with pip from
/// the registry it is configured for.
pub fn program(name: &str, wanted: &str, version: &str, program: &str) -> Result<PathBuf> {
    let environment = crate::tools().join(format!("{name}-{version}"));
    let found = environment.join("bin").join(program);
    if found.exists() {
        return Ok(found);
    }
    install(&environment, &[wanted.as_ref()])?;
    Ok(found)
}

/// The Python of a virtual environment with what `requirements` lists.
pub fn environment(folder: &Path, requirements: &Path) -> Result<PathBuf> {
    ensure()?;
    install(folder, &["--requirement".as_ref(), requirements.as_os_str()])?;
    Ok(folder.join("bin/python"))
}

fn install(environment: &Path, wanted: &[&OsStr]) -> Result<()> {
    eprintln!("xtask: installing {wanted:?} into {}", environment.display());
    let mut make = Command::new("python3");
    succeed(make.args(["-m", "venv", "--clear"]).arg(environment))?;
    let mut install = Command::new(environment.join("bin/python"));
    succeed(install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(wanted))
}

fn succeed(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}");
    let status = command.status().with_context(|| format!("cannot run {shown}"))?;
    if !status.success() {
        bail!("{shown} failed with {status}");
    }
    Ok(())
}

/// Debian ships `venv` without `ensurepip`, and then it fails only when used.
fn works() -> bool {
    let mut probe = Command::new("python3");
    probe.args(["-c", "import ensurepip, venv"]).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

//! Node with npm, which make and check the console and the client in TypeScript, and run the queues we are measured
//! against.
//!
//! Debian 12 has a Node that is too old for them, so where we may install, npm comes from Debian and Node from npm's
//! registry, which holds it as a package, into the target folder.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::debian;

/// A Node that is new enough for something.
pub struct Needed {
    /// The oldest that it runs on.
    oldest: (u32, u32),
    /// What is installed where that is missing.
    installed: &'static str,
}

/// What the console's tools run on, and the client in TypeScript.
pub const FOR_CONSOLE: Needed = Needed { oldest: (20, 19), installed: "20.20.2" };
/// What the queues that we are measured against run on.
pub const FOR_PEERS: Needed = Needed { oldest: (22, 18), installed: "22.23.3" };
const ADVICE: &str = "Node with npm is missing or too old: install them";

/// Where commands are looked for, so that `node` and `npm` are found and new enough.
pub fn search_path(needed: &Needed) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if !works("npm", &path) {
        debian::install("npm", ADVICE)?;
    }
    if version(&path).is_some_and(|found| found >= needed.oldest) {
        return Ok(path);
    }
    let own = own_node(needed.installed, &path)?;
    let folders = std::iter::once(own).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(folders)?;
    if version(&path).is_none_or(|found| found < needed.oldest) {
        bail!("{ADVICE}; {}.{} or later is needed", needed.oldest.0, needed.oldest.1);
    }
    Ok(path)
}

/// The folder of a Node of our own, installed once.
fn own_node(wanted: &str, path: &OsString) -> Result<PathBuf> {
    let place = crate::tools().join(format!("node-{wanted}"));
    let package = format!("node-linux-{}", if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" });
    let folder = place.join("node_modules").join(&package).join("bin");
    if !folder.join("node").exists() {
        eprintln!("xtask: installing Node {wanted} into {} (once)", place.display());
        install(&place, &format!("{package}@{wanted}"), path)?;
    }
    Ok(folder)
}

fn install(place: &Path, package: &str, path: &OsString) -> Result<()> {
    std::fs::create_dir_all(place)?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix"]);
    let status = npm.arg(place).arg(package).env("PATH", path).current_dir(place).status();
    if !status.context(ADVICE)?.success() {
        bail!("npm cannot install {package}; {ADVICE}");
    }
    Ok(())
}

fn works(command: &str, path: &OsString) -> bool {
    Command::new(command)
        .arg("--version")
        .env("PATH", path)
        .output()
        .is_ok_and(|output| output.status.success())
}

fn version(path: &OsString) -> Option<(u32, u32)> {
    let output = Command::new("node").arg("--version").env("PATH", path).output().ok()?;
    parse(&String::from_utf8_lossy(&output.stdout))
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        let Needed { oldest, .. } = FOR_CONSOLE;
        assert!(parse("v20.19.0\n").unwrap() >= oldest);
        assert!(parse("v22.1.0").unwrap() >= oldest);
        assert!(parse("v20.9.9").unwrap() < oldest);
        assert!(parse("v18.20.4").unwrap() < oldest);
        assert_eq!(parse("20.19.0"), None);
        assert_eq!(parse(""), None);
    }
}

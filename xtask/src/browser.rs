//! `cargo xtask browser`: walks through the console in Chromium, against the real program.
//!
//! The program embeds what `cargo xtask console` left in `web/dist`. The short walk is what a change has to pass: the
//! first day, every page with its accessibility, every role. All walks are the rest too, with what they measure, and so
//! against a release build.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

use crate::{console, node};

/// What the browser is called where `CHROMIUM` does not say it.
const CHROMIUM: &str = "/usr/bin/chromium";
const FILES: &str = "web/dist";
const SHORT: [&str; 3] = ["tour", "pages", "roles"];

/// Walks; with `all`, everywhere.
pub fn run(all: bool) -> Result<ExitCode> {
    let path = node::search_path(&node::FOR_CONSOLE)?;
    let root = crate::root();
    if !root.join(FILES).join("index.html").exists() {
        bail!("{FILES} holds no console: run cargo xtask console first");
    }
    if !root.join("web/node_modules").exists() {
        console::npm(&path, console::INSTALL)?;
    }
    let chromium = std::env::var_os("CHROMIUM").map_or_else(|| CHROMIUM.into(), PathBuf::from);
    if !chromium.exists() {
        crate::debian::install("chromium", "Chromium is missing: install it, or name it in CHROMIUM")?;
    }
    let program = build(all)?;
    walk(all, &path, &program)
}

/// The program with the console inside.
fn build(is_release: bool) -> Result<PathBuf> {
    let mut build = crate::cargo();
    build.args(["build", "--package", "metier"]).env("METIER_CONSOLE", FILES);
    if is_release {
        build.arg("--release");
    }
    console::succeed(&mut build)?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    Ok(crate::root().join(target).join(if is_release { "release" } else { "debug" }).join("metier"))
}

fn walk(all: bool, path: &OsStr, program: &Path) -> Result<ExitCode> {
    if all {
        let mut npm = Command::new("npm");
        npm.args(["run", "--silent", "e2e"]);
        return in_web(&mut npm, path, program);
    }
    let mut node = Command::new("node");
    node.args(["--test", "--test-concurrency=1"]).env("E2E_SHORT", "1");
    node.args(SHORT.map(|walk| format!("e2e/{walk}.test.mjs")));
    in_web(&mut node, path, program)
}

fn in_web(command: &mut Command, path: &OsStr, program: &Path) -> Result<ExitCode> {
    command.env("PATH", path).env("E2E_SERVER", program).current_dir(crate::root().join("web"));
    console::succeed(command)?;
    Ok(ExitCode::SUCCESS)
}

//! The test runner: cargo-nextest, which gives each test its own process and ends a test that hangs.
//!
//! A machine without it gets its own copy inside the target folder, built once from the registry.

use std::process::{Command, Stdio};

/// The version built where none is installed, known to build with the pinned toolchain.
const VERSION: &str = "0.9.143";

/// A command ready for nextest's arguments, or `None` where nextest can neither be found nor built.
pub fn command() -> Option<Command> {
    installed().or_else(own).or_else(|| build().then(own).flatten())
}

fn installed() -> Option<Command> {
    let mut probe = crate::cargo();
    probe.args(["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    if !probe.status().is_ok_and(|status| status.success()) {
        return None;
    }
    let mut command = crate::cargo();
    command.arg("nextest");
    Some(command)
}

fn own() -> Option<Command> {
    let program = crate::tools().join("bin/cargo-nextest");
    if !program.exists() {
        return None;
    }
    let mut command = Command::new(program);
    command.current_dir(crate::root()).arg("nextest");
    Some(command)
}

/// A debug build without symbols: fast to build, and a test runner mostly waits.
fn build() -> bool {
    let folder = crate::tools();
    eprintln!("xtask: building cargo-nextest {VERSION} into {} (once, some minutes)", folder.display());
    let mut command = crate::cargo();
    command.args([
        "install",
        "cargo-nextest",
        "--version",
        VERSION,
        "--locked",
        "--debug",
        "--quiet",
        "--root",
    ]);
    command.arg(&folder).env("CARGO_PROFILE_DEV_DEBUG", "0").status().is_ok_and(|status| status.success())
}

//! `cargo xtask test`: every test of the workspace, against real servers.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::servers::{Durability, Servers};
use crate::{nextest, node, python};

/// Names the server that stands in for S3.
const S3_VARIABLE: &str = "METIER_TEST_S3_SERVER";
/// The package whose tests need it.
const S3_PACKAGE: &str = "metier-blob";
/// The package whose tests need Node, for the client in TypeScript.
const NODE_PACKAGE: &str = "metier";

/// Prepares what the tests need, runs them and hands their exit code on.
///
/// What is missing is found out first: nobody should wait for a build to read that.
pub fn run(arguments: &[OsString]) -> Result<ExitCode> {
    python::ensure()?;
    let s3_server = includes(arguments, S3_PACKAGE).then(python::s3_server).transpose()?;
    let path =
        includes(arguments, NODE_PACKAGE).then(|| node::search_path(&node::FOR_CONSOLE)).transpose()?;
    let servers = Servers::start(Durability::Fast)?;
    let mut command = runner(arguments);
    servers.name_in(&mut command);
    if let Some(s3_server) = s3_server {
        command.env(S3_VARIABLE, s3_server);
    }
    if let Some(path) = path {
        command.env("PATH", path);
    }
    command.status().map(crate::exit_code).context("cannot run the tests")
}

fn runner(arguments: &[OsString]) -> Command {
    if let Some(mut command) = nextest::command() {
        command.arg("run").args(scope(arguments)).args(arguments);
        if std::env::var_os("CI").is_some() && std::env::var_os("NEXTEST_PROFILE").is_none() {
            command.env("NEXTEST_PROFILE", "ci");
        }
        return command;
    }
    eprintln!(
        "xtask: cargo-nextest could not be built; running cargo test, which cannot end a test that hangs"
    );
    let mut command = crate::cargo();
    command
        .args(["test", "--no-fail-fast", "--lib", "--bins", "--tests"])
        .args(scope(arguments))
        .args(arguments);
    command
}

/// The whole workspace, unless the caller chose packages.
fn scope(arguments: &[OsString]) -> Option<&'static str> {
    let chosen = arguments.iter().any(|argument| {
        let argument = argument.to_string_lossy();
        argument.starts_with("-p") || argument.starts_with("--package")
    });
    (!chosen).then_some("--workspace")
}

/// Whether the tests of a package are run: those of all are, unless the caller chose.
fn includes(arguments: &[OsString], package: &str) -> bool {
    let names = |argument: &OsString| {
        let argument = argument.to_string_lossy();
        let named = argument.strip_prefix("--package=").or_else(|| argument.strip_prefix("-p"));
        named.unwrap_or(&argument) == package
    };
    scope(arguments).is_some() || arguments.iter().any(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_packages_are_tested_unless_some_are_chosen() {
        assert_eq!(scope(&[]), Some("--workspace"));
        assert_eq!(scope(&["cancelled_run".into()]), Some("--workspace"));
        assert_eq!(scope(&["-p".into(), "metier-jobs".into()]), None);
        assert_eq!(scope(&["--package=metier-jobs".into()]), None);
    }

    #[test]
    fn what_only_some_packages_need_is_there_for_their_tests() {
        assert!(includes(&[], "metier-blob"));
        assert!(includes(&["--package=metier-blob".into()], "metier-blob"));
        assert!(includes(&["-p".into(), "metier-blob".into()], "metier-blob"));
        assert!(includes(&["-pmetier".into()], "metier"));
        assert!(!includes(&["-p".into(), "metier-jobs".into()], "metier"));
    }
}

//! `cargo xtask test`: every test of the workspace, against real servers.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::servers::{Durability, Servers};
use crate::{nextest, python};

/// Names the server that stands in for S3.
const S3_VARIABLE: &str = "METIER_TEST_S3_SERVER";
/// The package whose tests need it.
const S3_PACKAGE: &str = "metier-blob";

/// Prepares what the tests need, runs them and hands their exit code on.
///
/// What is missing is found out first: nobody should wait for a build to read that.
pub fn run(arguments: &[OsString]) -> Result<ExitCode> {
    python::ensure()?;
    let s3_server = tests_need_s3(arguments).then(python::s3_server).transpose()?;
    let servers = Servers::start(Durability::Fast)?;
    let mut command = runner(arguments);
    servers.name_in(&mut command);
    if let Some(s3_server) = s3_server {
        command.env(S3_VARIABLE, s3_server);
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

/// The blob store's tests do, unless the caller chose others.
fn tests_need_s3(arguments: &[OsString]) -> bool {
    let named = arguments.iter().any(|argument| argument.to_string_lossy().ends_with(S3_PACKAGE));
    named || scope(arguments).is_some()
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
    fn a_server_for_s3_is_there_for_the_tests_that_need_it() {
        assert!(tests_need_s3(&[]));
        assert!(tests_need_s3(&["--package=metier-blob".into()]));
        assert!(tests_need_s3(&["-p".into(), "metier-blob".into()]));
        assert!(!tests_need_s3(&["-p".into(), "metier-jobs".into()]));
    }
}

//! Commands that need the platform: each is a program of the crate it belongs to.

use std::ffi::OsString;
use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::servers::{Durability, Servers};

/// One command of `cargo xtask` that another crate carries out.
struct Delegate {
    command: &'static [&'static str],
    about: &'static str,
    packages: &'static [&'static str],
    target: Target,
    postgres: Option<Durability>,
}

/// What cargo has to run in the package.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    Program(&'static str),
    Example(&'static str),
    /// An ignored test, by its name within the crate's test binary.
    Test(&'static str),
}

const DELEGATES: &[Delegate] = &[
    Delegate {
        command: &["replay"],
        about: "Serve recorded answers of job boards as a faithful stand-in",
        packages: &["metier-plugin-replay"],
        target: Target::Program("replay"),
        postgres: None,
    },
    Delegate {
        command: &["eval"],
        about: "Measure quality on labelled data: eval dedupe FILE [--json]",
        packages: &["metier-postings"],
        target: Target::Example("eval"),
        postgres: None,
    },
    Delegate {
        command: &["bench", "engine"],
        about: "Measure the job engine beside the raw limit of the database and the disk",
        packages: &["metier-jobs"],
        target: Target::Example("bench_engine"),
        postgres: Some(Durability::Durable),
    },
    Delegate {
        command: &["load", "jobber"],
        about: "Load a running Metier through Jobber's door: load jobber [Fibonacci|LoadProducts] -n 1000 --email ...",
        packages: &["metier"],
        target: Target::Example("load_jobber"),
        postgres: None,
    },
    Delegate {
        command: &["simulate"],
        about: "Live through many simulated worlds with the job engine, workflows and schedules in them",
        packages: &["metier-jobs", "metier-scheduler"],
        target: Target::Test("simulation"),
        postgres: None,
    },
    Delegate {
        command: &["chaos"],
        about: "Prove in every topology that nothing is lost when things die: metier chaos verify, in full",
        packages: &["metier"],
        target: Target::Test("chaos"),
        postgres: Some(Durability::Durable),
    },
    Delegate {
        command: &["torture"],
        about: "Kill services at random under load and account for every task",
        packages: &["metier"],
        target: Target::Test("torture"),
        postgres: Some(Durability::Durable),
    },
];

/// How much is sent by `cargo xtask fuzz`.
#[derive(Debug, clap::Args)]
pub struct Fuzz {
    /// Requests to each database; 15000 unless said otherwise.
    #[arg(long)]
    cases: Option<u64>,
    /// Stop after so many seconds on each database.
    #[arg(long)]
    seconds: Option<u64>,
    /// Send what this seed says, which an earlier run told.
    #[arg(long)]
    seed: Option<u64>,
}

const FUZZ: Delegate = Delegate {
    command: &["fuzz"],
    about: "",
    packages: &["metier"],
    target: Target::Test("fuzz"),
    postgres: Some(Durability::Fast),
};

/// Sends a running Metier what no client would send.
pub fn fuzz(how: &Fuzz) -> Result<ExitCode> {
    let variables = [("CASES", how.cases), ("SECONDS", how.seconds), ("SEED", how.seed)];
    let said = variables.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    let said = said.map(|(name, value)| (format!("METIER_TEST_FUZZ_{name}"), value.to_string())).collect();
    carry_out(&FUZZ, &[], said)
}

/// Runs the program that `words` name with the words that follow.
pub fn run(words: &[OsString]) -> Result<ExitCode> {
    let Some((delegate, arguments)) = find(words) else {
        let asked = words.join(" ".as_ref());
        bail!("no command '{}'; see cargo xtask --help", asked.to_string_lossy());
    };
    carry_out(delegate, arguments, Vec::new())
}

fn carry_out(
    delegate: &Delegate,
    arguments: &[OsString],
    variables: Vec<(String, String)>,
) -> Result<ExitCode> {
    let servers = delegate.postgres.map(Servers::start).transpose()?;
    let mut command = crate::cargo();
    let verb = if matches!(delegate.target, Target::Test(_)) { "test" } else { "run" };
    command.args([verb, "--quiet", "--release"]);
    command.args(delegate.packages.iter().flat_map(|package| ["--package", package]));
    match delegate.target {
        Target::Program(name) => command.args(["--bin", name, "--"]),
        Target::Example(name) => command.args(["--example", name, "--"]),
        Target::Test(name) => command.args(["--test", "it", name, "--", "--ignored", "--nocapture"]),
    };
    command.args(arguments).envs(variables);
    if let Some(servers) = &servers {
        servers.name_in(&mut command);
    }
    command.status().map(crate::exit_code).context("cannot run cargo")
}

/// The part of `--help` that lists these commands.
pub fn help() -> String {
    let mut text = String::from("Programs of other crates, built for release:\n");
    for delegate in DELEGATES {
        let _infallible = writeln!(text, "  {:<14}{}", delegate.command.join(" "), delegate.about);
    }
    text
}

fn find(words: &[OsString]) -> Option<(&'static Delegate, &[OsString])> {
    DELEGATES.iter().find_map(|delegate| {
        let (named, arguments) = words.split_at_checked(delegate.command.len())?;
        (named == delegate.command).then_some((delegate, arguments))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn the_words_after_the_command_are_passed_on() {
        let asked = words("eval dedupe listings.jsonl --json");
        let (delegate, arguments) = find(&asked).unwrap();
        assert_eq!(delegate.target, Target::Example("eval"));
        assert_eq!(arguments, words("dedupe listings.jsonl --json"));
    }

    #[test]
    fn a_command_of_two_words_is_found_by_both() {
        let asked = words("bench engine --quick");
        let (delegate, arguments) = find(&asked).unwrap();
        assert_eq!(delegate.target, Target::Example("bench_engine"));
        assert_eq!(arguments, words("--quick"));
        assert!(find(&words("bench")).is_none());
        assert!(find(&words("bench nothing")).is_none());
    }

    #[test]
    fn help_lists_every_command() {
        let help = help();
        for delegate in DELEGATES {
            assert!(help.contains(&delegate.command.join(" ")), "{help}");
        }
    }
}

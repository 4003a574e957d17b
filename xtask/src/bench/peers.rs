//! `cargo xtask bench peers`: the engine and other queues, one after the other, round after round.
//!
//! Each queue is driven by a small program in its own language under `bench/peers`; all of them do the same, in one
//! process, on the same disk and the same PostgreSQL server with a database of its own.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Peers;
use super::figures::{self, Figures, Row};
use super::machine::Machine;
use crate::servers::{Durability, Servers};
use crate::{node, python};

/// What a queue is written in, and therefore how its program is run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Product,
    Rust,
    Node,
    Python,
}

/// A queue, where it keeps its tasks, and the language of its program.
const QUEUES: &[(&str, &str, Language)] = &[
    ("metier", "PostgreSQL", Language::Product),
    ("graphile_worker", "PostgreSQL", Language::Rust),
    ("apalis-postgres", "PostgreSQL", Language::Rust),
    ("graphile-worker", "PostgreSQL", Language::Node),
    ("pg-boss", "PostgreSQL", Language::Node),
    ("metier", "SQLite", Language::Product),
    ("apalis-sqlite", "SQLite", Language::Rust),
    ("huey", "SQLite", Language::Python),
];

/// The names that the engine's own measurement gives to the columns of the table.
const OUR_NAMES: &[(&str, &str)] = &[
    ("enqueue, one caller", "one"),
    ("enqueue, 64 callers", "many_callers"),
    ("bulk, 1,000 a call", "bulk"),
    ("drain, one worker, batch 256", "drain"),
    ("pickup at 100/s, p50", "pickup_p50"),
    ("pickup at 100/s, p99", "pickup_p99"),
    ("memory of this process", "memory"),
];

/// Programs that are ready to be run.
struct Programs {
    engine: PathBuf,
    rust: PathBuf,
    node_path: OsString,
    python: PathBuf,
    folder: PathBuf,
}

/// Measures all of them and prints the table.
pub fn run(options: &Peers) -> Result<ExitCode> {
    let programs = prepare()?;
    let servers = Servers::start(Durability::Durable)?;
    let wanted = |name: &str| options.only.is_empty() || options.only.iter().any(|only| only == name);
    let queues: Vec<_> = QUEUES.iter().filter(|(name, ..)| wanted(name)).collect();
    let mut rows: Vec<Row> =
        queues.iter().map(|(name, database, _)| Row { name, database, rounds: Vec::new() }).collect();
    for round in 1..=options.rounds {
        for (row, (name, database, language)) in rows.iter_mut().zip(&queues) {
            let machine = Machine::look(&programs.folder)?;
            let figures = programs
                .measure(name, database, *language, options, &servers)
                .with_context(|| format!("{name} on {database}"))?;
            eprintln!("xtask: round {round}: {name} on {database}: {figures:.1?} ({machine:.2?})");
            row.rounds.push((figures, machine));
        }
    }
    let table = figures::markdown(&rows);
    println!("{table}");
    Ok(ExitCode::SUCCESS)
}

fn prepare() -> Result<Programs> {
    let peers = crate::root().join("bench/peers");
    let folder = crate::root().join("target/bench");
    fs::create_dir_all(&folder)?;
    let mut build = crate::cargo();
    build.args(["build", "--release", "--package", "metier-jobs", "--example", "bench_engine"]);
    succeed(&mut build)?;
    let mut build = crate::cargo();
    build.args(["build", "--release", "--locked", "--manifest-path"]).arg(peers.join("rust/Cargo.toml"));
    succeed(build.arg("--target-dir").arg(folder.join("rust")))?;
    let node_path = node::search_path(&node::FOR_PEERS)?;
    let mut install = Command::new("npm");
    install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    succeed(install.current_dir(peers.join("node")).env("PATH", &node_path))?;
    let python = python::environment(&folder.join("python"), &peers.join("python/requirements.txt"))?;
    let engine = crate::root().join("target/release/examples/bench_engine");
    Ok(Programs { engine, rust: folder.join("rust/release/metier-bench-peers"), node_path, python, folder })
}

impl Programs {
    fn measure(
        &self,
        name: &str,
        database: &str,
        language: Language,
        options: &Peers,
        servers: &Servers,
    ) -> Result<Figures> {
        let folder = self.folder.join("run");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let mut command = self.command(language);
        if language == Language::Product {
            command.args(["--rounds", "1", "--json", "--only", &database.to_lowercase()]);
            command.args(["--runs", &options.runs.to_string(), "--tasks", &options.tasks.to_string()]);
        } else {
            command.args([name, &options.runs.to_string(), &options.tasks.to_string()]);
        }
        servers.name_in(&mut command);
        let output = command.current_dir(&folder).stderr(Stdio::inherit()).output();
        let output = output.with_context(|| format!("cannot run {command:?}"))?;
        if !output.status.success() {
            bail!("{command:?} failed with {}", output.status);
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().last().context("the program printed nothing")?;
        let printed = serde_json::from_str(line).with_context(|| format!("not JSON: {line}"))?;
        Ok(if language == Language::Product { of_ours(&printed) } else { of_a_peer(&printed) })
    }

    fn command(&self, language: Language) -> Command {
        let peers = crate::root().join("bench/peers");
        match language {
            Language::Product => Command::new(&self.engine),
            Language::Rust => Command::new(&self.rust),
            Language::Python => with_script(&self.python, &peers.join("python/main.py")),
            Language::Node => {
                let mut command = with_script(Path::new("node"), &peers.join("node/main.js"));
                command.env("PATH", &self.node_path);
                command
            }
        }
    }
}

fn with_script(program: &Path, script: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg(script);
    command
}

/// `{"one": 1.0, ...}`; a column that is null is one the queue does not have.
fn of_a_peer(printed: &Value) -> Figures {
    let columns = printed.as_object().into_iter().flatten();
    columns.filter_map(|(name, value)| Some((name.clone(), value.as_f64()?))).collect()
}

/// `[{"what": "enqueue, one caller", "median": 1.0, ...}, ...]`
fn of_ours(printed: &Value) -> Figures {
    let cells = printed.as_array().into_iter().flatten();
    let named = cells.filter_map(|cell| {
        let (_, column) = OUR_NAMES.iter().find(|(what, _)| cell["what"] == *what)?;
        Some(((*column).to_owned(), cell["median"].as_f64()?))
    });
    named.collect()
}

fn succeed(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}");
    let status = command.status().with_context(|| format!("cannot run {shown}"))?;
    if !status.success() {
        bail!("{shown} failed with {status}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn figures_of_a_peer_and_of_ours_land_in_the_same_columns() {
        let peer = of_a_peer(&json!({ "one": 10.0, "bulk": null }));
        let ours = of_ours(&json!([
            { "what": "enqueue, one caller", "median": 30.0 },
            { "what": "fdatasync probe", "median": 0.1 },
        ]));
        assert_eq!(peer, Figures::from([("one".to_owned(), 10.0)]));
        assert_eq!(ours, Figures::from([("one".to_owned(), 30.0)]));
    }

    #[test]
    fn every_column_but_those_only_we_have_is_printed_by_our_measurement() {
        for (column, ..) in figures::COLUMNS {
            assert!(OUR_NAMES.iter().any(|(_, ours)| ours == column), "{column}");
        }
    }
}

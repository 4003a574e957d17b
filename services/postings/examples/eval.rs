//! `cargo xtask eval`: measures de-duplication, search and ingest through the code that runs in production.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command that prints")]

use std::{path::Path, process::ExitCode};

use metier_postings::eval::{dedupe, ingest, search};
use serde::Serialize;

const USAGE: &str =
    "usage: cargo xtask eval dedupe FILE | eval search POSTINGS | eval ingest POSTINGS; --json for JSON";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let as_json = arguments.iter().any(|argument| argument == "--json");
    let words: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|argument| *argument != "--json").collect();
    let outcome = match words.as_slice() {
        ["dedupe", file] => {
            dedupe::run(Path::new(file)).map_err(|error| error.to_string()).and_then(|it| print(&it, as_json))
        }
        ["search", count] => measure_search(count).and_then(|it| print(&it, as_json)),
        ["ingest", count] => measure_ingest(count).and_then(|it| print(&it, as_json)),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn measure_search(count: &str) -> Result<search::SearchMetrics, String> {
    let count = count.parse().map_err(|_| USAGE.to_owned())?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    search::run(count, folder.path()).map_err(|error| error.to_string())
}

fn measure_ingest(count: &str) -> Result<ingest::IngestMetrics, String> {
    let count = count.parse().map_err(|_| USAGE.to_owned())?;
    let _first_and_only = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    runtime.block_on(ingest::run(count, folder.path())).map_err(|error| format!("{error}: {error:?}"))
}

fn print(metrics: &impl Serialize, as_json: bool) -> Result<(), String> {
    let value = serde_json::to_value(metrics).map_err(|error| error.to_string())?;
    if as_json {
        println!("{value}");
        return Ok(());
    }
    for (name, figure) in value.as_object().into_iter().flatten() {
        println!("{name:<24} {figure}");
    }
    Ok(())
}

//! `cargo xtask eval`: measures de-duplication and search through the code that runs in production.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command that prints")]

use std::{path::Path, process::ExitCode};

use metier_postings::eval::{dedupe, search};
use serde::Serialize;

const USAGE: &str = "usage: cargo xtask eval dedupe FILE [--json] | eval search POSTINGS [--json]";

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

//! `metier runs results` and `metier runs output`.

use std::process::ExitCode;

use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Run, get};
use crate::client::{
    Call, Client, ClientError, Done, PageOptions,
    pages::{self, Listing, Page, Walk},
    screen::{Cell, text},
};

/// Runs of more tasks are not asked for each of them.
const MOST_TASKS: i64 = 100;

/// `metier runs results`.
#[derive(Debug, Args)]
pub struct Results {
    /// Number or id.
    run: String,
    #[command(flatten)]
    page: PageOptions,
}

/// `metier runs output`.
#[derive(Debug, Args)]
pub struct Output {
    /// Number or id.
    run: String,
    /// Only of this task, by its position from 0.
    #[arg(long, value_name = "INDEX")]
    task: Option<i64>,
    /// Of this attempt; the latest when not given.
    #[arg(long, value_name = "NUMBER", requires = "task")]
    attempt: Option<i64>,
}

/// A piece of what a task wrote.
#[derive(Debug, Deserialize)]
pub struct Chunk {
    /// Place within the attempt.
    pub position: i64,
    /// The text.
    pub text: String,
}

/// Prints what tasks gave.
pub async fn results(client: &mut Client, asked: Results) -> Done {
    let Client { api, screen } = client;
    let run = get(api, &asked.run).await?;
    let row = |value: &Value| {
        let index = value.get("index").and_then(Value::as_i64).unwrap_or_default();
        let result = value.get("result").unwrap_or(&Value::Null);
        Ok(vec![Cell::number(index), Cell::text(result.to_string())])
    };
    let listing = Listing {
        call: Call::get(&["runs", &run.id, "results"]),
        headings: &["TASK", "RESULT"],
        row: &row,
        nothing: "no results",
    };
    pages::show(api, screen, listing, &asked.page).await?;
    Ok(ExitCode::SUCCESS)
}

/// Prints what a task wrote, or each of them.
pub async fn output(client: &mut Client, asked: Output) -> Done {
    let run = get(&client.api, &asked.run).await?;
    let tasks = match asked.task {
        Some(index) => index..index + 1,
        None if run.size <= MOST_TASKS => 0..run.size,
        None => return Err(too_many(&run)),
    };
    let mut chunks = Vec::new();
    for index in tasks.clone() {
        let mut walk = Walk::new(call(&run.id, index, asked.attempt));
        while let Some(page) = walk.next(&client.api).await? {
            if client.screen.is_json() {
                chunks.extend(page);
            } else {
                write(client, index, tasks.end - tasks.start > 1, page)?;
            }
        }
    }
    if client.screen.is_json() {
        client.screen.json(&json!({ "items": chunks }))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn too_many(run: &Run) -> ClientError {
    let Run { number, size, .. } = run;
    ClientError::usage(format!("run {number} has {size} tasks; say which one with --task INDEX"))
}

/// What a task wrote, as pages.
pub fn call(run: &str, index: i64, attempt: Option<i64>) -> Call {
    Call::get(&["runs", run, "tasks", &index.to_string(), "output"]).query("attempt", attempt)
}

fn write(client: &mut Client, index: i64, several: bool, page: Vec<Value>) -> Result<(), ClientError> {
    for item in page {
        let chunk: Chunk = client.api.read(item)?;
        let text = shown(client, index, several, &chunk.text);
        client.screen.raw(&text)?;
    }
    Ok(())
}

/// On a terminal the text must not steer it; into a file it goes as it is. Where several tasks write, each line says
/// whose it is.
pub fn shown(client: &Client, index: i64, several: bool, text: &str) -> String {
    let text = match client.screen.look().width {
        Some(_) => text::clean_lines(&console::strip_ansi_codes(text)),
        None => text.to_owned(),
    };
    match several {
        true => text.lines().map(|line| format!("[{index}] {line}\n")).collect(),
        false => text,
    }
}

/// The pieces of a page.
pub async fn chunks(client: &Client, call: &Call) -> Result<(Vec<Chunk>, Option<String>), ClientError> {
    let page: Page = client.api.fetch(call).await?;
    let chunks: Result<_, _> = page.items.into_iter().map(|item| client.api.read(item)).collect();
    Ok((chunks?, page.next))
}

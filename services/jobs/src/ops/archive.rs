//! The archive: what is deleted, as lines of JSON in the blob store, written before it is deleted.
//!
//! A file is named `archive/runs/<day>/<first run>-<id>.jsonl` and holds lines of two types: `task`, with its
//! parameters, attempts and latest result, and after the last task of a run, `run`. A crash between writing and
//! deleting makes the same lines again in another file: who reads them takes a task's or a run's last line.

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use metier_core::{Fault, Timestamp};
use serde_json::{Value, json};

use super::{engine::Engine, results::load};
use crate::{
    error::Error,
    store::{
        retention::Part,
        runs::{self, RunRow},
        tasks::{self, AttemptRow, TaskRow},
    },
};

/// Tasks read at once.
const TASKS_PER_PAGE: i64 = 200;
/// Largest file: what a transaction deletes is far below it.
const MOST_BYTES: u64 = 1 << 40;

/// Writes parts of runs into one file.
///
/// # Errors
/// A database or blob store failure; nothing is deleted then.
pub async fn write(engine: &Engine, parts: &[Part]) -> Result<(), Error> {
    let Some(first) = parts.first() else { return Ok(()) };
    let now = engine.tools.clock.now();
    let (day, id) = (now.to_string().chars().take(10).collect::<String>(), engine.tools.random.uuid(now));
    let key = format!("archive/runs/{day}/{}-{}.jsonl", first.run.number, id.simple());
    let pages = stream::iter(parts.iter().flat_map(pages));
    let tasks = pages.then(|page| lines(engine, page)).map_err(Fault::from);
    engine.tools.blobs.put(&key, tasks, MOST_BYTES).await.map_err(Fault::from)?;
    Ok(())
}

/// Some tasks of a run, and whether they are its last.
#[derive(Clone, Copy)]
struct Page {
    run: i64,
    from: i64,
    to: i64,
    is_last: bool,
}

fn pages(part: &Part) -> Vec<Page> {
    let (run, mut from) = (part.run.number, part.from);
    let mut pages = Vec::new();
    loop {
        let to = part.to.min(from + TASKS_PER_PAGE);
        pages.push(Page { run, from, to, is_last: to == part.to && part.is_last() });
        if to == part.to {
            return pages;
        }
        from = to;
    }
}

async fn lines(engine: &Engine, page: Page) -> Result<Bytes, Error> {
    let reader = engine.database().reader();
    let mut text = String::new();
    let mut line = |value: Value| text.extend([value.to_string().as_str(), "\n"]);
    let range = (page.from, page.to);
    let mut results = tasks::results(reader, range).await?.into_iter().peekable();
    let attempts = tasks::attempts(reader, range).await?;
    for task in tasks::list(reader, range, TASKS_PER_PAGE).await? {
        let result = match results.next_if(|row| row.task == task.task) {
            Some(row) => Some(load(&engine.tools.blobs, row).await?),
            None => None,
        };
        let own = attempts.iter().filter(|attempt| attempt.task == task.task);
        line(task_line(page.run, &task, own, result.as_deref()));
    }
    if page.is_last
        && let Some(run) = runs::of_number(reader, page.run).await?
    {
        line(run_line(&run));
    }
    Ok(text.into())
}

fn task_line<'a>(
    run: i64,
    task: &TaskRow,
    attempts: impl Iterator<Item = &'a AttemptRow>,
    result: Option<&str>,
) -> Value {
    let attempts: Vec<Value> = attempts.map(attempt).collect();
    json!({
        "type": "task",
        "run": run,
        "task": task.task,
        "parameters": value(&task.parameters),
        "result": result.map(value),
        "attempts": attempts,
    })
}

fn attempt(row: &AttemptRow) -> Value {
    json!({
        "attempt": row.attempt,
        "state": row.state,
        "final": row.is_final == 1,
        "worker": row.worker,
        "started_at": row.claimed_at.map(Timestamp::from_micros),
        "ended_at": Timestamp::from_micros(row.ended_at),
        "error_code": row.error_code,
        "error_message": row.error_message,
    })
}

fn run_line(row: &RunRow) -> Value {
    json!({
        "type": "run",
        "run": row.number,
        "id": row.id,
        "owner": row.owner,
        "source": row.source,
        "correlation": row.correlation,
        "job": row.job,
        "kind": row.kind_name,
        "kind_version": row.kind_version,
        "queue": row.queue,
        "priority": row.priority,
        "state": row.state,
        "reason": row.reason,
        "first_task": row.first_task,
        "tasks": row.size,
        "created_at": Timestamp::from_micros(row.created_at),
        "started_at": row.started_at.map(Timestamp::from_micros),
        "ended_at": row.ended_at.map(Timestamp::from_micros),
    })
}

/// What the database holds as JSON text.
fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

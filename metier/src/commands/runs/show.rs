//! `metier runs show` and `metier runs task`.

use std::process::ExitCode;

use metier_core::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Run, Task, get,
    list::{TASK_HEADINGS, task_row},
    view::TaskError,
};
use crate::client::{
    Api, Call, Client, ClientError, Done,
    pages::Page,
    screen::{Cell, Screen, Table, text},
};

/// Tasks shown with a run; `metier runs tasks` has them all.
const TASKS_SHOWN: usize = 20;
/// The states whose tasks a person looks for first.
const TELLING_STATES: [&str; 4] = ["failed", "timed_out", "running", "ready"];

/// A task with its history.
#[derive(Debug, Deserialize)]
struct Detail {
    #[serde(flatten)]
    task: Task,
    attempts: Vec<Attempt>,
    #[serde(default)]
    result: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Attempt {
    number: i64,
    epoch: i64,
    state: String,
    #[serde(default)]
    worker: Option<String>,
    #[serde(default)]
    claimed_at: Option<Timestamp>,
    ended_at: Timestamp,
    #[serde(default)]
    error: Option<TaskError>,
}

/// Shows a run, what went wrong first.
pub async fn run(client: &mut Client, run: &str) -> Done {
    let answer = client.api.send(&Call::get(&["runs", run])).await?;
    if client.screen.is_json() {
        client.screen.json(&answer)?;
        return Ok(ExitCode::SUCCESS);
    }
    let run: Run = client.api.read(answer)?;
    client.screen.fields(fields(&run, client.api.now()))?;
    let tasks = telling_tasks(&client.api, &run).await?;
    show_tasks(&mut client.screen, &run, &tasks)?;
    Ok(ExitCode::SUCCESS)
}

fn fields(run: &Run, now: Timestamp) -> Vec<(&'static str, Cell)> {
    let replay = (run.epoch > 1).then(|| format!("{} (run again {} times)", run.epoch, run.epoch - 1));
    vec![
        ("run", Cell::text(run.number.to_string())),
        ("id", Cell::text(&run.id)),
        ("state", Cell::state(&run.state)),
        ("reason", Cell::maybe(run.reason.as_ref())),
        ("kind", Cell::text(run.kind.to_string())),
        ("tasks", Cell::text(format!("{}: {}", run.size, run.tasks))),
        ("left out", Cell::maybe((run.bad_items > 0).then(|| format!("{} bad items", run.bad_items)))),
        ("queue", Cell::text(format!("{}, priority {}", run.queue, run.priority))),
        ("trigger", Cell::text(&run.trigger)),
        ("epoch", Cell::maybe(replay)),
        ("submitted", Cell::text(text::moment(run.created_at))),
        ("not before", Cell::maybe(run.run_at.map(text::moment))),
        ("started", Cell::maybe(run.started_at.map(text::moment))),
        ("ended", Cell::maybe(run.ended_at.map(text::moment))),
        ("took", Cell::maybe(run.took(now))),
        ("correlation", Cell::text(&run.correlation_id)),
    ]
}

/// Those that failed, then those under way; all of a short run.
pub async fn telling_tasks(api: &Api, run: &Run) -> Result<Vec<Task>, ClientError> {
    let mut tasks = Vec::new();
    for state in TELLING_STATES {
        if tasks.len() < TASKS_SHOWN {
            tasks.extend(tasks_in(api, run, Some(state)).await?);
        }
    }
    if tasks.is_empty() {
        tasks = tasks_in(api, run, None).await?;
    }
    tasks.truncate(TASKS_SHOWN);
    Ok(tasks)
}

async fn tasks_in(api: &Api, run: &Run, state: Option<&str>) -> Result<Vec<Task>, ClientError> {
    let call = Call::get(&["runs", &run.id, "tasks"]).query("state", state).query("limit", Some(TASKS_SHOWN));
    let page: Page = api.fetch(&call).await?;
    page.items.into_iter().map(|item| api.read(item)).collect()
}

fn show_tasks(screen: &mut Screen, run: &Run, tasks: &[Task]) -> Result<(), ClientError> {
    if tasks.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(TASK_HEADINGS);
    tasks.iter().for_each(|task| table.row(task_row(task)));
    screen.line("")?;
    screen.table(&table)?;
    if usize::try_from(run.size).is_ok_and(|size| size > tasks.len()) {
        let (shown, all) = (tasks.len(), run.size);
        screen.note(&format!("{shown} of {all} tasks; the others: `metier runs tasks {}`", run.number));
    }
    Ok(())
}

/// Shows a task with its attempts and its result.
pub async fn task(client: &mut Client, run: &str, index: i64) -> Done {
    let run = get(&client.api, run).await?;
    let answer = client.api.send(&Call::get(&["runs", &run.id, "tasks", &index.to_string()])).await?;
    let detail: Detail = client.api.read(answer.clone())?;
    client.screen.answer(&answer, |screen| show_detail(screen, &run, &detail))?;
    Ok(ExitCode::SUCCESS)
}

fn show_detail(screen: &mut Screen, run: &Run, detail: &Detail) -> Result<(), ClientError> {
    let task = &detail.task;
    screen.fields(vec![
        ("task", Cell::text(format!("{} of run {}", task.index, run.number))),
        ("state", Cell::state(&task.state)),
        ("remark", Cell::text(task.remark())),
        ("attempt", Cell::text(task.attempt.to_string())),
        ("worker", Cell::maybe(task.worker.as_ref())),
        ("not before", Cell::maybe(task.run_at.map(text::moment))),
        ("ended", Cell::maybe(task.ended_at.map(text::moment))),
        ("parameters", Cell::text(task.parameters.to_string())),
        ("result", Cell::maybe(detail.result.as_ref())),
    ])?;
    let mut table = Table::new(&["ATTEMPT", "EPOCH", "STATE", "WORKER", "ENDED", "TOOK", "ERROR"]);
    for attempt in &detail.attempts {
        let took = attempt.claimed_at.map(|claimed| text::duration(attempt.ended_at.since(claimed)));
        table.row([
            Cell::number(attempt.number),
            Cell::number(attempt.epoch),
            Cell::state(&attempt.state),
            Cell::maybe(attempt.worker.as_ref()),
            Cell::text(text::moment(attempt.ended_at)),
            Cell::maybe(took),
            Cell::maybe(attempt.error.as_ref()),
        ]);
    }
    if !table.is_empty() {
        screen.line("")?;
    }
    screen.table(&table)
}

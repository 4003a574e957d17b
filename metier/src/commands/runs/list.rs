//! `metier runs list` and `metier runs tasks`.

use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::{Run, Task, get};
use crate::client::{
    Api, Call, Client, ClientError, Done, PageOptions,
    input::When,
    pages::{self, Listing},
    screen::{Cell, text},
};

/// `metier runs list`.
#[derive(Debug, Args)]
pub struct List {
    /// Only in these states, commas between them.
    #[arg(long, value_delimiter = ',')]
    state: Vec<String>,
    /// Only of this kind.
    #[arg(long)]
    kind: Option<String>,
    /// Only in this queue.
    #[arg(long)]
    queue: Option<String>,
    /// Only submitted since: 2026-01-31T08:00:00Z, or a distance such as 2h or 1d.
    #[arg(long, value_name = "WHEN", value_parser = When::parse)]
    since: Option<When>,
    /// Only submitted before.
    #[arg(long, value_name = "WHEN", value_parser = When::parse)]
    until: Option<When>,
    #[command(flatten)]
    page: PageOptions,
}

/// `metier runs tasks`.
#[derive(Debug, Args)]
pub struct Tasks {
    /// Number or id of the run.
    run: String,
    /// Only in this state.
    #[arg(long)]
    state: Option<String>,
    #[command(flatten)]
    page: PageOptions,
}

/// Lists runs.
pub async fn runs(client: &mut Client, asked: List) -> Done {
    let Client { api, screen } = client;
    let now = api.now();
    let call = Call::get(&["runs"])
        .filter("state", &asked.state)
        .query("kind", asked.kind)
        .query("queue", asked.queue)
        .query("created_after", asked.since.map(|since| since.before(now)))
        .query("created_before", asked.until.map(|until| until.before(now)));
    let listing = Listing {
        call,
        headings: &["RUN", "STATE", "KIND", "TASKS", "SUBMITTED", "TOOK", "REASON"],
        row: &|value| run_row(api, value),
        nothing: "no runs; `metier jobs run KIND` makes one",
    };
    pages::show(api, screen, listing, &asked.page).await?;
    Ok(ExitCode::SUCCESS)
}

fn run_row(api: &Api, value: &Value) -> Result<Vec<Cell>, ClientError> {
    let run: Run = api.read(value.clone())?;
    let took = run.took(api.now());
    Ok(vec![
        Cell::number(run.number),
        Cell::state(&run.state),
        Cell::text(run.kind.to_string()),
        Cell::number(format!("{}/{}", run.tasks.ended(), run.size)),
        Cell::text(text::moment(run.created_at)),
        Cell::maybe(took),
        Cell::maybe(run.reason),
    ])
}

/// Lists the tasks of a run.
pub async fn tasks(client: &mut Client, asked: Tasks) -> Done {
    let Client { api, screen } = client;
    let run = get(api, &asked.run).await?;
    let listing = Listing {
        call: Call::get(&["runs", &run.id, "tasks"]).query("state", asked.state),
        headings: TASK_HEADINGS,
        row: &|value| Ok(task_row(&api.read(value.clone())?)),
        nothing: "no such tasks",
    };
    pages::show(api, screen, listing, &asked.page).await?;
    Ok(ExitCode::SUCCESS)
}

/// The columns of tasks.
pub const TASK_HEADINGS: &[&str] = &["TASK", "STATE", "ATTEMPT", "WORKER", "REMARK", "PARAMETERS"];

/// A task as cells.
pub fn task_row(task: &Task) -> Vec<Cell> {
    vec![
        Cell::number(task.index),
        Cell::state(&task.state),
        Cell::number(task.attempt),
        Cell::maybe(task.worker.as_ref()),
        Cell::text(task.remark()),
        Cell::text(task.parameters.to_string()),
    ]
}

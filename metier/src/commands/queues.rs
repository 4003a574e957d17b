//! `metier queues` and `metier workers`.

use std::process::ExitCode;

use clap::Subcommand;
use metier_core::Timestamp;
use serde::Deserialize;

use crate::client::{
    Call, Client, Done,
    screen::{Cell, Table, text},
};

/// What to do with queues.
#[derive(Debug, Subcommand)]
pub enum QueuesCommand {
    /// List the queues with what waits in them.
    List,
    /// Hand out nothing more from a queue; what runs goes on.
    Pause {
        /// Its name.
        queue: String,
    },
    /// Hand out a queue's tasks again.
    Resume {
        /// Its name.
        queue: String,
    },
}

/// What to do with workers.
#[derive(Debug, Subcommand)]
pub enum WorkersCommand {
    /// List the workers heard lately.
    List,
}

#[derive(Debug, Deserialize)]
struct Queue {
    name: String,
    #[serde(default)]
    paused_at: Option<Timestamp>,
    ready: i64,
    #[serde(default)]
    held_back: i64,
    #[serde(default)]
    more: bool,
}

#[derive(Debug, Deserialize)]
struct Worker {
    name: String,
    kinds: Vec<String>,
    #[serde(default)]
    capabilities: Vec<String>,
    seen_at: Timestamp,
}

/// Lists, pauses or resumes.
pub async fn run(client: &mut Client, command: QueuesCommand) -> Done {
    match command {
        QueuesCommand::List => list(client).await,
        QueuesCommand::Pause { queue } => change(client, &queue, "pause", "paused; what runs goes on").await,
        QueuesCommand::Resume { queue } => change(client, &queue, "resume", "resumed").await,
    }
}

async fn list(client: &mut Client) -> Done {
    let answer = client.api.send(&Call::get(&["queues"])).await?;
    let queues: Vec<Queue> = client.api.read(answer.clone())?;
    let mut table = Table::new(&["QUEUE", "STATE", "READY", "HELD BACK", "PAUSED SINCE"]);
    for queue in queues {
        let state = if queue.paused_at.is_some() { "paused" } else { "active" };
        let ready = format!("{}{}", queue.ready, if queue.more { "+" } else { "" });
        let since = Cell::maybe(queue.paused_at.map(text::moment));
        table.row([
            Cell::text(queue.name),
            Cell::state(state),
            Cell::number(ready),
            Cell::number(queue.held_back),
            since,
        ]);
    }
    if table.is_empty() {
        client.screen.note("no queues yet: the first run makes one");
    }
    client.screen.answer(&answer, |screen| screen.table(&table))?;
    Ok(ExitCode::SUCCESS)
}

async fn change(client: &mut Client, queue: &str, verb: &str, said: &str) -> Done {
    let answer = client.api.send(&Call::post(&["queues", queue, verb])).await?;
    let line = format!("queue {} is {said}", text::clean(queue));
    client.screen.answer(&answer, |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}

/// Lists the workers.
pub async fn workers(client: &mut Client, WorkersCommand::List: WorkersCommand) -> Done {
    let answer = client.api.send(&Call::get(&["workers"])).await?;
    let workers: Vec<Worker> = client.api.read(answer.clone())?;
    let mut table = Table::new(&["WORKER", "LAST HEARD", "KINDS", "CAPABILITIES"]);
    for worker in workers {
        let seen = Cell::text(text::moment(worker.seen_at));
        let (kinds, able) = (worker.kinds.join(", "), worker.capabilities.join(", "));
        table.row([Cell::text(worker.name), seen, Cell::text(kinds), Cell::text(able)]);
    }
    if table.is_empty() {
        client.screen.note("no worker was heard lately");
    }
    client.screen.answer(&answer, |screen| screen.table(&table))?;
    Ok(ExitCode::SUCCESS)
}

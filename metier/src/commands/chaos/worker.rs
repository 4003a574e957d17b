//! A worker process that is made to be killed: it squares numbers, slowly, and says on standard output what it does.
//!
//! It speaks the worker protocol over plain HTTP, as workers in other languages do. It ends when its standard input
//! does, so that it never outlives who started it.

use std::{process::ExitCode, time::Duration};

use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::AsyncReadExt,
    time::{Instant, sleep},
};

use super::KIND;
use crate::client::{Api, Call, Client, ClientError, Done};

/// Tasks claimed at a time.
const BATCH: usize = 8;
/// How long a claim waits for a first task.
const LONG_POLL: Duration = Duration::from_secs(5);
/// How long a request that was turned away waits for another try.
const PAUSE: Duration = Duration::from_millis(100);

/// `metier chaos worker`.
#[derive(Debug, Args)]
pub struct Worker {
    /// Where its tasks wait.
    #[arg(long)]
    queue: String,
    /// How it is called.
    #[arg(long)]
    name: String,
    /// How long a task takes, in milliseconds.
    #[arg(long)]
    milliseconds: u64,
}

#[derive(Debug, Deserialize)]
struct Registered {
    heartbeat_ms: u64,
}

#[derive(Debug, Deserialize)]
struct Claimed {
    lease: String,
    tasks: Vec<Task>,
    results: Vec<Reported>,
}

#[derive(Debug, Deserialize)]
struct Task {
    id: i64,
    parameters: Parameters,
}

#[derive(Debug, Deserialize)]
struct Parameters {
    n: u64,
}

#[derive(Debug, Deserialize)]
struct Reported {
    task: i64,
    accepted: bool,
}

/// Works until standard input ends.
pub async fn run(client: &mut Client, asked: Worker) -> Done {
    let mut input = tokio::io::stdin();
    let mut nothing = [0; 1];
    tokio::select! {
        _ended = input.read(&mut nothing) => Ok(ExitCode::SUCCESS),
        done = work(client, &asked) => done,
    }
}

/// What is worked with.
struct Shift<'a> {
    client: &'a mut Client,
    asked: &'a Worker,
    heartbeat: Duration,
}

async fn work(client: &mut Client, asked: &Worker) -> Done {
    let mut shift = Shift { client, asked, heartbeat: Duration::ZERO };
    let schema = json!({ "type": "object", "properties": { "n": { "type": "integer" } }, "required": ["n"] });
    let kind =
        json!({ "name": KIND, "description": "the load of metier chaos verify", "parameter_schema": schema });
    let call = Call::post(&["worker", "register"]).json(json!({ "worker": asked.name, "kinds": [kind] }));
    let (registered, _) = shift.ask::<Registered>(&call).await?;
    shift.heartbeat = Duration::from_millis(registered.heartbeat_ms);
    shift.tell("ready")?;
    let mut outcomes = Vec::new();
    loop {
        outcomes = shift.once(std::mem::take(&mut outcomes)).await?;
    }
}

impl Shift<'_> {
    /// Reports, claims and works off one batch; its outcomes, which the next claim carries.
    async fn once(&mut self, outcomes: Vec<Value>) -> Result<Vec<Value>, ClientError> {
        let wish = json!({
            "worker": self.asked.name, "kinds": [{ "name": KIND }], "queues": [self.asked.queue], "max_tasks": BATCH,
            "wait_ms": u64::try_from(LONG_POLL.as_millis()).unwrap_or_default(), "completions": outcomes,
        });
        let (claimed, again) = self.ask::<Claimed>(&Call::post(&["worker", "claim"]).json(wish)).await?;
        for Reported { task, accepted } in &claimed.results {
            let word = match (accepted, again) {
                (true, _) => "accepted",
                // The first report may have been accepted, and its answer lost.
                (false, true) => "told-again",
                (false, false) => "late",
            };
            self.tell(&format!("{word} {task}"))?;
        }
        for task in &claimed.tasks {
            self.tell(&format!("claimed {}", task.id))?;
        }
        self.square(claimed).await
    }

    async fn square(&mut self, Claimed { lease, tasks, .. }: Claimed) -> Result<Vec<Value>, ClientError> {
        let mut heard = Instant::now();
        let mut outcomes = Vec::with_capacity(tasks.len());
        for Task { id, parameters: Parameters { n } } in tasks {
            self.tell(&format!("started {id}"))?;
            sleep(Duration::from_millis(self.asked.milliseconds)).await;
            let result = json!({ "n": n, "square": n * n });
            outcomes.push(json!({ "lease": lease, "task": id, "outcome": "succeeded", "result": result }));
            if heard.elapsed() >= self.heartbeat {
                let call = Call::post(&["worker", "heartbeat"]).json(json!({ "lease": lease }));
                self.ask::<Value>(&call).await?;
                heard = Instant::now();
            }
        }
        Ok(outcomes)
    }

    /// Asks until there is an answer, and says how often it was turned away. Whether it asked more than once.
    async fn ask<T: serde::de::DeserializeOwned>(&mut self, call: &Call) -> Result<(T, bool), ClientError> {
        let mut again = false;
        loop {
            match self.client.api.fetch(call).await {
                Ok(answer) => return Ok((answer, again)),
                Err(error) if is_passing(&error) => {
                    self.tell("turned-away")?;
                    again = true;
                    sleep(PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn tell(&mut self, line: &str) -> Result<(), ClientError> {
        self.client.screen.line(line)?;
        self.client.screen.flush()
    }
}

/// Whether it makes sense to ask again while things are being killed. Not after an internal error: none is expected,
/// whatever dies.
pub fn is_passing(error: &ClientError) -> bool {
    error.is_passing() || error.status() == Some(429)
}

/// Asks, however often that takes while things are being killed, and counts how often it was turned away.
pub async fn insist(api: &Api, call: &Call, turned_away: &mut usize) -> Result<Value, ClientError> {
    loop {
        match api.send(call).await {
            Err(error) if is_passing(&error) => {
                *turned_away += 1;
                sleep(PAUSE).await;
            }
            answer => return answer,
        }
    }
}

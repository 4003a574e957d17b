//! `metier sources sync`.

use std::process::ExitCode;

use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use super::{all, pass};
use crate::{
    client::{Call, Client, ClientError, Done, error::FAILED, screen::text},
    commands::runs::watch,
};

/// `metier sources sync`.
#[derive(Debug, Args)]
pub struct Sync {
    /// Their names.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    sources: Vec<String>,
    /// All of them.
    #[arg(long)]
    all: bool,
    /// Watch each until it ends; the exit code is 0 only if all succeeded.
    #[arg(long)]
    wait: bool,
}

/// The run that syncs.
#[derive(Debug, Deserialize)]
struct SyncRun {
    run: String,
    number: i64,
}

/// Starts the syncs, and waits for them if that is wanted.
pub async fn sync(client: &mut Client, asked: Sync) -> Done {
    let names = match asked.all {
        true => all(&client.api).await?.into_iter().map(|source| source.name).collect(),
        false => asked.sources,
    };
    if names.is_empty() {
        client.screen.note("no sources; `metier sources add NAME URL` registers one");
    }
    let mut started = Vec::new();
    for name in &names {
        started.push(client.api.send(&Call::post(&["sources", name, "sync"])).await?);
    }
    if asked.wait { wait_for(client, &names, started).await } else { tell_started(client, &names, &started) }
}

fn tell_started(client: &mut Client, names: &[String], started: &[Value]) -> Done {
    if client.screen.is_json() {
        client.screen.json(&started)?;
        return Ok(ExitCode::SUCCESS);
    }
    for (name, answer) in names.iter().zip(started) {
        let run: SyncRun = client.api.read(answer.clone())?;
        client.screen.line(&format!("run {} syncs {}", run.number, text::clean(name)))?;
    }
    client.screen.note("watch with `metier runs watch NUMBER`; what came of it: `metier sources show NAME`");
    Ok(ExitCode::SUCCESS)
}

/// They run at the same time; they are told in order. Programs get the runs as one array.
async fn wait_for(client: &mut Client, names: &[String], started: Vec<Value>) -> Done {
    let (mut ended, mut code) = (Vec::new(), ExitCode::SUCCESS);
    for (name, answer) in names.iter().zip(started) {
        let started: SyncRun = client.api.read(answer)?;
        let (run, answer) = watch::follow(client, started.run, watch::Output::None).await?;
        if !run.has_succeeded() {
            code = ExitCode::from(FAILED);
        }
        if !client.screen.is_json() {
            watch::tell_end(client, &run, &answer).await?;
            tell_pass(client, name).await?;
        }
        ended.push(answer);
    }
    if client.screen.is_json() {
        client.screen.json(&ended)?;
    }
    Ok(code)
}

/// What the sync that just ended brought.
async fn tell_pass(client: &mut Client, name: &str) -> Result<(), ClientError> {
    let Some(pass) = pass::latest(&client.api, name, 1).await?.into_iter().next() else { return Ok(()) };
    client.screen.line(&format!("{}: {pass}", text::clean(name)))
}

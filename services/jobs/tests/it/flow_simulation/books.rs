//! What can only be told of workflows when everything has ended.

use std::collections::BTreeSet;

use metier_core::Role;
use metier_jobs::{
    domain::{
        state::TaskState,
        workflow::document::{Timer, Work},
    },
    ops::upkeep,
};
use metier_testkit::{ensure, simulation::Held};
use sea_orm::FromQueryResult;
use serde_json::Value;

use super::{
    rows::{Rows, list, signals},
    world::{World, answer},
};
use crate::bed::user;

/// Holds the history, the results, and what is left, against what was to be.
pub async fn close(world: &mut World, rows: &Rows) -> Held {
    nothing_is_left(world).await?;
    one_outcome(world).await?;
    ends_are_told_once(world, rows).await?;
    timers_were_waited_for(world, rows).await?;
    steps_gave_what_they_should(world, rows).await?;
    let engine = world.engines[0].clone();
    let found = answer(upkeep::recount(&engine, &user(1, Role::Admin)).await)??;
    ensure!(found.is_empty(), "the engine's own recount finds {found:?}");
    Ok(())
}

#[derive(FromQueryResult)]
struct LeftRow {
    place: String,
    count: i64,
}

async fn nothing_is_left(world: &World) -> Held {
    let query = "SELECT 'ready' AS place, count(*) AS count FROM ready UNION ALL SELECT 'delayed', count(*) FROM delayed \
        UNION ALL SELECT 'leases', count(*) FROM leases UNION ALL SELECT 'workflow_due', count(*) FROM workflow_due \
        UNION ALL SELECT 'steps', count(*) FROM steps WHERE due_at IS NOT NULL";
    for LeftRow { place, count } in list(world, query).await? {
        ensure!(count == 0, "all has ended, and {count} rows are left in {place}");
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct EndRow {
    task: i64,
    epoch: i64,
    state: String,
}

async fn one_outcome(world: &mut World) -> Held {
    let ends: Vec<EndRow> = list(world, "SELECT task, epoch, state FROM attempts WHERE final = 1").await?;
    let mut seen = BTreeSet::new();
    let mut states = BTreeSet::new();
    for EndRow { task, epoch, state } in ends {
        ensure!(seen.insert((task, epoch)), "task {task} has two outcomes in epoch {epoch}");
        states.insert(format!("{state} in epoch {epoch}"));
    }
    world.tell(format!("recorded: {states:?}"));
    Ok(())
}

#[derive(FromQueryResult)]
struct EventRow {
    data: String,
}

/// One event for the end of each epoch.
async fn ends_are_told_once(world: &World, rows: &Rows) -> Held {
    let events: Vec<EventRow> = list(world, "SELECT data FROM outbox WHERE kind = 'run.ended'").await?;
    let mut told = BTreeSet::new();
    for EventRow { data } in events {
        let event: Value = serde_json::from_str(&data).map_err(|error| error.to_string())?;
        for run in event["runs"].as_array().into_iter().flatten() {
            let end = (run["number"].as_i64().unwrap_or(-1), run["epoch"].as_i64().unwrap_or(-1));
            ensure!(told.insert(end), "the end of run and epoch {end:?} is told twice");
        }
    }
    for run in rows.runs.values() {
        for epoch in 1..=run.epoch {
            ensure!(told.contains(&(run.number, epoch)), "the end of run {} is not told", run.number);
        }
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct WaitRow {
    claimed_at: i64,
    ended_at: i64,
}

async fn timers_were_waited_for(world: &World, rows: &Rows) -> Held {
    for run in rows.workflows() {
        for (step, row) in rows.documents[&run.number].steps.iter().zip(rows.steps_of(run.number)) {
            let Work::Timer(Timer::For(time)) = &step.work else { continue };
            if row.task_state() != TaskState::Succeeded {
                continue;
            }
            let query = format!(
                "SELECT claimed_at, ended_at FROM attempts WHERE task = {} AND attempt = {}",
                row.task, row.attempt
            );
            let waits: Vec<WaitRow> = list(world, &query).await?;
            let is_long = |wait: &WaitRow| (wait.ended_at - wait.claimed_at) as u128 >= time.as_micros();
            ensure!(waits.len() == 1 && waits.iter().all(is_long), "timer {} was too short", row.name);
        }
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct ResultRow {
    value: Option<String>,
}

async fn steps_gave_what_they_should(world: &World, rows: &Rows) -> Held {
    for run in rows.workflows() {
        let job = job_name(world, run.job).await?;
        for (step, row) in rows.documents[&run.number].steps.iter().zip(rows.steps_of(run.number)) {
            if row.task_state() != TaskState::Succeeded {
                continue;
            }
            let expected = match &step.work {
                Work::Signal { .. } => signals(world, run.number).await?.pop().map(|sent| sent.payload),
                _ => world.gives.get(&job).and_then(|gives| gives.get(&row.name)).map(Value::to_string),
            };
            let Some(expected) = expected else { continue };
            let query =
                format!("SELECT value FROM results WHERE task = {} AND attempt = {}", row.task, row.attempt);
            let found: Vec<ResultRow> = list(world, &query).await?;
            let found: Vec<Value> =
                found.iter().filter_map(|row| serde_json::from_str(row.value.as_deref()?).ok()).collect();
            let expected: Value = serde_json::from_str(&expected).map_err(|error| error.to_string())?;
            ensure!(
                found == [expected.clone()],
                "step {} of run {} gave {found:?}, not {expected}",
                row.name,
                run.number
            );
        }
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct NameRow {
    name: String,
}

async fn job_name(world: &World, job: Option<uuid::Uuid>) -> Held<String> {
    let job = job.unwrap_or_default().simple().to_string();
    let names: Vec<NameRow> =
        list(world, &format!("SELECT name FROM jobs WHERE lower(hex(id)) = '{job}'")).await?;
    names.into_iter().map(|row| row.name).next().ok_or_else(|| "a workflow has no job".to_owned())
}

//! The tables held against the model: after each step that the engine had a part in, and once more when all is done.

use std::collections::{BTreeMap, BTreeSet};

use metier_core::PageRequest;
use metier_db::{DbError, sql};
use metier_jobs::{
    domain::{
        rank,
        state::{RunState, TaskState},
    },
    ops::upkeep,
    store::ready::QueuedTask,
};
use metier_testkit::{ensure, simulation::Held};
use sea_orm::FromQueryResult;
use serde_json::Value;
use uuid::Uuid;

use super::{
    limits::Key,
    model::{Attempt, Model, Place},
    world::World,
};

/// One place for each task, the same times, the same counts, the same history.
pub async fn tables(world: &mut World) -> Held {
    queued(world).await?;
    leases(world).await?;
    runs(world).await?;
    limits(world).await?;
    history(world).await
}

#[derive(FromQueryResult)]
struct LimitRow {
    key: String,
    in_use: i64,
    next_token_at: i64,
}

/// A key's room is taken by what runs, and its tokens by what began; by nothing else.
async fn limits(world: &World) -> Held {
    let rows: Vec<LimitRow> = list(world, "SELECT key, in_use, next_token_at FROM limits").await?;
    for key in Key::ALL {
        let row = rows.iter().find(|row| row.key == key.name());
        let (found, expected) = (row.map_or(0, |row| row.in_use), world.model.in_use(key));
        ensure!(found == expected, "{found} tasks of key {} take room, not {expected}", key.name());
        let most = key.limit().concurrency.unwrap_or(i64::MAX);
        ensure!(expected <= most, "{expected} tasks of key {} run at a time", key.name());
        if let Some(row) = row {
            world.model.buckets.check(key, row.next_token_at, world.now())?;
        }
    }
    Ok(())
}

async fn list<T: FromQueryResult>(world: &World, query: &str) -> Held<Vec<T>> {
    sql::list(world.tools.database.reader(), query, vec![]).await.map_err(|error| format!("{query}: {error}"))
}

/// Runs a statement beside the engine.
pub async fn execute(world: &World, statement: &'static str) -> Held {
    let write = world.tools.database.write(move |tx| {
        Box::pin(async move { Ok::<_, DbError>(sql::execute(tx, statement, vec![]).await?) })
    });
    write.await.map(drop).map_err(|error| error.to_string())
}

#[derive(FromQueryResult)]
struct QueuedRow {
    task: i64,
    run: i64,
    attempt: i64,
    attempts_left: i64,
    rank: i64,
    run_at: Option<i64>,
}

/// What is ready and what is delayed; from here on the model knows the exact moments of the delayed.
async fn queued(world: &mut World) -> Held {
    let query = "SELECT task, run, attempt, attempts_left, rank, NULL AS run_at FROM ready \
        UNION ALL SELECT task, run, attempt, attempts_left, rank, run_at FROM delayed";
    let rows: Vec<QueuedRow> = list(world, query).await?;
    let waiting = |place: &Place| matches!(place, Place::Ready | Place::Delayed(..));
    let expected = world.model.tasks.values().filter(|task| waiting(&task.place)).count();
    ensure!(rows.len() == expected, "{} tasks are in line, not {expected}", rows.len());
    for row in rows {
        let Some(task) = world.model.tasks.get_mut(&row.task) else {
            return Err(format!("nobody knows task {}", row.task));
        };
        let same = (row.run, row.attempt, row.attempts_left) == (task.run, task.attempt, task.left);
        ensure!(same, "task {} is in line as another than {task:?}", row.task);
        let priority = world.model.runs.get(&row.run).map(|run| run.wanted.priority);
        ensure!(
            Some(rank::priority(row.rank)) == priority,
            "task {} has another priority than its run",
            row.task
        );
        let place = *task.rank.get_or_insert(row.rank);
        ensure!(place == row.rank, "task {} changes its place in line", row.task);
        let at = row.run_at.map(metier_core::Timestamp::from_micros);
        match (task.place, at) {
            (Place::Ready, None) => {}
            (Place::Delayed(from, until), Some(at)) if from <= at && at <= until => {
                task.place = Place::Delayed(at, at);
            }
            (place, at) => return Err(format!("task {} waits until {at:?}, not {place:?}", row.task)),
        }
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct LeaseRow {
    token: Uuid,
    expires_at: i64,
    reported_at: i64,
    tasks: String,
}

async fn leases(world: &World) -> Held {
    let rows: Vec<LeaseRow> = list(world, "SELECT token, expires_at, reported_at, tasks FROM leases").await?;
    let leases = &world.model.leases;
    ensure!(rows.len() == leases.len(), "there are {} leases, not {}", rows.len(), leases.len());
    for row in rows {
        let Some(lease) = leases.get(&row.token) else {
            return Err(format!("nobody knows lease {}", row.token));
        };
        let found = (row.expires_at, row.reported_at);
        let expected = (lease.expires_at.micros(), lease.reported_at.micros());
        ensure!(found == expected, "lease {}: expires and reported {found:?}, not {expected:?}", row.token);
        let tasks: Vec<QueuedTask> = serde_json::from_str(&row.tasks).map_err(|error| error.to_string())?;
        let ids: BTreeSet<i64> = tasks.iter().map(|task| task.task).collect();
        ensure!(
            ids == lease.tasks && ids.len() == tasks.len(),
            "lease {} holds {ids:?}, not {lease:?}",
            row.token
        );
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct RunRow {
    number: i64,
    state: String,
    epoch: i64,
    counts: String,
}

async fn runs(world: &World) -> Held {
    let query = "SELECT number, state, epoch, json_array(waiting, ready, running, succeeded, failed, timed_out, \
        cancelled, skipped) AS counts FROM runs";
    let rows: Vec<RunRow> = list(world, query).await?;
    let model = &world.model;
    ensure!(rows.len() == model.runs.len(), "there are {} runs, not {}", rows.len(), model.runs.len());
    for row in rows {
        let Some(run) = model.runs.get(&row.number) else {
            return Err(format!("nobody knows run {}", row.number));
        };
        let counts = model.counts(row.number);
        let counts = format!("{:?}", TaskState::ALL.map(|state| counts.of(state))).replace(' ', "");
        let expected = (run.state.name(), run.epoch, counts.as_str());
        let found = (row.state.as_str(), row.epoch, row.counts.as_str());
        ensure!(found == expected, "run {} is {found:?}, not {expected:?}", row.number);
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct AttemptRow {
    task: i64,
    attempt: i64,
    epoch: i64,
    state: String,
    is_final: i64,
}

/// History says what was, all of it and nothing else.
async fn history(world: &World) -> Held {
    let query = "SELECT task, attempt, epoch, state, final AS is_final FROM attempts";
    let rows: Vec<AttemptRow> = list(world, query).await?;
    let attempt = |AttemptRow { task, attempt, epoch, state, is_final }: AttemptRow| Attempt {
        is_final: is_final == 1,
        task,
        attempt,
        epoch,
        state,
    };
    let found: BTreeSet<Attempt> = rows.into_iter().map(attempt).collect();
    let differs: Vec<_> = found.symmetric_difference(&world.model.attempts).collect();
    ensure!(differs.is_empty(), "history differs in {differs:?}");
    Ok(())
}

/// What can only be told at the end.
pub async fn books(world: &mut World) -> Held {
    one_outcome(&world.model)?;
    ends_are_told_once(world).await?;
    results(world).await?;
    runs_are_counted(world).await?;
    let found =
        upkeep::recount(&world.engines[0], &world.maria()).await.map_err(|error| error.to_string())?;
    ensure!(found.is_empty(), "the engine's own recount finds {found:?}");
    Ok(())
}

fn one_outcome(model: &Model) -> Held {
    let mut finals = BTreeSet::new();
    for attempt in model.attempts.iter().filter(|attempt| attempt.is_final) {
        let first = finals.insert((attempt.task, attempt.epoch));
        ensure!(first, "task {} has two outcomes in epoch {}", attempt.task, attempt.epoch);
    }
    let lost: Vec<_> = model.tasks.keys().filter(|task| !finals.iter().any(|(of, _)| of == *task)).collect();
    ensure!(lost.is_empty(), "the tasks {lost:?} have no outcome");
    Ok(())
}

#[derive(FromQueryResult)]
struct EventRow {
    data: String,
}

/// One event for the end of each epoch.
async fn ends_are_told_once(world: &World) -> Held {
    let rows: Vec<EventRow> = list(world, "SELECT data FROM outbox WHERE kind = 'run.ended'").await?;
    let mut told = BTreeSet::new();
    for EventRow { data } in rows {
        let event: Value = serde_json::from_str(&data).map_err(|error| error.to_string())?;
        for run in event["runs"].as_array().into_iter().flatten() {
            let end = (run["number"].as_i64().unwrap_or(-1), run["epoch"].as_i64().unwrap_or(-1));
            ensure!(told.insert(end), "the end of run and epoch {end:?} is told twice");
        }
    }
    let ended = &world.model.ended;
    ensure!(&told == ended, "the ends {told:?} are told, not {ended:?}");
    Ok(())
}

#[derive(FromQueryResult)]
struct ResultRow {
    task: i64,
    attempt: i64,
    value: Option<String>,
    blob: Option<String>,
}

/// Every accepted result is there as it was reported, and no refused one left anything.
async fn results(world: &World) -> Held {
    let rows: Vec<ResultRow> = list(world, "SELECT task, attempt, value, blob FROM results").await?;
    let (mut found, mut named) = (BTreeMap::new(), BTreeSet::new());
    for row in rows {
        let text = match (row.value, row.blob) {
            (Some(text), _) => text,
            (None, blob) => {
                let key = blob.unwrap_or_default();
                let bytes =
                    world.tools.blobs.get_bytes(&key, 1_000_000).await.map_err(|error| error.to_string())?;
                named.insert(key);
                String::from_utf8(bytes.to_vec()).map_err(|error| error.to_string())?
            }
        };
        found.insert((row.task, row.attempt), text);
    }
    ensure!(found == world.model.results, "results differ from what was accepted");
    let page = PageRequest { limit: PageRequest::MAX, after: None };
    let stored = world.tools.blobs.list("results/", &page).await.map_err(|fault| fault.to_string())?;
    let stored: BTreeSet<String> = stored.items.into_iter().map(|entry| entry.key).collect();
    ensure!(stored == named, "{stored:?} lie in the blob store, and {named:?} are named");
    Ok(())
}

#[derive(FromQueryResult)]
struct CountRow {
    state: String,
    count: i64,
}

/// The counts of runs by state are those of the runs.
async fn runs_are_counted(world: &World) -> Held {
    let rows: Vec<CountRow> =
        list(world, "SELECT state, sum(count) AS count FROM run_counts GROUP BY state").await?;
    for state in RunState::ALL {
        let expected = world.model.runs.values().filter(|run| run.state == state).count();
        let found = rows.iter().find(|row| row.state == state.name()).map_or(0, |row| row.count);
        ensure!(
            usize::try_from(found) == Ok(expected),
            "{found} runs are counted as {state}, not {expected}"
        );
    }
    Ok(())
}

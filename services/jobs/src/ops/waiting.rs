//! Gathers what a run that waits is waiting for.

use metier_core::{Timestamp, WorkspaceId};

use super::{engine::Engine, runs::PRESENT, workflows};
use crate::{
    domain::{
        explain::{Facts, KeyFacts, Waits, explain},
        kind::WORKFLOW,
        state::RunState,
    },
    error::Error,
    store::{self, limits::LimitRow, runs::RunRow, waiting},
};

/// How far the tasks ahead of a run are counted.
const AHEAD_LIMIT: i64 = 10_000;
/// Runs that are named as those that use up a limit.
const NAMED: usize = 3;

/// Why an open run waits; `None` when it does not.
///
/// # Errors
/// A database failure.
pub async fn why(engine: &Engine, row: &RunRow, state: RunState) -> Result<Option<Waits>, Error> {
    if state.has_ended() {
        return Ok(None);
    }
    if row.kind_name == WORKFLOW {
        let sentence = workflows::view::explain(engine, row).await?;
        return Ok(sentence.map(|sentence| Waits::new("dependency", sentence)));
    }
    if state == RunState::Running && row.running > 0 {
        return Ok(None);
    }
    let now = engine.tools.clock.now();
    Ok(explain(state, &row.counts(), &facts(engine, row, now).await?, now))
}

/// Asks no more than it has to: every submission is answered with this.
async fn facts(engine: &Engine, row: &RunRow, now: Timestamp) -> Result<Facts, Error> {
    let (paused_at, run_at) =
        (row.paused_at.map(Timestamp::from_micros), row.run_at.map(Timestamp::from_micros));
    let known = Facts {
        queue: row.queue.clone(),
        kind: row.kind_name.clone(),
        requires: serde_json::from_str(&row.requires).unwrap_or_default(),
        paused_at,
        run_at,
        ..Facts::default()
    };
    if paused_at.is_some() || run_at.is_some_and(|at| at > now) {
        return Ok(known);
    }
    let reader = engine.database().reader();
    let ahead = waiting::ahead(reader, row, AHEAD_LIMIT).await?;
    Ok(Facts {
        workers: store::workers::count_for(reader, row, now.minus(PRESENT)).await?,
        ahead,
        others: waiting::other_owners(reader, row).await?,
        per_second: if ahead > 0 { per_second(engine, row).await? } else { 0.0 },
        key: key(engine, row, now).await?,
        ..known
    })
}

async fn per_second(engine: &Engine, row: &RunRow) -> Result<f64, Error> {
    let reader = engine.database().reader();
    let now = store::now(reader, &engine.tools.clock).await?;
    Ok(waiting::per_second(reader, row, now).await?)
}

/// Limits go by the database's clock; their moments are told in ours.
async fn key(engine: &Engine, row: &RunRow, now: Timestamp) -> Result<Option<KeyFacts>, Error> {
    let Some(key) = &row.limited_by else { return Ok(None) };
    let reader = engine.database().reader();
    let Some(limit) = store::limits::find(reader, WorkspaceId::from_uuid(row.workspace), key).await? else {
        return Ok(None);
    };
    let holders = match limit.concurrency.is_some_and(|most| limit.in_use >= most) {
        true => waiting::holders(reader, limit.id).await?,
        false => Vec::new(),
    };
    // Whose runs they are is told to nobody else.
    let own = holders.iter().filter(|holder| holder.owner == row.owner);
    let runs = own.map(|holder| holder.run).take(NAMED).collect();
    let since = holders.first().map(|holder| Timestamp::from_micros(holder.since));
    let database_now = store::now(reader, &engine.tools.clock).await?;
    let next = now.plus(Timestamp::from_micros(limit.next_token_at).since(database_now));
    Ok(Some(told(limit, (since, next), runs)))
}

fn told(limit: LimitRow, (since, next): (Option<Timestamp>, Timestamp), runs: Vec<i64>) -> KeyFacts {
    let rate = limit.limit().rate.map(|rate| (rate, next));
    let LimitRow { key, concurrency, in_use, .. } = limit;
    KeyFacts { key, concurrency, in_use, since, runs, rate }
}

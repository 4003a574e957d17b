//! Group commit of submissions: callers that wait together share one transaction and one statement per table.
//!
//! It takes whatever queued while the last commit was flushing and never waits to fill a batch.

use std::collections::HashMap;

use metier_contract_jobs::event::RUN_SUBMITTED;
use metier_core::{Fault, FaultKind, RunId, UserId, WorkspaceId};
use metier_db::{Column, DbError, Rows, Tx, sql};
use sea_orm::{DbErr, FromQueryResult};
use serde::Serialize;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::{engine::Tools, figures};
use crate::{
    error::Error,
    store::enqueue::{self, NewRun, Written},
};

/// Submissions that may wait; more wait to enter.
const QUEUE: usize = 4_096;
/// Most submissions in one transaction.
const MAX_RUNS: usize = 1_000;
/// A transaction takes no further submission once it has this many tasks.
const MAX_TASKS: usize = 20_000;

/// An idempotency key as the engine keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RunKey {
    /// Where.
    pub workspace: WorkspaceId,
    /// Whose key.
    pub actor: String,
    /// The key.
    pub key: String,
    /// Hash of what was asked.
    pub fingerprint: String,
}

/// A submission that was checked and waits to be written.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The run.
    pub run: NewRun,
    /// Its idempotency key.
    pub key: Option<RunKey>,
}

/// What became of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The run's number.
    pub number: i64,
    /// Whether an earlier submission with the same key made it.
    pub replayed: bool,
}

type Answer = oneshot::Sender<Result<Accepted, Fault>>;

/// Handle to the group committer.
#[derive(Clone)]
pub struct Submissions(mpsc::Sender<(Checked, Answer)>);

impl Submissions {
    /// Starts the committer.
    pub fn start(tools: Tools) -> Self {
        let (send, receive) = mpsc::channel(QUEUE);
        tokio::spawn(commit_all(tools, receive));
        Self(send)
    }

    /// Writes a submission; answers when it is durable.
    ///
    /// # Errors
    /// `idempotency_key_reused`, or a database failure.
    pub async fn submit(&self, checked: Checked) -> Result<Accepted, Error> {
        let (answer, answered) = oneshot::channel();
        self.0.send((checked, answer)).await.map_err(|_| Error::Stopping)?;
        Ok(answered.await.map_err(|_| Error::Stopping)??)
    }
}

async fn commit_all(tools: Tools, mut queue: mpsc::Receiver<(Checked, Answer)>) {
    let mut waiting = Vec::new();
    while queue.recv_many(&mut waiting, MAX_RUNS).await > 0 {
        while !waiting.is_empty() {
            let rest = waiting.split_off(batch_length(&waiting));
            commit_batch(&tools, std::mem::replace(&mut waiting, rest)).await;
        }
    }
}

fn batch_length(waiting: &[(Checked, Answer)]) -> usize {
    let mut tasks = 0;
    let fits = waiting.iter().take_while(|(checked, _)| {
        let fits = tasks < MAX_TASKS;
        tasks += checked.run.items.len();
        fits
    });
    fits.count()
}

/// Commits a batch; when it fails as a whole, each alone, so that one submission's failure harms no other.
async fn commit_batch(tools: &Tools, batch: Vec<(Checked, Answer)>) {
    let (checked, answers): (Vec<Checked>, Vec<Answer>) = batch.into_iter().unzip();
    match write(tools, checked.clone()).await {
        Ok(outcomes) => {
            answers.into_iter().zip(outcomes).for_each(|(answer, outcome)| drop(answer.send(outcome)))
        }
        Err(error) => {
            tracing::warn!(%error, count = checked.len(), "a batch of submissions failed; writing each alone");
            for (one, answer) in checked.into_iter().zip(answers) {
                let _ = answer.send(write_alone(tools, one).await);
            }
        }
    }
}

async fn write_alone(tools: &Tools, checked: Checked) -> Result<Accepted, Fault> {
    let mut outcomes = write(tools, vec![checked]).await.map_err(Fault::from)?;
    outcomes.pop().unwrap_or_else(|| Err(Fault::internal("a submission without an outcome")))
}

async fn write(tools: &Tools, batch: Vec<Checked>) -> Result<Vec<Result<Accepted, Fault>>, DbError> {
    let tools = tools.clone();
    let database = tools.database.clone();
    let written =
        database.write(move |tx| Box::pin(async move { Ok::<_, DbError>(insert(tx, &tools, batch).await?) }));
    let outcomes = written.await?;
    let fresh = outcomes.iter().flatten().filter(|accepted| !accepted.replayed).count();
    figures::submitted(outcomes.len(), fresh);
    Ok(outcomes)
}

async fn insert(tx: &Tx, tools: &Tools, batch: Vec<Checked>) -> Result<Vec<Result<Accepted, Fault>>, DbErr> {
    let known = find_keys(tx, &batch).await?;
    let mut planned: HashMap<RunKey, usize> = HashMap::new();
    let mut fresh = Vec::new();
    let plans: Vec<Plan> =
        batch.into_iter().map(|checked| plan(checked, &known, &mut planned, &mut fresh)).collect();
    let runs: Vec<NewRun> = fresh.iter().map(|checked: &Checked| checked.run.clone()).collect();
    let Written { numbers, ended } = enqueue::insert(tx, &runs, tools.clock.now()).await?;
    remember_keys(tx, &fresh, &numbers, tools).await?;
    announce(tx, tools, &runs, &numbers).await?;
    tools.announce_ended(tx, &ended).await?;
    let settle = |plan| match plan {
        Plan::Insert(place) => Ok(Accepted { number: numbers[place], replayed: false }),
        Plan::Repeat(place) => Ok(Accepted { number: numbers[place], replayed: true }),
        Plan::Known(number) => Ok(Accepted { number, replayed: true }),
        Plan::Refuse => Err(reused()),
    };
    Ok(plans.into_iter().map(settle).collect())
}

enum Plan {
    /// Write it, at this place.
    Insert(usize),
    /// The same key came earlier in this batch.
    Repeat(usize),
    /// The same key came in an earlier transaction.
    Known(i64),
    /// The key was used for something else.
    Refuse,
}

fn plan(
    checked: Checked,
    known: &HashMap<(WorkspaceId, String, String), (String, i64)>,
    planned: &mut HashMap<RunKey, usize>,
    fresh: &mut Vec<Checked>,
) -> Plan {
    if let Some(key) = &checked.key {
        let identity = (key.workspace, key.actor.clone(), key.key.clone());
        if let Some((fingerprint, number)) = known.get(&identity) {
            return if *fingerprint == key.fingerprint { Plan::Known(*number) } else { Plan::Refuse };
        }
        if let Some(place) = planned.get(key) {
            return Plan::Repeat(*place);
        }
        let same_key = |other: &&RunKey| {
            (other.workspace, &other.actor, &other.key) == (key.workspace, &key.actor, &key.key)
        };
        if planned.keys().find(same_key).is_some() {
            return Plan::Refuse;
        }
        planned.insert(key.clone(), fresh.len());
    }
    fresh.push(checked);
    Plan::Insert(fresh.len() - 1)
}

fn reused() -> Fault {
    Fault::new(
        FaultKind::Conflict,
        "idempotency_key_reused",
        "this idempotency key was used with another request; use a new key for a new request",
    )
}

#[derive(FromQueryResult)]
struct KeyRow {
    workspace: Uuid,
    actor: String,
    key: String,
    fingerprint: String,
    run: i64,
}

async fn find_keys(
    tx: &Tx,
    batch: &[Checked],
) -> Result<HashMap<(WorkspaceId, String, String), (String, i64)>, DbErr> {
    let keys: Vec<&RunKey> = batch.iter().filter_map(|checked| checked.key.as_ref()).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let (source, values) = key_rows(&keys).source(tx.backend(), 1);
    let query = format!(
        "SELECT workspace, actor, key, fingerprint, run FROM run_keys \
         WHERE (workspace, actor, key) IN (SELECT w, a, k FROM {source})"
    );
    let rows = sql::list::<KeyRow>(tx, &query, values).await?;
    let entry = |row: KeyRow| {
        ((WorkspaceId::from_uuid(row.workspace), row.actor, row.key), (row.fingerprint, row.run))
    };
    Ok(rows.into_iter().map(entry).collect())
}

fn key_rows(keys: &[&RunKey]) -> Rows {
    let texts =
        |value: fn(&RunKey) -> &String| Column::Text(keys.iter().map(|key| value(key).clone()).collect());
    Rows::new()
        .with("w", Column::Uuid(keys.iter().map(|key| key.workspace.uuid()).collect()))
        .with("a", texts(|key| &key.actor))
        .with("k", texts(|key| &key.key))
        .with("f", texts(|key| &key.fingerprint))
}

async fn remember_keys(tx: &Tx, fresh: &[Checked], numbers: &[i64], tools: &Tools) -> Result<(), DbErr> {
    let keyed: Vec<(&RunKey, i64)> = fresh
        .iter()
        .zip(numbers)
        .filter_map(|(checked, number)| Some((checked.key.as_ref()?, *number)))
        .collect();
    if keyed.is_empty() {
        return Ok(());
    }
    let keys: Vec<&RunKey> = keyed.iter().map(|(key, _)| *key).collect();
    let numbers = Column::Int(keyed.iter().map(|(_, number)| *number).collect());
    let (source, mut values) = key_rows(&keys).with("r", numbers).source(tx.backend(), 1);
    values.push(tools.clock.now().micros().into());
    let statement = format!(
        "INSERT INTO run_keys (workspace, actor, key, fingerprint, run, created_at) SELECT w, a, k, f, r, ${} FROM {source}",
        values.len()
    );
    sql::execute(tx, &statement, values).await.map(drop)
}

#[derive(Serialize)]
struct SubmittedRun<'a> {
    id: RunId,
    number: i64,
    workspace: WorkspaceId,
    owner: Option<UserId>,
    actor: &'a str,
    correlation: &'a str,
    size: usize,
}

/// One event for the whole batch; it is the audit record of each submission in it.
pub(super) async fn announce(tx: &Tx, tools: &Tools, runs: &[NewRun], numbers: &[i64]) -> Result<(), DbErr> {
    let Some(first) = runs.first() else { return Ok(()) };
    let told: Vec<_> = runs
        .iter()
        .zip(numbers)
        .map(|(run, number)| SubmittedRun {
            id: run.id,
            number: *number,
            workspace: run.workspace,
            owner: run.owner,
            actor: &run.actor,
            correlation: &run.correlation,
            size: run.items.len(),
        })
        .collect();
    tools.announce(tx, &tools.ctx(), RUN_SUBMITTED, (first.id, json!(told))).await
}

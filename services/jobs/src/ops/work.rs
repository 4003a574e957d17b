//! What workers do: register kinds, claim, report, stay alive.

use std::time::Duration;

use metier_auth::{Claims, Subject};
use metier_contract_jobs::TASKS_CLAIM;
use metier_core::{Actor, Ctx, Fault, FaultKind, Grants, Timestamp, Violation};
use metier_db::DbError;
use uuid::Uuid;

use super::{engine::Engine, results};
use crate::{
    domain::{
        kind::{Kind, KindName},
        outcome::{Failure, Outcome},
    },
    error::Error,
    store::{
        self, CANCELLING,
        batch::{self, BatchDone, Claim, ClaimedTask, Completion},
        leases::Lease,
        output::{NewOutput, NewProgress},
        ready::{self, Scope},
        ready_signal,
    },
};

/// Most tasks in one claim.
pub const MAX_CLAIM: i64 = 1_000;
/// Longest wait for a first task.
pub const MAX_WAIT: Duration = Duration::from_secs(60);
/// Tries of a transaction that the database asked to repeat (a deadlock or serialization failure).
const TRIES: u32 = 3;
/// A run's token lives as long as an attempt may, and this much longer.
const TOKEN_GRACE: Duration = Duration::from_secs(60);

/// A worker's wish.
#[derive(Clone, Debug)]
pub struct ClaimWish {
    /// Unique per running worker.
    pub worker: String,
    /// The kinds it handles.
    pub kinds: Vec<KindName>,
    /// The queues it takes from; empty for all.
    pub queues: Vec<String>,
    /// Most tasks.
    pub limit: i64,
    /// Longest wait for a first one.
    pub wait: Duration,
}

/// An outcome as a worker reports it.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The lease's token.
    pub lease: Uuid,
    /// The task.
    pub task: i64,
    /// What happened.
    pub outcome: Outcome,
}

/// What a claim gave.
#[derive(Debug, Default)]
pub struct Claimed {
    /// The lease; `None` when there was nothing.
    pub lease: Option<Uuid>,
    /// The tasks, each with its run's token.
    pub tasks: Vec<(ClaimedTask, String)>,
    /// Per reported outcome, in order: whether it was accepted.
    pub accepted: Vec<bool>,
}

/// Declares the kinds a worker handles.
///
/// # Errors
/// `permission_denied`, `invalid_schema`, `invalid_parameters`.
pub async fn register(engine: &Engine, ctx: &Ctx, worker: &str, kinds: Vec<Kind>) -> Result<(), Error> {
    check_worker(worker)?;
    for kind in &kinds {
        may_claim(ctx, &kind.name.name)?;
        check_kind(kind)?;
    }
    let known = engine.reload_catalogue().await?;
    let changed: Vec<Kind> = kinds
        .iter()
        .filter(|kind| {
            known.get(&kind.name.name, Some(kind.name.version)).map_or(true, |old| differs(old, kind))
        })
        .cloned()
        .collect();
    if !changed.is_empty() {
        let now = engine.tools.clock.now();
        let write = engine.database().write(move |tx| {
            Box::pin(async move {
                for kind in &changed {
                    store::kinds::register(tx, kind, now).await?;
                }
                Ok::<_, DbError>(())
            })
        });
        write.await?;
        engine.reload_catalogue().await?;
    }
    let names: Vec<KindName> = kinds.into_iter().map(|kind| kind.name).collect();
    note_worker(engine, worker, &kind_ids(engine, &names).await?).await
}

fn differs(old: &Kind, new: &Kind) -> bool {
    let facts = |kind: &Kind| (kind.timeout, kind.max_attempts, kind.backoff, kind.grants.clone());
    facts(old) != facts(new)
        || old.description != new.description
        || old.parameter_schema != new.parameter_schema
}

fn check_kind(kind: &Kind) -> Result<(), Fault> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    let name = &kind.name.name;
    let mut violations = Vec::new();
    if name.is_empty() || name.len() > 100 || !name.bytes().all(plain) {
        violations
            .push(Violation { field: "/name".into(), message: "must be 1 to 100 of a-z 0-9 - _ .".into() });
    }
    if kind.name.version < 1 {
        violations.push(Violation { field: "/version".into(), message: "must be at least 1".into() });
    }
    if violations.is_empty() { Ok(()) } else { Err(Fault::violations(violations)) }
}

fn check_worker(worker: &str) -> Result<(), Fault> {
    if worker.is_empty() || worker.len() > 200 || worker.contains(char::is_control) {
        return Err(Fault::invalid("/worker", "must be 1 to 200 printable characters"));
    }
    Ok(())
}

fn may_claim(ctx: &Ctx, kind: &str) -> Result<(), Fault> {
    if ctx.grants.allow_on(&format!("tasks.{kind}"), "claim") {
        return Ok(());
    }
    ctx.require(TASKS_CLAIM)
}

/// Applies outcomes and claims tasks, waiting for a first one if asked to.
///
/// # Errors
/// `permission_denied`, `unknown_kind`, or a database failure; outcomes were then not applied.
pub async fn claim(
    engine: &Engine,
    ctx: &Ctx,
    wish: ClaimWish,
    reported: Vec<Reported>,
) -> Result<Claimed, Error> {
    check_worker(&wish.worker)?;
    for kind in &wish.kinds {
        may_claim(ctx, &kind.name)?;
    }
    let scope = Scope { kinds: kind_ids(engine, &wish.kinds).await?, queues: wish.queues.clone() };
    note_worker(engine, &wish.worker, &scope.kinds).await?;
    let mut ready =
        engine.database().signals().subscribe_any(scope.kinds.iter().map(|kind| ready_signal(*kind)));
    let completions = completions(engine, reported).await?;
    let mut accepted = Vec::new();
    let deadline = engine.tools.clock.now().plus(wish.wait.min(MAX_WAIT));
    if !completions.is_empty() {
        let done = run_batch(engine, completions, Some(new_claim(engine, &wish, &scope))).await?;
        if !done.claimed.is_empty() {
            return hand_out(engine, done);
        }
        accepted = done.accepted;
    }
    loop {
        if !ready::heads(engine.database().reader(), &scope).await?.is_empty() {
            let done = run_batch(engine, Vec::new(), Some(new_claim(engine, &wish, &scope))).await?;
            if !done.claimed.is_empty() {
                return Ok(Claimed { accepted, ..hand_out(engine, done)? });
            }
        }
        let left = deadline.since(engine.tools.clock.now());
        if left.is_zero() || engine.tools.stop.is_cancelled() || !accepted.is_empty() {
            return Ok(Claimed { accepted, ..Claimed::default() });
        }
        tokio::select! {
            () = ready.wait() => {}
            () = tokio::time::sleep(left) => {}
            () = engine.tools.stop.cancelled() => {}
        }
    }
}

/// Applies outcomes.
///
/// # Errors
/// `permission_denied`, or a database failure; outcomes were then not applied.
pub async fn complete(engine: &Engine, ctx: &Ctx, reported: Vec<Reported>) -> Result<Vec<bool>, Error> {
    may_report(ctx)?;
    let completions = completions(engine, reported).await?;
    Ok(run_batch(engine, completions, None).await?.accepted)
}

/// The token of the lease is what proves the right to report; nobody anonymous gets as far as trying.
fn may_report(ctx: &Ctx) -> Result<(), Fault> {
    match ctx.actor {
        Actor::Anonymous => ctx.require(TASKS_CLAIM),
        _ => Ok(()),
    }
}

fn new_claim(engine: &Engine, wish: &ClaimWish, scope: &Scope) -> Claim {
    Claim {
        worker: wish.worker.clone(),
        scope: scope.clone(),
        limit: wish.limit.clamp(1, MAX_CLAIM),
        token: Uuid::from_bytes(engine.tools.random.bytes()),
        lease: engine.config.lease(),
        turn: engine.next_turn(),
    }
}

async fn completions(engine: &Engine, reported: Vec<Reported>) -> Result<Vec<Completion>, Error> {
    let mut completions = Vec::with_capacity(reported.len());
    for Reported { lease, task, outcome } in reported {
        let (outcome, result) = match outcome {
            Outcome::Succeeded(text) if text.len() > results::MAX_BYTES => (too_large(text.len()), None),
            Outcome::Succeeded(text) => {
                let stored = results::store(&engine.tools.blobs, lease, task, text).await?;
                (Outcome::Succeeded(String::new()), Some(stored))
            }
            outcome => (outcome, None),
        };
        completions.push(Completion { token: lease, task, outcome, result });
    }
    Ok(completions)
}

fn too_large(bytes: usize) -> Outcome {
    let message = format!("the result has {bytes} bytes; at most {} are kept", results::MAX_BYTES);
    Outcome::Permanent(Failure { code: "result_too_large".into(), message })
}

async fn run_batch(
    engine: &Engine,
    completions: Vec<Completion>,
    claim: Option<Claim>,
) -> Result<BatchDone, Error> {
    let mut tries = 0;
    loop {
        tries += 1;
        let (tools, completions, claim) = (engine.tools.clone(), completions.clone(), claim.clone());
        let outcome = engine
            .database()
            .write(move |tx| {
                Box::pin(async move {
                    let now = store::now(tx, &tools.clock).await?;
                    let done = batch::run(tx, completions, claim, (now, &tools.random)).await?;
                    tools.announce_ended(tx, &done.ended).await?;
                    Ok::<_, DbError>(done)
                })
            })
            .await;
        match outcome {
            Ok(done) => {
                if !done.claimed.is_empty() {
                    engine.claimed.notify_one();
                }
                return Ok(done);
            }
            Err(error) if tries < TRIES && is_transient(&error) => {
                tracing::warn!(%error, tries, "the database asked to repeat a batch");
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Deadlocks (40P01) and serialization failures (40001) leave nothing behind and may be repeated.
fn is_transient(error: &DbError) -> bool {
    let text = format!("{error:?}");
    text.contains("40P01") || text.contains("40001")
}

fn hand_out(engine: &Engine, done: BatchDone) -> Result<Claimed, Error> {
    let lease = done.claimed.first().map(|claimed| claimed.lease);
    let tasks = done.claimed.into_iter().map(|claimed| {
        let token = run_token(engine, &claimed)?;
        Ok::<_, Error>((claimed, token))
    });
    Ok(Claimed { lease, tasks: tasks.collect::<Result<_, _>>()?, accepted: done.accepted })
}

/// A short-lived token with the rights of the run's actor cut down to its kind's; empty when the kind uses none.
fn run_token(engine: &Engine, claimed: &ClaimedTask) -> Result<String, Fault> {
    if claimed.kind.grants == Grants::default() {
        return Ok(String::new());
    }
    let Some(signer) = &engine.tools.signer else {
        let message =
            format!("kind {} uses permissions, and this process has no signing keys", claimed.kind.name.name);
        return Err(Fault::new(FaultKind::Unavailable, "no_signing_keys", message));
    };
    let submitter = submitter(claimed)?;
    if submitter.actor.user().is_none() {
        return Ok(String::new());
    }
    let subject = Subject::run(&submitter, claimed.run.id, &claimed.kind.grants)?;
    let lifetime = Duration::from_millis(u64::try_from(claimed.run.timeout_ms).unwrap_or(0)) + TOKEN_GRACE;
    let claims = Claims::new(subject, lifetime, engine.tools.clock.now(), &engine.tools.random);
    signer.sign(&claims).map_err(Fault::internal)
}

fn submitter(claimed: &ClaimedTask) -> Result<Ctx, Fault> {
    let grants: Grants = serde_json::from_str(&claimed.run.grants).map_err(Fault::internal)?;
    Ok(Ctx {
        actor: serde_json::from_str(&claimed.run.actor).map_err(Fault::internal)?,
        workspace: claimed.run.workspace,
        grants: grants.into(),
        correlation: claimed.run.correlation.parse()?,
        deadline: None,
    })
}

/// A task a worker should stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The task.
    pub task: i64,
    /// `cancelled` or `timed_out`.
    pub reason: &'static str,
}

/// Extends a lease, keeps progress, and answers which tasks to stop; waits for one to stop if asked to.
/// `None` when the lease has ended.
///
/// # Errors
/// A database failure.
pub async fn heartbeat(
    engine: &Engine,
    ctx: &Ctx,
    lease: Uuid,
    (progress, wait): (Vec<(i64, i64, String)>, Duration),
) -> Result<Option<Vec<Stop>>, Error> {
    may_report(ctx)?;
    let mut cancelling = engine.database().signals().subscribe(CANCELLING);
    let Some(held) = extend(engine, lease, progress).await? else { return Ok(None) };
    engine.claimed.notify_one();
    let stops = stops(engine, &held).await?;
    if !stops.is_empty() || wait.is_zero() {
        return Ok(Some(stops));
    }
    let deadline = tokio::time::sleep(wait.min(engine.config.heartbeat()));
    tokio::pin!(deadline);
    loop {
        tokio::select! {
            () = cancelling.wait() => {}
            () = &mut deadline => return Ok(Some(Vec::new())),
            () = engine.tools.stop.cancelled() => return Ok(Some(Vec::new())),
        }
        let stops = self::stops(engine, &held).await?;
        if !stops.is_empty() {
            return Ok(Some(stops));
        }
    }
}

async fn extend(
    engine: &Engine,
    lease: Uuid,
    progress: Vec<(i64, i64, String)>,
) -> Result<Option<Lease>, Error> {
    let (tools, length) = (engine.tools.clone(), engine.config.lease());
    let write = engine.database().write(move |tx| {
        Box::pin(async move {
            let now = store::now(tx, &tools.clock).await?;
            let held = store::leases::extend(tx, lease, now, now.plus(length)).await?;
            if let Some(held) = &held {
                store::output::set_progress(tx, &new_progress(held, progress), now).await?;
            }
            Ok::<_, DbError>(held)
        })
    });
    Ok(write.await?)
}

fn new_progress(held: &Lease, progress: Vec<(i64, i64, String)>) -> Vec<NewProgress> {
    let step = |(task, thousandths, message): (i64, i64, String)| {
        let attempt = held.tasks.iter().find(|queued| queued.task == task)?.attempt;
        Some(NewProgress { task, attempt, thousandths, message })
    };
    progress.into_iter().filter_map(step).collect()
}

async fn stops(engine: &Engine, held: &Lease) -> Result<Vec<Stop>, Error> {
    let mut runs: Vec<i64> = held.tasks.iter().map(|task| task.run).collect();
    runs.sort_unstable();
    runs.dedup();
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let cancelling = store::cancel::cancelling(engine.database().reader(), runs).await?;
    let stopped = held.tasks.iter().filter(|task| cancelling.contains(&task.run));
    Ok(stopped.map(|task| Stop { task: task.task, reason: "cancelled" }).collect())
}

/// Appends captured output under a lease. `false` when the lease has ended.
///
/// # Errors
/// A database failure.
pub async fn append_output(
    engine: &Engine,
    ctx: &Ctx,
    lease: Uuid,
    pieces: Vec<(i64, String, String, Timestamp)>,
) -> Result<bool, Error> {
    may_report(ctx)?;
    let tools = engine.tools.clone();
    let write = engine.database().write(move |tx| {
        Box::pin(async move {
            let now = store::now(tx, &tools.clock).await?;
            let held = store::leases::hold(tx, vec![lease], now).await?;
            let Some(held) = held.first() else { return Ok::<_, DbError>(false) };
            for output in by_task(held, pieces) {
                store::output::append(tx, output).await?;
            }
            Ok(true)
        })
    });
    Ok(write.await?)
}

fn by_task(held: &Lease, pieces: Vec<(i64, String, String, Timestamp)>) -> Vec<NewOutput> {
    let mut outputs: Vec<NewOutput> = Vec::new();
    for (task, stream, text, at) in pieces {
        let Some(queued) = held.tasks.iter().find(|queued| queued.task == task) else { continue };
        match outputs.iter_mut().find(|output| output.task == task) {
            Some(output) => output.pieces.push((stream, text, at)),
            None => {
                outputs.push(NewOutput { task, attempt: queued.attempt, pieces: vec![(stream, text, at)] })
            }
        }
    }
    outputs
}

async fn kind_ids(engine: &Engine, names: &[KindName]) -> Result<Vec<i64>, Error> {
    let mut ids = Vec::with_capacity(names.len());
    for name in names {
        ids.push(engine.kind(&name.name, Some(name.version)).await?.id);
    }
    Ok(ids)
}

async fn note_worker(engine: &Engine, worker: &str, kinds: &[i64]) -> Result<(), Error> {
    if !engine.should_note(worker) {
        return Ok(());
    }
    let (worker, kinds, now) = (worker.to_owned(), kinds.to_vec(), engine.tools.clock.now());
    let write = engine.database().write(move |tx| {
        Box::pin(async move { Ok::<_, DbError>(store::workers::saw(tx, &worker, &kinds, now).await?) })
    });
    Ok(write.await?)
}

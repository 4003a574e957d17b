//! Claiming tasks and reporting outcomes, together in one transaction where it can be.

use std::time::Duration;

use metier_core::Ctx;
use metier_db::DbError;
use uuid::Uuid;

use super::{
    admitted, check_worker, hand_out::hand_out, holder, kind_ids, may_work, note_worker, scope, works_for,
};
use crate::{
    domain::{
        kind::KindName,
        outcome::{Failure, Outcome},
    },
    error::Error,
    ops::{engine::Engine, figures, results},
    store::{
        self,
        batch::{self, Batch, BatchDone, Claim, ClaimedTask, Completion},
        lanes::{self, LaneHead, Scope},
        ready_signal,
        take::Wish,
    },
};

/// Most tasks in one claim.
pub const MAX_CLAIM: i64 = 1_000;
/// Longest wait for a first task: shorter than the public door waits for an answer.
pub const MAX_WAIT: Duration = Duration::from_secs(50);
/// A claim that waits for tokens of a fast rate looks no more often than this.
const LEAST_PAUSE: Duration = Duration::from_millis(20);
/// The JSON text of a result that is none.
const NOTHING: &str = "null";
/// Tries of a transaction that the database asked to repeat (a deadlock or serialization failure).
const TRIES: u32 = 3;

/// A worker's wish.
#[derive(Clone, Debug)]
pub struct ClaimWish {
    /// Unique per running worker.
    pub worker: String,
    /// The kinds it handles.
    pub kinds: Vec<KindName>,
    /// The queues it takes from; empty for all.
    pub queues: Vec<String>,
    /// What it can do, for tasks that require it.
    pub capabilities: Vec<String>,
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
    check_worker(&wish.worker, &wish.capabilities)?;
    may_work(ctx)?;
    let queues = match admitted(engine, ctx, &wish.kinds.iter().collect::<Vec<_>>()).await? {
        Some(key) => scope::queues(&key, wish.queues.clone())?,
        None => wish.queues.clone(),
    };
    let kinds = kind_ids(engine, &wish.kinds).await?;
    let scope = Scope { kinds, queues, capabilities: wish.capabilities.clone(), workspace: works_for(ctx) };
    note_worker(engine, ctx, &wish.worker, (&scope.kinds, &wish.capabilities)).await?;
    let mut ready =
        engine.database().signals().subscribe_any(scope.kinds.iter().map(|kind| ready_signal(*kind)));
    let holder = holder(ctx);
    let completions = completions(engine, reported).await?;
    let mut accepted = Vec::new();
    let deadline = engine.tools.clock.now().plus(wish.wait.min(MAX_WAIT));
    if !completions.is_empty() {
        let claim = Some(new_claim(engine, &wish, &scope));
        let done = run_batch(engine, Batch { holder: holder.clone(), completions, claim }).await?;
        if !done.claimed.is_empty() {
            return hand_out(engine, holder, done).await;
        }
        accepted = done.accepted;
    }
    loop {
        let now = engine.tools.clock.now();
        let heads = lanes::heads(engine.database().reader(), &scope, (&[], now)).await?;
        if heads.iter().any(|head| head.opens_in.is_zero()) {
            let claim = Some(new_claim(engine, &wish, &scope));
            let batch = Batch { holder: holder.clone(), completions: Vec::new(), claim };
            let done = BatchDone { accepted: accepted.clone(), ..run_batch(engine, batch).await? };
            if !done.claimed.is_empty() {
                return hand_out(engine, holder, done).await;
            }
        }
        let left = deadline.since(engine.tools.clock.now());
        if left.is_zero() || engine.tools.stop.is_cancelled() || !accepted.is_empty() {
            return Ok(Claimed { accepted, ..Claimed::default() });
        }
        tokio::select! {
            () = ready.wait() => {}
            () = tokio::time::sleep(left.min(opens_in(&heads))) => {}
            () = engine.tools.stop.cancelled() => {}
        }
    }
}

/// When to look again although nobody rang: a limit's rate gives its next token then.
fn opens_in(heads: &[LaneHead]) -> Duration {
    let soonest = heads.iter().map(|head| head.opens_in).filter(|time| !time.is_zero()).min();
    soonest.map_or(MAX_WAIT, |time| time.max(LEAST_PAUSE))
}

/// Applies outcomes.
///
/// # Errors
/// `permission_denied`, or a database failure; outcomes were then not applied.
pub async fn complete(engine: &Engine, ctx: &Ctx, reported: Vec<Reported>) -> Result<Vec<bool>, Error> {
    may_work(ctx)?;
    let completions = completions(engine, reported).await?;
    Ok(run_batch(engine, Batch { holder: holder(ctx), completions, claim: None }).await?.accepted)
}

fn new_claim(engine: &Engine, wish: &ClaimWish, scope: &Scope) -> Claim {
    Claim {
        worker: wish.worker.clone(),
        scope: scope.clone(),
        wish: Wish {
            limit: wish.limit.clamp(1, MAX_CLAIM),
            turn: engine.next_turn(scope.workspace, &wish.worker),
            ageing: engine.config.ageing(),
        },
        token: Uuid::from_bytes(engine.tools.random.bytes()),
        lease: engine.config.lease(),
        grace: engine.config.grace(),
    }
}

async fn completions(engine: &Engine, reported: Vec<Reported>) -> Result<Vec<Completion>, Error> {
    let mut completions = Vec::with_capacity(reported.len());
    for Reported { lease, task, outcome } in reported {
        let (outcome, result) = match outcome {
            Outcome::Succeeded(text) if text.len() > results::MAX_BYTES => (too_large(text.len()), None),
            // Most handlers give nothing, and nothing is not worth a row.
            Outcome::Succeeded(text) if text == NOTHING => (Outcome::Succeeded(String::new()), None),
            Outcome::Succeeded(text) => {
                let stored = results::store(&engine.tools, task, text).await?;
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

/// Commits a batch, and deletes what its refused reports had put into the blob store.
pub(super) async fn run_batch(engine: &Engine, batch: Batch) -> Result<BatchDone, Error> {
    let blobs: Vec<Option<String>> = batch.completions.iter().map(Completion::blob).collect();
    let done = commit(engine, batch).await?;
    let refused = blobs.into_iter().zip(&done.accepted).filter(|(_, accepted)| !**accepted);
    for key in refused.filter_map(|(blob, _)| blob) {
        if let Err(error) = engine.tools.blobs.delete(&key).await {
            tracing::warn!(%error, key, "cannot delete a refused result; it will be swept");
        }
    }
    Ok(done)
}

async fn commit(engine: &Engine, batch: Batch) -> Result<BatchDone, Error> {
    let mut tries = 0;
    loop {
        tries += 1;
        let (tools, tried) = (engine.tools.clone(), batch.clone());
        let outcome = engine
            .database()
            .write(move |tx| {
                Box::pin(async move {
                    let now = store::now(tx, &tools.clock).await?;
                    let done = batch::run(tx, tried, (now, &tools.random)).await?;
                    tools.announce_started(tx, &done.moved.started).await?;
                    tools.announce_ended(tx, &done.moved.ended).await?;
                    Ok::<_, DbError>(done)
                })
            })
            .await;
        match outcome {
            Ok(done) => {
                figures::batch(&batch.completions, &done);
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
pub(in crate::ops) fn is_transient(error: &DbError) -> bool {
    let text = format!("{error:?}");
    text.contains("40P01") || text.contains("40001")
}

//! Claiming tasks and reporting outcomes, together in one transaction where it can be.

use std::{collections::HashMap, time::Duration};

use metier_contract_identity::RunTokenRequest;
use metier_core::{Actor, Ctx, Fault, FaultKind, Grants};
use metier_db::DbError;
use uuid::Uuid;

use super::{admitted, check_worker, kind_ids, may_report, note_worker, scope};
use crate::{
    domain::{
        kind::KindName,
        outcome::{Failure, Outcome},
    },
    error::Error,
    ops::{engine::Engine, results},
    store::{
        self,
        batch::{self, BatchDone, Claim, ClaimedTask, Completion},
        ready::{self, Scope},
        ready_signal,
    },
};

/// Most tasks in one claim.
pub const MAX_CLAIM: i64 = 1_000;
/// Longest wait for a first task: shorter than the public door waits for an answer.
pub const MAX_WAIT: Duration = Duration::from_secs(50);
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
    let queues = match admitted(engine, ctx, &wish.kinds.iter().collect::<Vec<_>>()).await? {
        Some(key) => scope::queues(&key, wish.queues.clone())?,
        None => wish.queues.clone(),
    };
    let workspace = (!matches!(ctx.actor, Actor::Service { .. })).then_some(ctx.workspace);
    let scope = Scope { kinds: kind_ids(engine, &wish.kinds).await?, queues, workspace };
    note_worker(engine, &wish.worker, &scope.kinds).await?;
    let mut ready =
        engine.database().signals().subscribe_any(scope.kinds.iter().map(|kind| ready_signal(*kind)));
    let completions = completions(engine, reported).await?;
    let mut accepted = Vec::new();
    let deadline = engine.tools.clock.now().plus(wish.wait.min(MAX_WAIT));
    if !completions.is_empty() {
        let done = run_batch(engine, completions, Some(new_claim(engine, &wish, &scope))).await?;
        if !done.claimed.is_empty() {
            return hand_out(engine, done).await;
        }
        accepted = done.accepted;
    }
    loop {
        if !ready::heads(engine.database().reader(), &scope).await?.is_empty() {
            let done = run_batch(engine, Vec::new(), Some(new_claim(engine, &wish, &scope))).await?;
            if !done.claimed.is_empty() {
                return Ok(Claimed { accepted, ..hand_out(engine, done).await? });
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

async fn hand_out(engine: &Engine, done: BatchDone) -> Result<Claimed, Error> {
    let lease = done.claimed.first().map(|claimed| claimed.lease);
    let mut tokens: HashMap<i64, String> = HashMap::new();
    let mut tasks = Vec::with_capacity(done.claimed.len());
    for claimed in done.claimed {
        let token = match tokens.get(&claimed.run.number) {
            Some(token) => token.clone(),
            None => run_token(engine, &claimed).await?,
        };
        tokens.insert(claimed.run.number, token.clone());
        tasks.push((claimed, token));
    }
    Ok(Claimed { lease, tasks, accepted: done.accepted })
}

/// A short-lived token with the rights that the run's actor has now, had at submission, and the kind uses; empty
/// when the kind uses none, when nobody in person submitted the run, or when they may no longer act: the handler
/// then fails for want of rights.
async fn run_token(engine: &Engine, claimed: &ClaimedTask) -> Result<String, Fault> {
    let Some(identity) = engine.tools.identity.as_ref().filter(|_| claimed.kind.grants != Grants::default())
    else {
        return Ok(String::new());
    };
    let actor: Actor = serde_json::from_str(&claimed.run.actor).map_err(Fault::internal)?;
    let Some(user) = actor.user() else { return Ok(String::new()) };
    let wanted = RunTokenRequest {
        run: claimed.run.id,
        user,
        workspace: claimed.run.workspace,
        api_key: match actor {
            Actor::ApiKey { id, .. } => Some(id),
            _ => None,
        },
        submitted: serde_json::from_str(&claimed.run.grants).map_err(Fault::internal)?,
        kind: claimed.kind.grants.clone(),
        lifetime: Duration::from_millis(u64::try_from(claimed.run.timeout_ms).unwrap_or(0)) + TOKEN_GRACE,
    };
    match identity.mint_run_token(&engine.tools.ctx(), wanted).await {
        Ok(token) => Ok(token.token.expose().clone()),
        Err(fault) if fault.kind == FaultKind::Unavailable => Err(fault),
        Err(fault) => {
            tracing::warn!(run = claimed.run.number, error = %fault, "the run gets no token");
            Ok(String::new())
        }
    }
}

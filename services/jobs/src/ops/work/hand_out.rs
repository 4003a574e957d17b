//! Handing out what was claimed, each task with the token of its run.
//!
//! Tokens are made by the identity service, after the commit: no transaction waits for another service. A task whose
//! run can get none now is given back at once, and its attempt is not counted.

use std::{collections::HashMap, time::Duration};

use metier_contract_identity::{IdentityClient, RunTokenRequest};
use metier_core::{Actor, Fault, FaultKind, Grants};

use super::claim::{Claimed, run_batch};
use crate::{
    domain::outcome::Outcome,
    error::Error,
    ops::engine::Engine,
    store::batch::{Batch, BatchDone, ClaimedTask, Completion},
};

/// A run's token lives as long as an attempt may, and this much longer.
const TOKEN_GRACE: Duration = Duration::from_secs(60);

/// Gives every task its run's token; what cannot have one goes back.
///
/// # Errors
/// When there is nothing to hand out and nothing else to tell: the caller should try again later.
pub async fn hand_out(engine: &Engine, holder: String, done: BatchDone) -> Result<Claimed, Error> {
    let BatchDone { accepted, claimed, .. } = done;
    let mut tokens = Tokens { engine, known: HashMap::new(), away: None };
    let (mut tasks, mut back) = (Vec::with_capacity(claimed.len()), Vec::new());
    for task in claimed {
        match tokens.of(&task).await {
            Some(token) => tasks.push((task, token)),
            None => back.push(task),
        }
    }
    let Some(fault) = tokens.away else {
        return Ok(Claimed { lease: lease_of(&tasks), tasks, accepted });
    };
    give_back(engine, holder, &back, &fault).await;
    match tasks.is_empty() && accepted.is_empty() {
        true => Err(fault.into()),
        false => Ok(Claimed { lease: lease_of(&tasks), tasks, accepted }),
    }
}

fn lease_of(tasks: &[(ClaimedTask, String)]) -> Option<uuid::Uuid> {
    tasks.first().map(|(task, _)| task.lease)
}

/// When even this fails, the tasks go back with the end of their lease.
async fn give_back(engine: &Engine, holder: String, tasks: &[ClaimedTask], reason: &Fault) {
    let release = |claimed: &ClaimedTask| {
        let (token, task) = (claimed.lease, claimed.task.task);
        Completion { token, task, outcome: Outcome::Released, result: None }
    };
    let completions = tasks.iter().map(release).collect();
    let count = tasks.len();
    tracing::warn!(error = %reason.chain(), count, "no tokens for runs; their tasks are given back");
    if let Err(error) = run_batch(engine, Batch { holder, completions, claim: None }).await {
        let error = Fault::from(error);
        tracing::error!(error = %error.chain(), count, "cannot give tasks back; they wait for the end of their lease");
    }
}

/// The tokens of one claim.
struct Tokens<'a> {
    engine: &'a Engine,
    known: HashMap<i64, String>,
    /// Why identity could not be asked: it is not asked again then.
    away: Option<Fault>,
}

impl Tokens<'_> {
    /// The token of a task's run; `None` when it cannot be had now.
    async fn of(&mut self, claimed: &ClaimedTask) -> Option<String> {
        if let Some(token) = self.known.get(&claimed.run.number) {
            return Some(token.clone());
        }
        match self.fresh(claimed).await {
            Ok(token) => {
                self.known.extend(token.clone().map(|token| (claimed.run.number, token)));
                token
            }
            Err(fault) => {
                self.away = Some(fault);
                None
            }
        }
    }

    async fn fresh(&self, claimed: &ClaimedTask) -> Result<Option<String>, Fault> {
        match wanted(self.engine, claimed)? {
            None => Ok(Some(String::new())),
            Some(_) if self.away.is_some() => Ok(None),
            Some((identity, wanted)) => mint(self.engine, identity, wanted).await.map(Some),
        }
    }
}

/// What token the task's run needs: none when its kind uses no rights, or when nobody in person submitted it.
fn wanted<'a>(
    engine: &'a Engine,
    claimed: &ClaimedTask,
) -> Result<Option<(&'a IdentityClient, RunTokenRequest)>, Fault> {
    let Some(identity) = engine.tools.identity.as_ref().filter(|_| claimed.kind.grants != Grants::default())
    else {
        return Ok(None);
    };
    let actor: Actor = serde_json::from_str(&claimed.run.actor).map_err(Fault::internal)?;
    let Some(user) = actor.user() else { return Ok(None) };
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
        lifetime: claimed.run.timeout() + TOKEN_GRACE,
    };
    Ok(Some((identity, wanted)))
}

/// A short-lived token with the rights that the run's actor has now, had at submission, and the kind uses; empty
/// when identity refuses one, since they may no longer act: the handler then fails for want of rights.
async fn mint(engine: &Engine, identity: &IdentityClient, wanted: RunTokenRequest) -> Result<String, Fault> {
    let run = wanted.run;
    match identity.mint_run_token(&engine.tools.ctx(), wanted).await {
        Ok(token) => Ok(token.token.expose().clone()),
        Err(fault) if is_refusal(fault.kind) => {
            tracing::warn!(%run, error = %fault, "the run gets no token");
            Ok(String::new())
        }
        Err(fault) => Err(fault),
    }
}

/// Whether identity has decided, as opposed to being away, slow or broken.
fn is_refusal(kind: FaultKind) -> bool {
    matches!(kind, FaultKind::Forbidden | FaultKind::NotFound | FaultKind::Invalid | FaultKind::Conflict)
}

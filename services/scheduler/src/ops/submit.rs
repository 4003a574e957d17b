//! Starting the runs of fires. It may be done twice, by one who was killed in between or by two replicas: the key of
//! schedule and time finds the same run.

use std::time::Duration;

use metier_contract_jobs::{
    JobsServiceClient,
    protocol::{CancelRunRequest, GetRunRequest, Run, SubmitRunRequest, SubmitScheduledRunRequest},
};
use metier_core::{Actor, Ctx, Fault, FaultKind, RunId};
use metier_db::DbError;
use metier_rpc::{Link, fault, request};

use super::Scheduler;
use crate::{
    domain::schedule::Overlap,
    error::Error,
    store::fires::{self, Fire, Request, Settled},
};

/// Fires submitted between two looks for schedules.
const BATCH: i64 = 100;
/// Most fires of a schedule that wait for a run to end.
const MAX_QUEUED: i64 = 100;
/// How long a fire waits before it asks again whether the run before has ended, should the news be lost.
const ASK_AGAIN: Duration = Duration::from_secs(60);
/// How long a fire is held by who works on it.
const HOLD: Duration = Duration::from_secs(30);
/// How long a fire is tried while a peer is away.
const GIVE_UP: Duration = Duration::from_hours(1);
/// How long a kind may be unknown: its worker may be about to start.
const UNKNOWN_KIND: Duration = Duration::from_mins(2);
/// Longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What comes next for a fire.
pub(super) enum Step {
    /// It is done.
    Settle(Settled),
    /// It waits for the run before.
    Queue(String),
    /// It is tried again.
    Retry(String, Duration),
}

impl Scheduler {
    /// Submits what has been written down. Answers how many fires there were.
    pub(super) async fn submit_due(&self) -> Result<usize, Error> {
        let fires = self.fires_to_try().await?;
        for fire in &fires {
            self.submit(fire).await?;
        }
        Ok(fires.len())
    }

    /// The fires that are to be submitted or looked at now, as they stand.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fires_to_try(&self) -> Result<Vec<Fire>, Error> {
        Ok(fires::to_try(self.database.reader(), self.clock.now(), BATCH).await?)
    }

    /// Submits a fire, or puts it off, or gives it up, unless another replica has taken it since it was read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn submit(&self, fire: &Fire) -> Result<(), Error> {
        let Some(fire) = self.take(fire).await? else { return Ok(()) };
        let Some(request) = &fire.request else { return Ok(()) };
        let step = match self.step(&fire, request).await {
            Ok(step) => step,
            Err(fault) => self.after(&fire, fault),
        };
        match step {
            Step::Settle(settled) => self.settle(fire, settled).await,
            Step::Queue(reason) => self.put_off(&fire, ("queued", reason), ASK_AGAIN).await,
            Step::Retry(reason, pause) => self.put_off(&fire, ("due", reason), pause).await,
        }
    }

    /// Two that work on a fire could come to different ends of it, so one does: should it die, another may a while later.
    async fn take(&self, fire: &Fire) -> Result<Option<Fire>, Error> {
        let (seen, until) = (fire.clone(), self.clock.now().plus(HOLD));
        let write = self
            .database
            .write(move |tx| Box::pin(async move { Ok::<_, DbError>(fires::take(tx, &seen, until).await?) }));
        let is_ours = write.await?;
        Ok(is_ours.then(|| Fire { try_at: Some(until), ..fire.clone() }))
    }

    async fn put_off(&self, fire: &Fire, why: (&'static str, String), pause: Duration) -> Result<(), Error> {
        let (fire, try_at) = (fire.clone(), self.clock.now().plus(pause));
        let write = self.database.write(move |tx| {
            Box::pin(async move { Ok::<_, DbError>(fires::put_off(tx, &fire, why, try_at).await?) })
        });
        Ok(write.await?)
    }

    async fn step(&self, fire: &Fire, request: &Request) -> Result<Step, Fault> {
        if let Some(reason) = self.author_is_gone(fire, &request.author.actor).await? {
            return Ok(Step::Settle(Settled::Skipped(reason)));
        }
        let ctx = self.ctx(fire.workspace);
        if request.overlap != Overlap::Allow {
            if fires::waits_before(self.database.reader(), fire).await.map_err(DbError::from)? {
                return self.wait(fire, "waits for an earlier time of its schedule").await;
            }
            if let Some(run) = self.open_run(&ctx, fire).await? {
                let before = format!("run {run}, which it started before, has not ended");
                match request.overlap {
                    Overlap::Skip => return Ok(Step::Settle(Settled::Skipped(before))),
                    Overlap::Queue => return self.wait(fire, &before).await,
                    Overlap::CancelPrevious => self.cancel_open(&ctx, fire).await?,
                    Overlap::Allow => {}
                }
            }
        }
        let run = self.start(fire, request).await?;
        let id = run.id.parse().map_err(|_| Fault::internal("the engine answered with a broken run id"))?;
        Ok(Step::Settle(Settled::Submitted(id, run.number, is_open(&run))))
    }

    async fn wait(&self, fire: &Fire, reason: &str) -> Result<Step, Fault> {
        let waiting = fires::waiting(self.database.reader(), fire.schedule).await.map_err(DbError::from)?;
        if fire.outcome != "queued" && waiting >= MAX_QUEUED {
            let reason = format!("{MAX_QUEUED} earlier times wait already");
            return Ok(Step::Settle(Settled::Skipped(reason)));
        }
        Ok(Step::Queue(reason.to_owned()))
    }

    /// Why nothing may be started for them any more.
    async fn author_is_gone(&self, fire: &Fire, actor: &Actor) -> Result<Option<String>, Fault> {
        let Some(user) = actor.user() else { return Ok(None) };
        let ctx = self.ctx(fire.workspace);
        let link = self.kit.link_for(metier_contract_identity::SERVICE, ctx.clone())?;
        let identity = metier_contract_identity::IdentityClient::new(link);
        match identity.get_user(&ctx, user).await {
            Ok(user) if user.disabled => return Ok(Some("its owner is disabled".to_owned())),
            Err(fault) if fault.kind == FaultKind::NotFound => {
                return Ok(Some("its owner is gone".to_owned()));
            }
            known => known?,
        };
        let Actor::ApiKey { id, .. } = actor else { return Ok(None) };
        match identity.get_api_key_scope(&ctx, *id).await {
            Err(fault) if fault.kind == FaultKind::NotFound => {
                Ok(Some("the API key it was made with no longer holds".to_owned()))
            }
            usable => usable.map(|_scope| None),
        }
    }

    /// A run of the schedule that goes on, by its number. What turns out to have ended is noted.
    async fn open_run(&self, ctx: &Ctx, fire: &Fire) -> Result<Option<i64>, Fault> {
        for (run, number) in self.open_runs(fire).await? {
            if self.goes_on(ctx, run).await? {
                return Ok(Some(number));
            }
            let write = self
                .database
                .write(move |tx| Box::pin(async move { Ok::<_, DbError>(fires::end_run(tx, run).await?) }));
            write.await?;
        }
        Ok(None)
    }

    async fn open_runs(&self, fire: &Fire) -> Result<Vec<(RunId, i64)>, Fault> {
        let open = fires::runs_before(self.database.reader(), fire).await;
        Ok(open.map_err(DbError::from)?)
    }

    async fn goes_on(&self, ctx: &Ctx, run: RunId) -> Result<bool, Fault> {
        let message = GetRunRequest { id: run.to_string() };
        match self.jobs(ctx)?.get_run(request(ctx, message)).await.map_err(fault) {
            Ok(run) => Ok(is_open(&run.into_inner())),
            Err(fault) if fault.kind == FaultKind::NotFound => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    async fn cancel_open(&self, ctx: &Ctx, fire: &Fire) -> Result<(), Fault> {
        for (run, _) in self.open_runs(fire).await? {
            let message = CancelRunRequest { id: run.to_string() };
            match self.jobs(ctx)?.cancel_run(request(ctx, message)).await.map_err(fault) {
                Err(fault) if !["run_ended", "not_found"].contains(&&*fault.code) => return Err(fault),
                _ended_or_cancelled => {}
            }
        }
        Ok(())
    }

    async fn start(&self, fire: &Fire, wanted: &Request) -> Result<Run, Fault> {
        let ctx = self.ctx(fire.workspace);
        let start = &wanted.start;
        let run = SubmitRunRequest {
            kind: start.kind.clone().unwrap_or_default(),
            kind_version: start.kind_version.unwrap_or(0),
            items: start.items().iter().map(ToString::to_string).collect(),
            queue: start.queue.clone().unwrap_or_default(),
            priority: start.priority.unwrap_or(0),
            run_at: 0,
            idempotency_key: format!("schedule:{}:{}", fire.schedule, fire.scheduled_for.micros()),
            ..SubmitRunRequest::default()
        };
        let message = SubmitScheduledRunRequest {
            run: Some(run),
            job: start.job.clone().unwrap_or_default(),
            actor: serde_json::to_string(&wanted.author.actor).map_err(Fault::internal)?,
            grants: wanted.author.grants.texts(),
        };
        let reply = self.jobs(&ctx)?.submit_scheduled_run(request(&ctx, message)).await.map_err(fault)?;
        Ok(reply.into_inner())
    }

    fn jobs(&self, ctx: &Ctx) -> Result<JobsServiceClient<Link>, Fault> {
        Ok(JobsServiceClient::new(self.kit.link_for("jobs", ctx.clone())?))
    }

    /// What an error makes of a fire: later, or never.
    fn after(&self, fire: &Fire, fault: Fault) -> Step {
        let age = self.clock.now().since(fire.created_at);
        let patience = match fault.kind {
            _ if fault.code == "unknown_kind" => UNKNOWN_KIND,
            FaultKind::Unavailable | FaultKind::Timeout | FaultKind::RateLimited | FaultKind::Internal => {
                GIVE_UP
            }
            _ => Duration::ZERO,
        };
        tracing::warn!(schedule = %fire.schedule, at = %fire.scheduled_for, error = %fault.chain(), "a run was not started");
        if age >= patience {
            return Step::Settle(Settled::Failed(fault.message));
        }
        let tries = u32::try_from(fire.tries.min(6)).unwrap_or(6);
        Step::Retry(fault.message, Duration::from_secs(1_u64 << tries).min(LONGEST_PAUSE))
    }
}

fn is_open(run: &Run) -> bool {
    !["succeeded", "partial", "failed", "timed_out", "cancelled"].contains(&run.state.as_str())
}

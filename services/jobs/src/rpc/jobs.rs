//! `metier.jobs.v1.JobsService`.

use std::time::Duration;

use metier_contract_jobs::protocol::{
    self, CancelRunRequest, GetRunRequest, ReadProgressReply, ReadProgressRequest, Run, RunProgress,
    SubmitRunRequest, SubmitScheduledRunRequest, jobs_service_server::JobsService,
};
use metier_core::{Actor, Ctx, Fault, FaultKind, Grants, RunId, Timestamp, UserId, WorkspaceId};
use metier_rpc::{ctx, status};
use serde_json::Value;
use tonic::{Request, Response, Status};

use crate::{
    domain::{
        bad_items::OnBadItem,
        conditions::Conditions,
        limit::{KeyLimit, Limit, Rate},
        state::TaskState,
    },
    error::Error,
    ops::{
        Engine,
        jobs::{self, Execution},
        progress,
        runs::{self, RunView},
        submit::{self, Submission, Submitted},
    },
    store::progress::ProgressRow,
};

/// The only service that submits runs for others.
const SCHEDULER: &str = "scheduler";

/// Serves runs.
pub struct Jobs(pub Engine);

fn shown(view: RunView) -> Run {
    let row = view.row;
    Run {
        id: RunId::from_uuid(row.id).to_string(),
        number: row.number,
        state: row.state,
        size: row.size,
        succeeded: row.succeeded,
        failed: row.failed,
        timed_out: row.timed_out,
        cancelled: row.cancelled,
        skipped: row.skipped,
        reason: view.reason.unwrap_or_default(),
        replayed: false,
    }
}

fn told(row: ProgressRow) -> RunProgress {
    let counts = row.counts();
    let counts = TaskState::ALL.into_iter().map(|state| (state.name().to_owned(), counts.of(state)));
    RunProgress {
        id: RunId::from_uuid(row.id).to_string(),
        number: row.number,
        workspace: WorkspaceId::from_uuid(row.workspace).to_string(),
        owner: row.owner.map(|owner| UserId::from_uuid(owner).to_string()),
        correlation: row.correlation,
        state: row.state,
        size: row.size,
        counts: counts.filter(|(_, count)| *count > 0).collect(),
    }
}

fn submission(request: SubmitRunRequest) -> Result<Submission, Fault> {
    let parse = |(position, text): (usize, &String)| {
        serde_json::from_str::<Value>(text)
            .map_err(|error| Fault::invalid(format!("/items/{position}"), format!("is not JSON: {error}")))
    };
    let items = request.items.iter().enumerate().map(parse).collect::<Result<_, _>>()?;
    let fingerprint = format!(
        "{:?}",
        (
            &request.kind,
            request.kind_version,
            &request.items,
            &request.queue,
            request.priority,
            request.run_at,
            &request.requires,
            &request.limits
        )
    );
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    Ok(Submission {
        kind: request.kind,
        kind_version: (request.kind_version > 0).then_some(request.kind_version.into()),
        items,
        on_bad_item: OnBadItem::Refuse,
        queue: some(request.queue),
        priority: request.priority.into(),
        conditions: Conditions {
            requires: request.requires,
            limits: request.limits.into_iter().map(limit).collect(),
        },
        run_at: (request.run_at > 0).then(|| Timestamp::from_micros(request.run_at)),
        max_attempts: None,
        timeout: None,
        key: some(request.idempotency_key).map(|key| (key, hash(&fingerprint))),
        source: "api",
        job: None,
    })
}

fn limit(asked: protocol::KeyLimit) -> KeyLimit {
    let concurrency = (asked.concurrency > 0).then_some(asked.concurrency.into());
    let (count, per_seconds) = (asked.rate_count.into(), asked.rate_seconds.into());
    let rate = Rate { count, per_seconds, burst: asked.rate_burst.max(1).into() };
    let rate = (asked.rate_count > 0).then_some(rate);
    KeyLimit { key: asked.key, limit: Limit { concurrency, rate } }
}

fn hash(text: &str) -> String {
    metier_http::Fingerprint::of(
        &axum::http::Method::POST,
        &axum::http::Uri::from_static("/"),
        text.as_bytes(),
    )
    .to_string()
}

/// The one for whom the scheduler asks. A service proves with its own key that it is the scheduler.
fn author(ctx: &Ctx, actor: &str, grants: &[String]) -> Result<Ctx, Fault> {
    ctx.require_somebody()?;
    if !matches!(&ctx.actor, Actor::Service { name } if name == SCHEDULER) {
        let message = "only the scheduler submits runs for others";
        return Err(Fault::new(FaultKind::Forbidden, "permission_denied", message));
    }
    let actor = serde_json::from_str(actor)
        .map_err(|error| Fault::invalid("/actor", format!("is no actor: {error}")))?;
    let grants = Grants::parse(grants.iter().map(String::as_str))
        .map_err(|error| Fault::invalid("/grants", error.to_string()))?;
    Ok(Ctx { actor, grants: grants.into(), ..ctx.clone() })
}

async fn submit_scheduled(
    engine: &Engine,
    ctx: &Ctx,
    request: SubmitScheduledRunRequest,
) -> Result<Submitted, Error> {
    let author = author(ctx, &request.actor, &request.grants)?;
    let run = request.run.ok_or_else(|| Fault::invalid("/run", "is required"))?;
    let submission = Submission { source: "schedule", ..submission(run)? };
    if request.job.is_empty() {
        return submit::submit(engine, &author, submission).await;
    }
    let Submission { items, run_at, key, source, .. } = submission;
    jobs::execute(
        engine,
        &author,
        &request.job,
        Execution { items: Some(items), run_at, key, source, ..Execution::default() },
    )
    .await
}

#[tonic::async_trait]
impl JobsService for Jobs {
    async fn submit_run(&self, request: Request<SubmitRunRequest>) -> Result<Response<Run>, Status> {
        let ctx = ctx(&request)?.clone();
        let submission = submission(request.into_inner()).map_err(status)?;
        let submitted = submit::submit(&self.0, &ctx, submission).await.map_err(status)?;
        let view = runs::submitted(&self.0, &ctx, submitted.number).await.map_err(status)?;
        Ok(Response::new(Run { replayed: submitted.replayed, ..shown(view) }))
    }

    async fn submit_scheduled_run(
        &self,
        request: Request<SubmitScheduledRunRequest>,
    ) -> Result<Response<Run>, Status> {
        let ctx = ctx(&request)?.clone();
        let submitted = submit_scheduled(&self.0, &ctx, request.into_inner()).await.map_err(status)?;
        let view = runs::submitted(&self.0, &ctx, submitted.number).await.map_err(status)?;
        Ok(Response::new(Run { replayed: submitted.replayed, ..shown(view) }))
    }

    async fn get_run(&self, request: Request<GetRunRequest>) -> Result<Response<Run>, Status> {
        let ctx = ctx(&request)?.clone();
        let id = runs::named(&self.0, &ctx, &request.into_inner().id).await.map_err(status)?;
        Ok(Response::new(shown(runs::get(&self.0, &ctx, id).await.map_err(status)?)))
    }

    async fn cancel_run(&self, request: Request<CancelRunRequest>) -> Result<Response<Run>, Status> {
        let ctx = ctx(&request)?.clone();
        let id = runs::named(&self.0, &ctx, &request.into_inner().id).await.map_err(status)?;
        Ok(Response::new(shown(runs::cancel(&self.0, &ctx, id).await.map_err(status)?)))
    }

    async fn read_progress(
        &self,
        request: Request<ReadProgressRequest>,
    ) -> Result<Response<ReadProgressReply>, Status> {
        let ctx = ctx(&request)?.clone();
        let wait = Duration::from_millis(request.into_inner().wait_ms.into());
        let seen = progress::read(&self.0, &ctx, wait).await.map_err(status)?;
        let runs = seen.runs.into_iter().map(told).collect();
        Ok(Response::new(ReadProgressReply { runs, open: seen.open }))
    }
}

//! `metier.worker.v1.WorkerService`.

use std::time::Duration;

use metier_core::{Fault, Timestamp};
use metier_rpc::{ctx, status};
use metier_worker::protocol::{
    AppendOutputReply, AppendOutputRequest, ClaimReply, ClaimRequest, CompleteReply, CompleteRequest,
    Completion, CompletionResult, HeartbeatReply, HeartbeatRequest, Kind, KindRef, Outcome as Said,
    RegisterReply, RegisterRequest, Stop, Task, worker_service_server::WorkerService,
};
use serde_json::Value;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    domain::{
        kind::KindName,
        outcome::{Failure, Outcome},
    },
    ops::{
        Engine,
        declare::{Declared, declare},
        work::{self, ClaimWish, Reported},
    },
    store::batch::ClaimedTask,
};

/// Serves workers.
pub struct Workers(pub Engine);

fn declared(kind: Kind) -> Result<Declared, Fault> {
    let schema = match kind.parameter_schema.as_str() {
        "" => Value::Bool(true),
        text => serde_json::from_str(text)
            .map_err(|error| Fault::invalid("/parameter_schema", format!("is not JSON: {error}")))?,
    };
    Ok(Declared {
        name: KindName { name: kind.name, version: kind.version.into() },
        description: kind.description,
        parameter_schema: schema,
        permissions: kind.permissions,
        timeout: Duration::from_millis(kind.timeout_ms),
        max_attempts: kind.max_attempts.into(),
        backoff: (Duration::from_millis(kind.backoff_ms), Duration::from_millis(kind.max_backoff_ms)),
    })
}

fn lease(text: &str) -> Result<Uuid, Fault> {
    text.parse().map_err(|_| Fault::invalid("/lease", "must be the lease that a claim gave"))
}

fn reported(completion: Completion) -> Result<Reported, Fault> {
    let said = completion.outcome();
    let failure = Failure { code: completion.error_code, message: completion.error_message };
    let delay = (completion.retry_after_ms > 0).then(|| Duration::from_millis(completion.retry_after_ms));
    let outcome = match said {
        Said::Succeeded => Outcome::Succeeded(json(completion.result)?),
        Said::FailedRetryable => Outcome::Retryable(failure, delay),
        Said::FailedPermanent => Outcome::Permanent(failure),
        Said::TimedOut => Outcome::TimedOut,
        Said::Cancelled => Outcome::Cancelled,
        Said::Skipped => Outcome::Skipped,
        Said::Released => Outcome::Released,
        Said::Unspecified => return Err(Fault::invalid("/outcome", "is required")),
    };
    Ok(Reported { lease: lease(&completion.lease)?, task: completion.task, outcome })
}

/// A result must be JSON: it is shown as such for ever after.
fn json(text: String) -> Result<String, Fault> {
    match text.as_str() {
        "" => Ok("null".to_owned()),
        _ => match serde_json::from_str::<&serde_json::value::RawValue>(&text) {
            Ok(_) => Ok(text),
            Err(error) => Err(Fault::invalid("/result", format!("is not JSON: {error}"))),
        },
    }
}

fn all_reported(completions: Vec<Completion>) -> Result<(Vec<i64>, Vec<Reported>), Fault> {
    let reported = completions.into_iter().map(reported).collect::<Result<Vec<_>, _>>()?;
    Ok((reported.iter().map(|reported| reported.task).collect(), reported))
}

fn results(tasks: Vec<i64>, accepted: Vec<bool>) -> Vec<CompletionResult> {
    let result = |(task, accepted): (i64, bool)| CompletionResult {
        task,
        accepted,
        reason: if accepted { String::new() } else { "the lease had ended".to_owned() },
    };
    tasks.into_iter().zip(accepted).map(result).collect()
}

fn shown((claimed, token): (ClaimedTask, String)) -> Task {
    let version = u32::try_from(claimed.kind.name.version).unwrap_or(0);
    Task {
        id: claimed.task.task,
        run: claimed.run.id.to_string(),
        run_number: claimed.run.number,
        index: u32::try_from(claimed.index).unwrap_or(u32::MAX),
        kind: Some(KindRef { name: claimed.kind.name.name, version }),
        attempt: u32::try_from(claimed.task.attempt).unwrap_or(u32::MAX),
        parameters: claimed.parameters,
        timeout_ms: u64::try_from(claimed.run.timeout_ms).unwrap_or(0),
        correlation: claimed.run.correlation,
        token,
        workspace: claimed.run.workspace.to_string(),
        owner: claimed.run.owner.map(|owner| owner.to_string()).unwrap_or_default(),
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[tonic::async_trait]
impl WorkerService for Workers {
    async fn register(&self, request: Request<RegisterRequest>) -> Result<Response<RegisterReply>, Status> {
        let (ctx, config) = (ctx(&request)?.clone(), self.0.config());
        let request = request.into_inner();
        let kinds = request.kinds.into_iter().map(|kind| declare(config, declared(kind)?));
        let kinds = kinds.collect::<Result<Vec<_>, Fault>>().map_err(status)?;
        work::register(&self.0, &ctx, (&request.worker, &request.capabilities), kinds)
            .await
            .map_err(status)?;
        Ok(Response::new(RegisterReply {
            lease_ms: millis(config.lease()),
            heartbeat_ms: millis(config.heartbeat()),
        }))
    }

    async fn claim(&self, request: Request<ClaimRequest>) -> Result<Response<ClaimReply>, Status> {
        let ctx = ctx(&request)?.clone();
        let request = request.into_inner();
        let (tasks, reported) = all_reported(request.completions).map_err(status)?;
        let kind = |kind: KindRef| KindName { name: kind.name, version: kind.version.into() };
        let wish = ClaimWish {
            worker: request.worker,
            kinds: request.kinds.into_iter().map(kind).collect(),
            queues: request.queues,
            capabilities: request.capabilities,
            limit: request.max_tasks.into(),
            wait: Duration::from_millis(request.wait_ms.into()),
        };
        let claimed = work::claim(&self.0, &ctx, wish, reported).await.map_err(status)?;
        Ok(Response::new(ClaimReply {
            lease: claimed.lease.map(|lease| lease.to_string()).unwrap_or_default(),
            tasks: claimed.tasks.into_iter().map(shown).collect(),
            results: results(tasks, claimed.accepted),
        }))
    }

    async fn heartbeat(
        &self,
        request: Request<HeartbeatRequest>,
    ) -> Result<Response<HeartbeatReply>, Status> {
        let ctx = ctx(&request)?.clone();
        let request = request.into_inner();
        let progress = request
            .progress
            .into_iter()
            .map(|step| (step.task, step.thousandths.into(), step.message))
            .collect();
        let (lease, wait) =
            (lease(&request.lease).map_err(status)?, Duration::from_millis(request.wait_ms.into()));
        let stops = work::heartbeat(&self.0, &ctx, lease, (progress, wait)).await.map_err(status)?;
        let alive = stops.is_some();
        let stop = |stop: work::Stop| Stop { task: stop.task, reason: stop.reason.to_owned() };
        Ok(Response::new(HeartbeatReply {
            alive,
            stop: stops.unwrap_or_default().into_iter().map(stop).collect(),
        }))
    }

    async fn complete(&self, request: Request<CompleteRequest>) -> Result<Response<CompleteReply>, Status> {
        let ctx = ctx(&request)?.clone();
        let (tasks, reported) = all_reported(request.into_inner().completions).map_err(status)?;
        let accepted = work::complete(&self.0, &ctx, reported).await.map_err(status)?;
        Ok(Response::new(CompleteReply { results: results(tasks, accepted) }))
    }

    async fn append_output(
        &self,
        request: Request<AppendOutputRequest>,
    ) -> Result<Response<AppendOutputReply>, Status> {
        let ctx = ctx(&request)?.clone();
        let request = request.into_inner();
        let chunks = request.chunks.into_iter();
        let pieces =
            chunks.map(|chunk| (chunk.task, chunk.stream, chunk.text, Timestamp::from_micros(chunk.at)));
        let lease = lease(&request.lease).map_err(status)?;
        let accepted = work::append_output(&self.0, &ctx, lease, pieces.collect()).await.map_err(status)?;
        Ok(Response::new(AppendOutputReply { accepted }))
    }
}

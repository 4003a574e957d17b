//! `POST /api/v1/runs`.

use std::time::Duration;

use axum::extract::State;
use metier_core::{Actor, Fault, Timestamp};
use metier_http::{Caller, Created, Idempotent, Problem};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::body::Run;
use crate::{
    domain::{bad_items::OnBadItem, conditions::Conditions},
    http::limits::KeyLimit,
    ops::{
        Engine, runs,
        submit::{self, Submission},
        uploads,
    },
};

/// A run to submit: `parameters` for one task, `items` for one task each, or `upload` for one task for each item of a
/// file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRun {
    /// Name of a registered kind.
    #[schema(example = "fibonacci")]
    kind: String,
    /// Its version; the newest when absent.
    kind_version: Option<i64>,
    /// Parameters of a single task.
    #[schema(value_type = Option<Object>, example = json!({"iterations": 100}))]
    parameters: Option<Value>,
    /// Parameters of many tasks. An empty array is a run that succeeds at once.
    #[schema(value_type = Option<Vec<Object>>)]
    items: Option<Vec<Value>>,
    /// Id or name of an upload whose items are to be run.
    #[schema(example = "file-1800000000000-123456789.json")]
    upload: Option<String>,
    /// When an item is wrong: `refuse` the run, naming it by its position, or `skip` it, so that the others run. Those
    /// that were skipped are counted by the run, and listed beside it.
    #[serde(default)]
    #[schema(value_type = String, default = "refuse", example = "skip")]
    on_bad_item: OnBadItem,
    /// `default` when absent.
    queue: Option<String>,
    /// -100 to 100; higher goes first.
    #[serde(default)]
    priority: i64,
    /// Capabilities a worker needs for its tasks, at most 16 words such as `gpu`.
    #[serde(default)]
    requires: Vec<String>,
    /// A key whose limit its tasks are under; one at most.
    #[serde(default)]
    limits: Vec<KeyLimit>,
    /// Not before this moment.
    #[schema(value_type = Option<String>, format = "date-time")]
    run_at: Option<Timestamp>,
    /// Attempts per task; the kind's when absent.
    max_attempts: Option<i64>,
    /// Longest attempt, milliseconds; the kind's when absent.
    timeout_ms: Option<u64>,
}

impl NewRun {
    /// What is submitted, and the upload that its items are in, if they are in one.
    fn into_submission(
        self,
        actor: &Actor,
        key: Option<(String, String)>,
    ) -> Result<(Submission, Option<String>), Fault> {
        let (items, upload) = match (self.parameters, self.items, self.upload) {
            (Some(parameters), None, None) => (vec![parameters], None),
            (None, Some(items), None) => (items, None),
            (None, None, Some(upload)) => (Vec::new(), Some(upload)),
            _ => {
                let message =
                    "give either parameters, for one task, or items, for many, or upload, for a file of them";
                return Err(Fault::invalid("/items", message));
            }
        };
        let submission = Submission {
            kind: self.kind,
            kind_version: self.kind_version,
            items,
            on_bad_item: self.on_bad_item,
            queue: self.queue,
            priority: self.priority,
            conditions: Conditions {
                requires: self.requires,
                limits: self.limits.into_iter().map(Into::into).collect(),
            },
            run_at: self.run_at,
            max_attempts: self.max_attempts,
            timeout: self.timeout_ms.map(Duration::from_millis),
            key,
            source: if matches!(actor, Actor::User { .. }) { "manual" } else { "api" },
            job: None,
        };
        Ok((submission, upload))
    }
}

/// Submit a run.
///
/// It is durable when this answers. With an `Idempotency-Key` a repetition answers the first run.
#[utoipa::path(
    post, path = "/api/v1/runs", tag = "runs", security(("bearer" = ["runs:submit"])), request_body = NewRun,
    params(("Idempotency-Key" = Option<String>, Header, description = "Submitting twice under one key submits once")),
    responses((status = 201, body = Run), (status = 400, description = "unknown_kind, invalid_parameters, too_many_items, item_too_large"),
        (status = 409, description = "idempotency_key_reused"))
)]
pub async fn submit(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    request: Idempotent<NewRun>,
) -> Result<Created<Run>, Problem> {
    let fingerprint = request.fingerprint.to_string();
    let key = request.key.map(|key| (key.as_str().to_owned(), fingerprint));
    let (submission, upload) = request.body.into_submission(&ctx.actor, key)?;
    let submitted = match upload {
        Some(upload) => uploads::submit(&engine, &ctx, &upload, submission).await,
        None => submit::submit(&engine, &ctx, submission).await,
    };
    let submitted = submitted.map_err(Fault::from)?;
    let run = Run::from(runs::submitted(&engine, &ctx, submitted.number).await.map_err(Fault::from)?);
    Ok(Created { location: run.location(), tag: None, body: run })
}

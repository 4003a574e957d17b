//! What is done with a schedule, and what it did and will do.

use axum::extract::State;
use metier_core::Timestamp;
use metier_http::{Caller, Json, PageBody, PageQuery, Path, Problem, Query, Tagged};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    bodies::{NewScheduleBody, ScheduleBody},
    schedules::tagged,
};
use crate::{
    domain::plan::{Foreseen, Verdict},
    ops::Scheduler,
    store::fires::Fire,
};

/// Pause a schedule
///
/// It starts nothing until it is resumed, and what passes meanwhile is not missed.
#[utoipa::path(post, path = "/api/v1/schedules/{schedule}/pause", tag = "schedules", security(("bearer" = ["schedules:write"])),
    params(("schedule" = String, Path, description = "Its id or name")), responses((status = 200, body = ScheduleBody)))]
pub(super) async fn pause(
    State(service): State<Scheduler>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> Result<Tagged<ScheduleBody>, Problem> {
    Ok(tagged(service.pause_schedule(&ctx, &id).await?))
}

/// Resume a schedule
#[utoipa::path(post, path = "/api/v1/schedules/{schedule}/resume", tag = "schedules", security(("bearer" = ["schedules:write"])),
    params(("schedule" = String, Path, description = "Its id or name")),
    responses((status = 200, body = ScheduleBody), (status = 409, description = "`schedule_ended`")))]
pub(super) async fn resume(
    State(service): State<Scheduler>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> Result<Tagged<ScheduleBody>, Problem> {
    Ok(tagged(service.resume_schedule(&ctx, &id).await?))
}

/// Start a schedule now
///
/// The run is the caller's. The other times of the schedule stay as they are.
#[utoipa::path(post, path = "/api/v1/schedules/{schedule}/run", tag = "schedules", security(("bearer" = ["schedules:write", "runs:submit"])),
    params(("schedule" = String, Path, description = "Its id or name")), responses((status = 200, body = FireBody)))]
pub(super) async fn run(
    State(service): State<Scheduler>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> Result<Json<FireBody>, Problem> {
    Ok(Json(service.run_schedule(&ctx, &id).await?.into()))
}

/// How much is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Count {
    /// How many times, 1 to 500.
    #[serde(default = "ten")]
    #[param(example = 10, default = 10)]
    count: usize,
}

const fn ten() -> usize {
    10
}

/// A time ahead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ForeseenFire)]
pub(super) struct ForeseenBody {
    /// The time.
    #[schema(value_type = String, format = "date-time")]
    scheduled_for: Timestamp,
    /// The same with jitter.
    #[schema(value_type = String, format = "date-time")]
    due_at: Timestamp,
    /// Why nothing will start.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<String>,
}

impl From<Foreseen> for ForeseenBody {
    fn from(foreseen: Foreseen) -> Self {
        let skipped = match foreseen.verdict {
            Verdict::Fire => None,
            Verdict::Skip(reason) => Some(reason),
        };
        Self { scheduled_for: foreseen.scheduled_for, due_at: foreseen.due_at, skipped }
    }
}

/// Foretell a schedule's next times
#[utoipa::path(get, path = "/api/v1/schedules/{schedule}/preview", tag = "schedules", security(("bearer" = ["schedules:read"])),
    params(("schedule" = String, Path, description = "Its id or name"), Count), responses((status = 200, body = Vec<ForeseenBody>)))]
pub(super) async fn preview(
    State(service): State<Scheduler>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    Query(Count { count }): Query<Count>,
) -> Result<Json<Vec<ForeseenBody>>, Problem> {
    let outlook = service.preview_schedule(&ctx, &id, count).await?;
    Ok(Json(outlook.into_iter().map(ForeseenBody::from).collect()))
}

/// Foretell the times of a schedule that is not saved
#[utoipa::path(post, path = "/api/v1/schedules/preview", tag = "schedules", security(("bearer" = ["schedules:read"])), request_body = NewScheduleBody,
    params(Count), responses((status = 200, body = Vec<ForeseenBody>)))]
pub(super) async fn preview_unsaved(
    State(service): State<Scheduler>,
    Caller(ctx): Caller,
    Query(Count { count }): Query<Count>,
    Json(body): Json<NewScheduleBody>,
) -> Result<Json<Vec<ForeseenBody>>, Problem> {
    let outlook = service.preview_definition(&ctx, body.into(), count).await?;
    Ok(Json(outlook.into_iter().map(ForeseenBody::from).collect()))
}

/// What became of a time of a schedule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fire)]
pub(super) struct FireBody {
    /// The time.
    #[schema(value_type = String, format = "date-time")]
    scheduled_for: Timestamp,
    /// What made it start: `scheduler` or `manual`.
    source: String,
    /// `due`, `queued`, `submitted`, `skipped` or `failed`.
    #[schema(example = "submitted")]
    outcome: String,
    /// Why it was skipped, failed, or waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The run.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    run: Option<String>,
    /// The run's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    run_number: Option<i64>,
    /// When the time was found to have come.
    #[schema(value_type = String, format = "date-time")]
    created_at: Timestamp,
    /// When it was submitted, skipped or given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    settled_at: Option<Timestamp>,
}

impl From<Fire> for FireBody {
    fn from(fire: Fire) -> Self {
        Self {
            scheduled_for: fire.scheduled_for,
            source: fire.source,
            outcome: fire.outcome,
            reason: fire.reason,
            run: fire.run.map(|run| run.to_string()),
            run_number: fire.run_number,
            created_at: fire.created_at,
            settled_at: fire.settled_at,
        }
    }
}

/// List what became of a schedule's times, the latest first
#[utoipa::path(get, path = "/api/v1/schedules/{schedule}/fires", tag = "schedules", security(("bearer" = ["schedules:read"])),
    params(("schedule" = String, Path, description = "Its id or name"), PageQuery), responses((status = 200, body = PageBody<FireBody>)))]
pub(super) async fn fires(
    State(service): State<Scheduler>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    PageQuery(page): PageQuery,
) -> Result<Json<PageBody<FireBody>>, Problem> {
    Ok(Json(service.list_fires(&ctx, &id, &page).await?.map(FireBody::from).into()))
}

//! `/api/v1/sources`.

use axum::extract::State;
use metier_contract_postings::SOURCES_SYNC;
use metier_core::{Fault, Timestamp};
use metier_http::{Caller, Created, Json, PageBody, PageQuery, Path, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Doors;
use crate::{
    ops::sources,
    store::{
        sources::{HealthRow, SourceRow},
        syncs::SyncRow,
    },
    workers,
};

/// A source of postings.
#[derive(Debug, Serialize, ToSchema)]
pub struct Source {
    /// Its name.
    #[schema(example = "arbetsformedlingen")]
    name: String,
    /// Where its plugin answers.
    url: String,
    /// What the plugin calls itself.
    title: String,
    /// The plugin contract it keeps: 1 (OpenJobs) or 2.
    contract: i64,
    /// Whether its postings are invented.
    demo: bool,
    /// Who registered it: `environment`, `api` or `built_in`.
    origin: String,
    /// `unknown`, `healthy`, `degraded`, `unconfigured` or `unreachable`.
    condition: String,
    /// What is wrong, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// When it was last asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    checked_at: Option<Timestamp>,
    /// When it was registered.
    #[schema(value_type = String, format = "date-time")]
    created_at: Timestamp,
}

impl From<SourceRow> for Source {
    fn from(row: SourceRow) -> Self {
        Self {
            name: row.name,
            url: row.url,
            title: row.title,
            contract: row.contract,
            demo: row.demo == 1,
            origin: row.origin,
            condition: row.condition,
            message: row.condition_message,
            checked_at: row.checked_at.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.created_at),
        }
    }
}

/// The sources there are.
#[utoipa::path(get, path = "/api/v1/sources", tag = "sources", security(("bearer" = ["sources:read"])), responses((status = 200, body = Vec<Source>)))]
pub async fn list(State(doors): State<Doors>, Caller(ctx): Caller) -> Result<Json<Vec<Source>>, Problem> {
    let rows = sources::list(&doors.desk, &ctx).await.map_err(Fault::from)?;
    Ok(Json(rows.into_iter().map(Source::from).collect()))
}

/// A source to register.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    /// 1 to 64 of `a-z 0-9 -`.
    #[schema(example = "remoteok")]
    name: String,
    /// Where its plugin answers; its origin is trusted from then on, a redirect off it never is.
    #[schema(example = "http://127.0.0.1:8084")]
    url: String,
}

/// Register a source.
#[utoipa::path(
    post, path = "/api/v1/sources", tag = "sources", security(("bearer" = ["sources:manage"])), request_body = NewSource,
    responses((status = 201, body = Source), (status = 409, description = "source_taken"))
)]
pub async fn create(
    State(doors): State<Doors>,
    Caller(ctx): Caller,
    Json(new): Json<NewSource>,
) -> Result<Created<Source>, Problem> {
    let row = sources::create(&doors.desk, &ctx, &new.name, &new.url).await.map_err(Fault::from)?;
    Ok(Created { location: format!("/api/v1/sources/{}", row.name), tag: None, body: row.into() })
}

/// One source.
#[utoipa::path(
    get, path = "/api/v1/sources/{source}", tag = "sources", security(("bearer" = ["sources:read"])), params(("source" = String, Path, description = "Name")),
    responses((status = 200, body = Source))
)]
pub async fn get(
    State(doors): State<Doors>,
    Caller(ctx): Caller,
    Path(name): Path<String>,
) -> Result<Json<Source>, Problem> {
    Ok(Json(sources::get(&doors.desk, &ctx, &name).await.map_err(Fault::from)?.into()))
}

/// What a removal took along.
#[derive(Debug, Serialize, ToSchema)]
pub struct Removed {
    /// Sightings that went with the source; postings that others show too stay.
    sightings: u64,
}

/// Remove a source with everything only it showed.
#[utoipa::path(
    delete, path = "/api/v1/sources/{source}", tag = "sources", security(("bearer" = ["sources:manage"])), params(("source" = String, Path, description = "Name")),
    responses((status = 200, body = Removed))
)]
pub async fn delete(
    State(doors): State<Doors>,
    Caller(ctx): Caller,
    Path(name): Path<String>,
) -> Result<Json<Removed>, Problem> {
    let sightings = sources::remove(&doors.desk, &ctx, &name).await.map_err(Fault::from)?;
    Ok(Json(Removed { sightings }))
}

/// Ask a source how it is, now.
#[utoipa::path(
    post, path = "/api/v1/sources/{source}/check", tag = "sources", security(("bearer" = ["sources:sync"])), params(("source" = String, Path, description = "Name")),
    responses((status = 200, body = Source))
)]
pub async fn check(
    State(doors): State<Doors>,
    Caller(ctx): Caller,
    Path(name): Path<String>,
) -> Result<Json<Source>, Problem> {
    ctx.require(SOURCES_SYNC)?;
    Ok(Json(sources::check(&doors.desk, &name).await.map_err(Fault::from)?.into()))
}

/// A change of a source's health.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthChange {
    /// Since when.
    #[schema(value_type = String, format = "date-time")]
    since: Timestamp,
    /// How it was from then on.
    condition: String,
    /// What was wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl From<HealthRow> for HealthChange {
    fn from(row: HealthRow) -> Self {
        Self { since: Timestamp::from_micros(row.checked_at), condition: row.condition, message: row.message }
    }
}

/// How a source's health changed, newest first.
#[utoipa::path(
    get, path = "/api/v1/sources/{source}/health", tag = "sources", security(("bearer" = ["sources:read"])), params(("source" = String, Path, description = "Name")),
    responses((status = 200, body = Vec<HealthChange>))
)]
pub async fn health(
    State(doors): State<Doors>,
    Caller(ctx): Caller,
    Path(name): Path<String>,
) -> Result<Json<Vec<HealthChange>>, Problem> {
    let rows = sources::health(&doors.desk, &ctx, &name).await.map_err(Fault::from)?;
    Ok(Json(rows.into_iter().map(HealthChange::from).collect()))
}

/// The run that syncs.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncRun {
    /// Its id: follow it at `/api/v1/runs/{run}`.
    #[schema(format = "uuid")]
    run: String,
    /// Its number.
    number: i64,
    /// Its state.
    state: String,
}

/// Start a sync: a durable run of the kind `source.sync`.
#[utoipa::path(
    post, path = "/api/v1/sources/{source}/sync", tag = "sources", security(("bearer" = ["sources:sync"])), params(("source" = String, Path, description = "Name")),
    responses((status = 201, body = SyncRun))
)]
pub async fn sync(
    State(doors): State<Doors>,
    Caller(ctx): Caller,
    Path(name): Path<String>,
) -> Result<Created<SyncRun>, Problem> {
    ctx.require(SOURCES_SYNC)?;
    let source = sources::get(&doors.desk, &ctx, &name).await.map_err(Fault::from)?;
    let run = workers::submit_sync(&doors.kit, &ctx, &source.name, None).await?;
    let location = format!("/api/v1/runs/{}", run.id);
    Ok(Created { location, tag: None, body: SyncRun { run: run.id, number: run.number, state: run.state } })
}

/// One pass over a source, and its honest account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sync {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// The run that performed it.
    run: String,
    /// `running`, `succeeded`, `partial` or `failed`.
    state: String,
    /// Whether everything on offer was in it.
    complete: bool,
    /// Entries the source sent; the sum of the next four.
    fetched: i64,
    /// Not seen before.
    new: i64,
    /// Known and changed.
    updated: i64,
    /// Known and unchanged.
    duplicate: i64,
    /// Not taken; the reasons are in the report.
    rejected: i64,
    /// Rejections with reasons, and warnings.
    #[schema(value_type = Object)]
    report: Value,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// When it began.
    #[schema(value_type = String, format = "date-time")]
    started_at: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    ended_at: Option<Timestamp>,
}

impl From<SyncRow> for Sync {
    fn from(row: SyncRow) -> Self {
        Self {
            id: row.id.to_string(),
            run: row.run,
            state: row.state,
            complete: row.complete == 1,
            fetched: row.fetched,
            new: row.new,
            updated: row.updated,
            duplicate: row.duplicate,
            rejected: row.rejected,
            report: serde_json::from_str(&row.report).unwrap_or(Value::Null),
            error: row.error,
            started_at: Timestamp::from_micros(row.started_at),
            ended_at: row.ended_at.map(Timestamp::from_micros),
        }
    }
}

/// A source's syncs, newest first.
#[utoipa::path(
    get, path = "/api/v1/sources/{source}/syncs", tag = "sources", security(("bearer" = ["sources:read"])),
    params(("source" = String, Path, description = "Name"), PageQuery), responses((status = 200, body = PageBody<Sync>))
)]
pub async fn syncs(
    State(doors): State<Doors>,
    Caller(ctx): Caller,
    Path(name): Path<String>,
    PageQuery(page): PageQuery,
) -> Result<Json<PageBody<Sync>>, Problem> {
    let before = page.after.as_ref().map(metier_core::Cursor::key::<i64>).transpose()?;
    let rows = sources::syncs(&doors.desk, &ctx, &name, (before, i64::from(page.limit) + 1)).await;
    let rows = rows.map_err(Fault::from)?;
    Ok(Json(metier_core::Page::from_rows(rows, page.limit, |row| row.started_at).into()))
}

//! `/api/v1/runs`. Wherever a path names a run, its id and its number are both good.

pub mod bad_items;
mod body;
pub mod submission;

use axum::extract::State;
use metier_core::{Fault, Timestamp};
use metier_http::{Caller, Json, List, ListQuery, PageBody, Path, Problem};
use serde::Serialize;
use utoipa::ToSchema;

pub use body::{KindRef, Run};

use crate::{
    domain::state::RunState,
    ops::{Engine, runs},
    store::run_pages::Filter,
};

/// What a list of runs can be asked for.
pub struct Runs;

impl List for Runs {
    const FILTERS: &'static [&'static str] = &["state", "kind", "queue", "created_after", "created_before"];
    const SORTS: &'static [&'static str] = &["number"];
    const DEFAULT_SORT: &'static str = "-number";
}

/// List runs, newest first: one's own, or everyone's with `runs:read_all`.
#[utoipa::path(
    get, path = "/api/v1/runs", tag = "runs", security(("bearer" = ["runs:read"])), params(ListQuery<Runs>),
    responses((status = 200, body = PageBody<Run>))
)]
pub async fn list(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    query: ListQuery<Runs>,
) -> Result<Json<PageBody<Run>>, Problem> {
    if !query.sort.descending {
        return Err(Fault::invalid("sort", "runs are listed newest first: -number").into());
    }
    let filter = filter(&query)?;
    let page = runs::list(&engine, &ctx, &filter, &query.page).await.map_err(Fault::from)?;
    Ok(Json(page.into()))
}

fn filter(query: &ListQuery<Runs>) -> Result<Filter, Fault> {
    let one = |name: &str| match query.texts(name) {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        _ => Err(Fault::invalid(name, "takes one value")),
    };
    let moment = |name: &str| {
        let text = one(name)?;
        let parsed = text.map(|text| Timestamp::parse(&text)).transpose();
        parsed.map_err(|_| Fault::invalid(name, "must be an RFC 3339 time such as 2026-01-31T08:00:00Z"))
    };
    Ok(Filter {
        states: query.values::<RunState>("state")?,
        kind: one("kind")?,
        queue: one("queue")?,
        job: None,
        created_after: moment("created_after")?,
        created_before: moment("created_before")?,
    })
}

/// How many runs are in a state.
#[derive(Debug, Serialize, ToSchema)]
pub struct StateCount {
    /// The state.
    state: String,
    /// How many of the runs one may see.
    count: i64,
}

/// Count runs by state, from counters.
#[utoipa::path(
    get, path = "/api/v1/runs/counts", tag = "runs", security(("bearer" = ["runs:read"])), responses((status = 200, body = Vec<StateCount>))
)]
pub async fn counts(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
) -> Result<Json<Vec<StateCount>>, Problem> {
    let counts = runs::counts(&engine, &ctx).await.map_err(Fault::from)?;
    let shown = counts.into_iter().map(|row| StateCount { state: row.state, count: row.count });
    Ok(Json(shown.collect()))
}

/// One run, by its id or its number, with why it waits or failed.
#[utoipa::path(
    get, path = "/api/v1/runs/{run}", tag = "runs", security(("bearer" = ["runs:read"])), params(("run" = String, Path, description = "Id or number")),
    responses((status = 200, body = Run))
)]
pub async fn get(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(run): Path<String>,
) -> Result<Json<Run>, Problem> {
    let run = runs::named(&engine, &ctx, &run).await.map_err(Fault::from)?;
    Ok(Json(runs::get(&engine, &ctx, run).await.map_err(Fault::from)?.into()))
}

/// Cancel a run: what waits ends at once, what runs is told to stop.
#[utoipa::path(
    post, path = "/api/v1/runs/{run}/cancel", tag = "runs", security(("bearer" = ["runs:cancel"])), params(("run" = String, Path, description = "Id or number")),
    responses((status = 200, body = Run), (status = 409, description = "run_ended"))
)]
pub async fn cancel(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(run): Path<String>,
) -> Result<Json<Run>, Problem> {
    let run = runs::named(&engine, &ctx, &run).await.map_err(Fault::from)?;
    let view = runs::cancel(&engine, &ctx, run).await.map_err(Fault::from)?;
    Ok(Json(view.into()))
}

/// Replay the tasks of an ended run that did not succeed. The run opens again under a new epoch.
#[utoipa::path(
    post, path = "/api/v1/runs/{run}/retry", tag = "runs", security(("bearer" = ["runs:retry"])), params(("run" = String, Path, description = "Id or number")),
    responses((status = 200, body = Run), (status = 409, description = "run_open, nothing_to_replay"))
)]
pub async fn retry(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(run): Path<String>,
) -> Result<Json<Run>, Problem> {
    let run = runs::named(&engine, &ctx, &run).await.map_err(Fault::from)?;
    let (view, _) = runs::retry(&engine, &ctx, run, None).await.map_err(Fault::from)?;
    Ok(Json(view.into()))
}

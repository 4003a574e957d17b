//! `/api/v1/limits`: what keys allow of the tasks that carry them.

use axum::extract::State;
use metier_core::{Fault, Timestamp};
use metier_http::{Caller, Json, NoContent, PageBody, PageQuery, Path, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    domain::limit,
    ops::{Engine, limits},
    store::{limits::LimitRow, queues::COUNT_LIMIT},
};

/// So many attempts begun in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Attempts begun.
    #[schema(example = 30, minimum = 1, maximum = 1_000_000)]
    count: i64,
    /// In so many seconds, at most 31 days.
    #[schema(example = 60, minimum = 1, maximum = 2_678_400)]
    per_seconds: i64,
    /// Most that begin at once after a pause; 1 when absent, so that no while ever has more than `count` and one.
    #[serde(default = "one")]
    #[schema(example = 1, minimum = 1, maximum = 1_000_000)]
    burst: i64,
}

const fn one() -> i64 {
    1
}

impl From<Rate> for limit::Rate {
    fn from(Rate { count, per_seconds, burst }: Rate) -> Self {
        Self { count, per_seconds, burst }
    }
}

impl From<limit::Rate> for Rate {
    fn from(limit::Rate { count, per_seconds, burst }: limit::Rate) -> Self {
        Self { count, per_seconds, burst }
    }
}

/// A key that a run's tasks carry, and what it allows if it is new: a key that somebody has set keeps theirs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyLimit {
    /// The key: 1 to 200 of `A-Z a-z 0-9 - _ . :`. All runs of the workspace that name it share the limit.
    #[schema(example = "board:eures")]
    key: String,
    /// Tasks at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 2, minimum = 1, maximum = 1_000_000)]
    concurrency: Option<i64>,
    /// Attempts begun in a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate: Option<Rate>,
}

impl From<KeyLimit> for limit::KeyLimit {
    fn from(KeyLimit { key, concurrency, rate }: KeyLimit) -> Self {
        Self { key, limit: limit::Limit { concurrency, rate: rate.map(Into::into) } }
    }
}

impl From<limit::KeyLimit> for KeyLimit {
    fn from(limit::KeyLimit { key, limit }: limit::KeyLimit) -> Self {
        Self { key, concurrency: limit.concurrency, rate: limit.rate.map(Into::into) }
    }
}

/// What a key allows from now on.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLimit {
    /// Tasks at a time; as many as one likes when absent.
    #[schema(example = 2, minimum = 1, maximum = 1_000_000)]
    concurrency: Option<i64>,
    /// Attempts begun in a while; as many as one likes when absent.
    rate: Option<Rate>,
}

/// A key, what it allows, and how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct Limit {
    /// The key.
    #[schema(example = "board:eures")]
    key: String,
    /// Tasks at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrency: Option<i64>,
    /// Attempts begun in a while.
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<Rate>,
    /// Tasks under a lease now.
    in_use: i64,
    /// Tasks that carry it and wait.
    ready: i64,
    /// Whether there are more than `ready` says: counting stops there.
    more: bool,
    /// When its rate gives the next token, if it has none now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    next_token_at: Option<Timestamp>,
}

impl Limit {
    fn shown(row: LimitRow, now: Timestamp) -> Self {
        let limit = row.limit();
        let next = limit.rate.map(|_| Timestamp::from_micros(row.next_token_at)).filter(|next| *next > now);
        Self {
            key: row.key,
            concurrency: limit.concurrency,
            rate: limit.rate.map(Into::into),
            in_use: row.in_use,
            ready: row.ready,
            more: row.ready >= COUNT_LIMIT,
            next_token_at: next,
        }
    }
}

/// The keys that have a limit.
#[utoipa::path(
    get, path = "/api/v1/limits", tag = "limits", security(("bearer" = ["queues:read"])), params(PageQuery),
    responses((status = 200, body = PageBody<Limit>))
)]
pub async fn list(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    PageQuery(page): PageQuery,
) -> Result<Json<PageBody<Limit>>, Problem> {
    let now = engine.clock().now();
    let page = limits::list(&engine, &ctx, &page).await.map_err(Fault::from)?;
    Ok(Json(page.map(|row| Limit::shown(row, now)).into()))
}

/// One key.
#[utoipa::path(
    get, path = "/api/v1/limits/{limit}", tag = "limits", security(("bearer" = ["queues:read"])), params(("limit" = String, Path, description = "Key")),
    responses((status = 200, body = Limit))
)]
pub async fn get(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(key): Path<String>,
) -> Result<Json<Limit>, Problem> {
    let row = limits::get(&engine, &ctx, &key).await.map_err(Fault::from)?;
    Ok(Json(Limit::shown(row, engine.clock().now())))
}

/// Say what a key allows from now on. Tasks that run go on, even when they are more than that.
#[utoipa::path(
    put, path = "/api/v1/limits/{limit}", tag = "limits", security(("bearer" = ["queues:manage"])), request_body = NewLimit,
    params(("limit" = String, Path, description = "Key")), responses((status = 200, body = Limit))
)]
pub async fn set(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(key): Path<String>,
    Json(NewLimit { concurrency, rate }): Json<NewLimit>,
) -> Result<Json<Limit>, Problem> {
    let wanted = limit::Limit { concurrency, rate: rate.map(Into::into) };
    let row = limits::set(&engine, &ctx, &key, wanted).await.map_err(Fault::from)?;
    Ok(Json(Limit::shown(row, engine.clock().now())))
}

/// Lift a limit: the key allows everything until somebody sets it again.
#[utoipa::path(
    delete, path = "/api/v1/limits/{limit}", tag = "limits", security(("bearer" = ["queues:manage"])), params(("limit" = String, Path, description = "Key")),
    responses((status = 204, description = "Lifted"))
)]
pub async fn delete(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(key): Path<String>,
) -> Result<NoContent, Problem> {
    limits::delete(&engine, &ctx, &key).await.map_err(Fault::from)?;
    Ok(NoContent)
}

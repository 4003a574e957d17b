//! `/jobs`: postings on offer, and those that people write down.

use axum::extract::State;
use axum::http::StatusCode;
use metier_core::Fault;
use metier_http::{Caller, Json, Path, Problem, Query};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    envelope::{Answer, Envelope, data, told, word},
    shape::JobPost,
};
use crate::{
    http::Doors,
    ops::manual::{self, Writing},
};

const DEFAULT: i64 = 20;
const MOST: i64 = 100;
/// Further down, the native search with its cursor is the way.
const FURTHEST: i64 = 100_000;

/// Which part of the list.
#[derive(Deserialize)]
pub struct Part {
    limit: Option<i64>,
    offset: Option<i64>,
}

impl Part {
    fn page(&self) -> Result<(i64, i64), Fault> {
        let (limit, offset) = (self.limit.unwrap_or(DEFAULT), self.offset.unwrap_or(0));
        if !(1..=MOST).contains(&limit) {
            return Err(Fault::invalid("limit", format!("must be between 1 and {MOST}")));
        }
        if !(0..=FURTHEST).contains(&offset) {
            return Err(Fault::invalid("offset", format!("must be between 0 and {FURTHEST}")));
        }
        Ok((limit, offset))
    }
}

/// Postings on offer, the last published first.
pub async fn list(
    State(doors): State<Doors>,
    Caller(ctx): Caller,
    Query(part): Query<Part>,
) -> Answer<Vec<JobPost>> {
    let found = manual::newest(&doors.desk, &ctx, part.page()?).await.map_err(Fault::from)?;
    Ok(data(found.into_iter().map(JobPost::from).collect()))
}

/// One posting.
pub async fn get(State(doors): State<Doors>, Caller(ctx): Caller, Path(id): Path<String>) -> Answer<JobPost> {
    Ok(data(manual::get(&doors.desk, &ctx, &id).await.map_err(Fault::from)?.into()))
}

/// Writes a posting down.
pub async fn create(
    State(doors): State<Doors>,
    Caller(ctx): Caller,
    Json(job): Json<Map<String, Value>>,
) -> Result<(StatusCode, Json<Envelope<JobPost>>), Problem> {
    let given = job.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned);
    let desk = &doors.desk;
    let id = given.unwrap_or_else(|| desk.random.uuid(desk.clock.now()).to_string());
    manual::write(desk, &ctx, (id.clone(), job), Writing::Create).await.map_err(Fault::from)?;
    let created = manual::get(desk, &ctx, &id).await.map_err(Fault::from)?;
    Ok((StatusCode::CREATED, told(created.into(), "Job created successfully")))
}

/// Writes a posting anew; the id of the path counts.
pub async fn replace(
    State(doors): State<Doors>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    Json(job): Json<Map<String, Value>>,
) -> Answer<JobPost> {
    manual::write(&doors.desk, &ctx, (id.clone(), job), Writing::Replace).await.map_err(Fault::from)?;
    Ok(data(manual::get(&doors.desk, &ctx, &id).await.map_err(Fault::from)?.into()))
}

/// Takes a posting back that was written down.
pub async fn remove(State(doors): State<Doors>, Caller(ctx): Caller, Path(id): Path<String>) -> Answer<()> {
    manual::remove(&doors.desk, &ctx, &id).await.map_err(Fault::from)?;
    Ok(word("Job deleted successfully"))
}

//! Pages of the list of runs, as quick among a million runs as among ten.
//!
//! A page is found by seeking, for each state and each lane that can have a run in it, the newest runs there by an index,
//! and taking the newest of those: what was asked for may be rare, or not be there at all, and nothing is read through to
//! learn that. The runs of a job have an index of their own.

use metier_core::{Timestamp, UserId};
use metier_db::{Backend, Column, Rows, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::runs::{Conditions, RunRow, SELECT, Sight};
use crate::domain::state::RunState;

/// With more lanes than this, what is asked for is common enough to be met among the newest of each state.
const MANY_LANES: usize = 500;

/// What a list is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In one of these states; empty for all.
    pub states: Vec<RunState>,
    /// Of this kind.
    pub kind: Option<String>,
    /// In this queue.
    pub queue: Option<String>,
    /// Of this job.
    pub job: Option<Uuid>,
    /// Created at or after.
    pub created_after: Option<Timestamp>,
    /// Created before.
    pub created_before: Option<Timestamp>,
}

const LANES: &str =
    "SELECT lanes.id FROM lanes JOIN kinds ON kinds.id = lanes.kind JOIN queues ON queues.id = lanes.queue";
/// Columns of a seek.
const STATE: &str = "sought_state";
const LANE: &str = "sought_lane";

/// How a page is found.
enum Way {
    /// By the index of a job's runs.
    Job,
    /// By a seek for each state.
    States,
    /// By a seek for each state and each of these lanes.
    Lanes(Vec<i64>),
}

/// The newest runs below `before` (a number), at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    connection: &impl ConnectionTrait,
    sight: Sight,
    filter: &Filter,
    (before, limit): (Option<i64>, i64),
) -> Result<Vec<RunRow>, DbErr> {
    let backend = Backend::of(connection);
    let way = match few_lanes(connection, sight, filter).await? {
        Some(lanes) if lanes.is_empty() => return Ok(Vec::new()),
        _ if filter.job.is_some() => Way::Job,
        Some(lanes) => Way::Lanes(lanes),
        None => Way::States,
    };
    let mut conditions = narrowed(sight, filter, before);
    conditions.values.push(limit.into());
    let limit = conditions.values.len();
    let states = if filter.states.is_empty() { RunState::ALL.as_slice() } else { &filter.states };
    match way {
        Way::Job => {
            in_lanes(filter, &mut conditions);
            in_states(backend, &filter.states, &mut conditions);
        }
        Way::States => {
            in_lanes(filter, &mut conditions);
            let seeks = (by_state(states), "runs.state = sought_state");
            seek(backend, seeks, &mut conditions, limit);
        }
        Way::Lanes(lanes) => {
            let seeks = (by_lane(states, &lanes), "runs.lane = sought_lane AND runs.state = sought_state");
            seek(backend, seeks, &mut conditions, limit);
        }
    }
    let query = format!("{SELECT} WHERE {} ORDER BY runs.number DESC LIMIT ${limit}", conditions.text);
    sql::list(connection, &query, conditions.values).await
}

#[derive(FromQueryResult)]
struct Lane {
    id: i64,
}

/// The lanes that the runs asked for are in; `None` when they are many, or all.
async fn few_lanes(
    connection: &impl ConnectionTrait,
    sight: Sight,
    filter: &Filter,
) -> Result<Option<Vec<i64>>, DbErr> {
    if filter.kind.is_none() && filter.queue.is_none() && sight.owner.is_none() {
        return Ok(None);
    }
    let text = "queues.workspace = $1".to_owned();
    let mut conditions = Conditions { text, values: vec![sight.workspace.uuid().into()] };
    if let Some(owner) = sight.owner {
        conditions.and("lanes.owner =", UserId::uuid(owner));
    }
    named(filter, &mut conditions);
    let query = format!("{LANES} WHERE {} LIMIT {}", conditions.text, MANY_LANES + 1);
    let lanes: Vec<Lane> = sql::list(connection, &query, conditions.values).await?;
    Ok((lanes.len() <= MANY_LANES).then(|| lanes.into_iter().map(|lane| lane.id).collect()))
}

/// The kind and the queue by their names.
fn named(filter: &Filter, conditions: &mut Conditions) {
    if let Some(kind) = &filter.kind {
        conditions.and("kinds.name =", kind.as_str());
    }
    if let Some(queue) = &filter.queue {
        conditions.and("queues.name =", queue.as_str());
    }
}

/// What every run of the page must be, whichever way it is found.
fn narrowed(sight: Sight, filter: &Filter, before: Option<i64>) -> Conditions {
    let mut conditions = Conditions::seen_by(sight);
    if let Some(job) = filter.job {
        conditions.and("runs.job =", job);
    }
    if let Some(after) = filter.created_after {
        conditions.and("runs.created_at >=", after.micros());
    }
    if let Some(end) = filter.created_before {
        conditions.and("runs.created_at <", end.micros());
    }
    if let Some(before) = before {
        conditions.and("runs.number <", before);
    }
    conditions
}

/// A run in one of the lanes that the filter names.
fn in_lanes(filter: &Filter, conditions: &mut Conditions) {
    if filter.kind.is_some() || filter.queue.is_some() {
        conditions.text.push_str(&format!(" AND runs.lane IN ({LANES} WHERE true"));
        named(filter, conditions);
        conditions.text.push(')');
    }
}

fn in_states(backend: Backend, states: &[RunState], conditions: &mut Conditions) {
    if !states.is_empty() {
        let (source, values) = by_state(states).source(backend, conditions.values.len() + 1);
        conditions.values.extend(values);
        conditions.text.push_str(&format!(" AND runs.state IN (SELECT {STATE} FROM {source})"));
    }
}

fn by_state(states: &[RunState]) -> Rows {
    Rows::new().with(STATE, Column::Text(states.iter().map(|state| state.name().to_owned()).collect()))
}

fn by_lane(states: &[RunState], lanes: &[i64]) -> Rows {
    let names = lanes.iter().flat_map(|_| states.iter().map(|state| state.name().to_owned())).collect();
    let lanes = lanes.iter().flat_map(|lane| states.iter().map(|_| *lane)).collect();
    Rows::new().with(STATE, Column::Text(names)).with(LANE, Column::Int(lanes))
}

/// Narrows to the newest runs that each of these seeks finds.
fn seek(backend: Backend, (seeks, by): (Rows, &str), conditions: &mut Conditions, limit: usize) {
    let (source, values) = seeks.source(backend, conditions.values.len() + 1);
    conditions.values.extend(values);
    let newest = format!(
        "SELECT runs.number FROM runs WHERE {by} AND {} ORDER BY runs.number DESC LIMIT ${limit}",
        conditions.text
    );
    let found = match backend {
        Backend::Sqlite => format!("CROSS JOIN runs AS found ON found.number IN ({newest})"),
        Backend::Postgres => format!("CROSS JOIN LATERAL ({newest}) AS found"),
    };
    conditions.text = format!(
        "runs.number IN (SELECT found.number FROM {source} {found} ORDER BY found.number DESC LIMIT ${limit})"
    );
}

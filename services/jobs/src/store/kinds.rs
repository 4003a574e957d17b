//! The catalogue of kinds, and what the hot path needs to know of them.

use std::{collections::HashMap, time::Duration};

use metier_core::{Fault, Grants, Timestamp};
use metier_db::{Backend, Column, DbError, Rows, Tx, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::domain::{
    kind::{Catalogue, Kind, KindName},
    retry::Backoff,
};

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    name: String,
    version: i64,
    description: String,
    parameter_schema: String,
    permissions: String,
    timeout_ms: i64,
    max_attempts: i64,
    backoff_ms: i64,
    max_backoff_ms: i64,
}

fn millis(value: i64) -> Duration {
    Duration::from_millis(u64::try_from(value).unwrap_or(0))
}

impl TryFrom<Row> for Kind {
    type Error = Fault;
    fn try_from(row: Row) -> Result<Self, Fault> {
        let permissions: Vec<String> = serde_json::from_str(&row.permissions).map_err(Fault::internal)?;
        let kind = Self {
            description: row.description,
            grants: Grants::parse(permissions.iter().map(String::as_str)).map_err(Fault::internal)?,
            timeout: millis(row.timeout_ms),
            max_attempts: row.max_attempts,
            backoff: Backoff { first: millis(row.backoff_ms), most: millis(row.max_backoff_ms) },
            ..Self::unvalidated(row.id, KindName { name: row.name, version: row.version })
        };
        kind.with_schema(serde_json::from_str(&row.parameter_schema).map_err(Fault::internal)?)
    }
}

/// Every registered kind.
///
/// # Errors
/// When the database fails, or a stored schema does not compile.
pub async fn catalogue(connection: &impl ConnectionTrait) -> Result<Catalogue, Fault> {
    let query = "SELECT id, name, version, description, parameter_schema, permissions, timeout_ms, max_attempts, \
                 backoff_ms, max_backoff_ms FROM kinds";
    let rows = sql::list::<Row>(connection, query, vec![]).await.map_err(DbError::from)?;
    Ok(Catalogue::new(rows.into_iter().map(Kind::try_from).collect::<Result<_, _>>()?))
}

/// Registers a kind, or brings its declaration up to date.
///
/// # Errors
/// When the database fails.
pub async fn register(tx: &Tx, kind: &Kind, now: Timestamp) -> Result<(), DbErr> {
    let statement = "INSERT INTO kinds (name, version, description, parameter_schema, permissions, timeout_ms, \
        max_attempts, backoff_ms, max_backoff_ms, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) \
        ON CONFLICT (name, version) DO UPDATE SET description = excluded.description, \
        parameter_schema = excluded.parameter_schema, permissions = excluded.permissions, \
        timeout_ms = excluded.timeout_ms, max_attempts = excluded.max_attempts, backoff_ms = excluded.backoff_ms, \
        max_backoff_ms = excluded.max_backoff_ms, updated_at = excluded.updated_at";
    let milliseconds = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    let permissions = serde_json::to_string(&kind.grants).map_err(|error| DbErr::Type(error.to_string()))?;
    let values = vec![
        kind.name.name.as_str().into(),
        kind.name.version.into(),
        kind.description.as_str().into(),
        kind.parameter_schema.to_string().into(),
        permissions.into(),
        milliseconds(kind.timeout).into(),
        kind.max_attempts.into(),
        milliseconds(kind.backoff.first).into(),
        milliseconds(kind.backoff.most).into(),
        now.micros().into(),
    ];
    sql::execute(tx, statement, values).await.map(drop)
}

/// What the hot path needs to know of a lane.
#[derive(Clone, Debug)]
pub struct LaneFacts {
    /// Its kind's id.
    pub kind: i64,
    /// Its kind's name.
    pub name: KindName,
    /// Its kind's permissions.
    pub grants: Grants,
    /// Between attempts.
    pub backoff: Backoff,
}

#[derive(FromQueryResult)]
struct LaneRow {
    lane: i64,
    kind: i64,
    name: String,
    version: i64,
    permissions: String,
    backoff_ms: i64,
    max_backoff_ms: i64,
}

/// The facts of these lanes.
///
/// # Errors
/// When the database fails.
pub async fn lane_facts(
    connection: &impl ConnectionTrait,
    lanes: impl IntoIterator<Item = i64>,
) -> Result<HashMap<i64, LaneFacts>, DbErr> {
    let lanes = distinct(lanes);
    if lanes.is_empty() {
        return Ok(HashMap::new());
    }
    let (source, values) = Rows::new().with("l", Column::Int(lanes)).source(Backend::of(connection), 1);
    let query = format!(
        "SELECT lanes.id AS lane, kinds.id AS kind, kinds.name, kinds.version, kinds.permissions, kinds.backoff_ms, \
         kinds.max_backoff_ms FROM lanes JOIN kinds ON kinds.id = lanes.kind WHERE lanes.id IN (SELECT l FROM {source})"
    );
    let rows = sql::list::<LaneRow>(connection, &query, values).await?;
    rows.into_iter().map(|row| Ok((row.lane, row.try_into()?))).collect()
}

impl TryFrom<LaneRow> for LaneFacts {
    type Error = DbErr;
    fn try_from(row: LaneRow) -> Result<Self, DbErr> {
        let grants =
            serde_json::from_str(&row.permissions).map_err(|error| DbErr::Type(error.to_string()))?;
        Ok(Self {
            kind: row.kind,
            name: KindName { name: row.name, version: row.version },
            grants,
            backoff: Backoff { first: millis(row.backoff_ms), most: millis(row.max_backoff_ms) },
        })
    }
}

/// The kind ids of these lanes, each once.
///
/// # Errors
/// When the database fails.
pub async fn of_lanes(
    connection: &impl ConnectionTrait,
    lanes: impl IntoIterator<Item = i64>,
) -> Result<Vec<i64>, DbErr> {
    let facts = lane_facts(connection, lanes).await?;
    Ok(distinct(facts.into_values().map(|lane| lane.kind)))
}

fn distinct(values: impl IntoIterator<Item = i64>) -> Vec<i64> {
    let mut values: Vec<i64> = values.into_iter().collect();
    values.sort_unstable();
    values.dedup();
    values
}

//! Schedules.

use metier_core::{Id, Timestamp};
use metier_db::{
    Tx,
    sea_orm::{self, ConnectionTrait, DbErr, FromQueryResult, Value},
    sql,
};
use uuid::Uuid;

use super::{Sight, from_text, to_text};
use crate::domain::schedule::Schedule;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    workspace: Uuid,
    owner: Option<Uuid>,
    name: String,
    definition: String,
    actor: String,
    grants: String,
    fired: i64,
    next_at: Option<i64>,
    paused_at: Option<i64>,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<Row> for Schedule {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        Ok(Self {
            id: Id::from_uuid(row.id),
            workspace: Id::from_uuid(row.workspace),
            owner: row.owner.map(Id::from_uuid),
            name: row.name,
            definition: from_text(&row.definition)?,
            actor: from_text(&row.actor)?,
            grants: from_text(&row.grants)?,
            fired: row.fired,
            next_at: row.next_at.map(Timestamp::from_micros),
            paused_at: row.paused_at.map(Timestamp::from_micros),
            version: row.version,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}

const SELECT: &str = "SELECT id, workspace, owner, name, definition, actor, grants, fired, next_at, paused_at, \
    version, created_at, updated_at FROM schedules";
/// Which schedules a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// All.
    #[default]
    All,
    /// Those with a time ahead.
    Active,
    /// Those that were paused.
    Paused,
    /// Those without a time ahead.
    Ended,
}

impl Wanted {
    const fn condition(self) -> &'static str {
        match self {
            Self::All => "TRUE",
            Self::Active => "next_at IS NOT NULL",
            Self::Paused => "paused_at IS NOT NULL",
            Self::Ended => "next_at IS NULL AND paused_at IS NULL",
        }
    }
}

/// A page of schedules by name, one row more than its limit where there is one.
///
/// # Errors
/// When the statement fails; so for every function here.
pub async fn list(
    connection: &impl ConnectionTrait,
    sight: Sight,
    wanted: Wanted,
    (after, limit): (&str, u32),
) -> Result<Vec<Schedule>, DbErr> {
    let owned = if sight.owner.is_some() { "owner = $4" } else { "TRUE" };
    let condition = wanted.condition();
    let query = format!(
        "{SELECT} WHERE workspace = $1 AND name > $2 AND {condition} AND {owned} ORDER BY name LIMIT $3"
    );
    let mut values = vec![sight.workspace.uuid().into(), after.into(), i64::from(limit).into()];
    values.extend(sight.owner.map(|owner| owner.uuid().into()));
    read(sql::list::<Row>(connection, &query, values).await?)
}

fn read(rows: Vec<Row>) -> Result<Vec<Schedule>, DbErr> {
    rows.into_iter().map(Schedule::try_from).collect()
}

/// The schedule of that id or name.
pub async fn find(
    connection: &impl ConnectionTrait,
    sight: Sight,
    text: &str,
) -> Result<Option<Schedule>, DbErr> {
    let (column, value): (_, Value) = match text.parse::<Uuid>() {
        Ok(id) => ("id", id.into()),
        Err(_) => ("name", text.into()),
    };
    let query = format!("{SELECT} WHERE workspace = $1 AND {column} = $2");
    let row = sql::find::<Row>(connection, &query, vec![sight.workspace.uuid().into(), value]).await?;
    let found = row.map(Schedule::try_from).transpose()?;
    Ok(found.filter(|schedule| sight.owner.is_none() || sight.owner == schedule.owner))
}

/// The schedule, wherever it is.
pub async fn get(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<Schedule>, DbErr> {
    let row = sql::find::<Row>(connection, &format!("{SELECT} WHERE id = $1"), vec![id.into()]).await?;
    row.map(Schedule::try_from).transpose()
}

/// Those that are due, the longest due first.
pub async fn due(
    connection: &impl ConnectionTrait,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Schedule>, DbErr> {
    let query = format!("{SELECT} WHERE due_at <= $1 ORDER BY due_at LIMIT $2");
    read(sql::list::<Row>(connection, &query, vec![now.micros().into(), limit.into()]).await?)
}

/// When the next one is due.
pub async fn next_due(connection: &impl ConnectionTrait) -> Result<Option<Timestamp>, DbErr> {
    let query = "SELECT due_at FROM schedules WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1";
    let due = sql::scalar::<i64>(connection, query, vec![]).await?;
    Ok(due.map(Timestamp::from_micros))
}

/// Whether one of the workspace names this calendar.
pub async fn names_calendar(
    connection: &impl ConnectionTrait,
    sight: Sight,
    calendar: &str,
) -> Result<bool, DbErr> {
    let like = format!("%\"{calendar}\"%");
    let query = format!("{SELECT} WHERE workspace = $1 AND definition LIKE $2");
    let rows = sql::list::<Row>(connection, &query, vec![sight.workspace.uuid().into(), like.into()]).await?;
    let named = |schedule: &Schedule| schedule.definition.calendars.iter().any(|name| name == calendar);
    Ok(read(rows)?.iter().any(named))
}

fn values(schedule: &Schedule) -> Result<Vec<Value>, DbErr> {
    Ok(vec![
        schedule.id.uuid().into(),
        schedule.workspace.uuid().into(),
        schedule.owner.map(Id::uuid).into(),
        schedule.name.as_str().into(),
        to_text(&schedule.definition)?.into(),
        to_text(&schedule.actor)?.into(),
        to_text(&schedule.grants)?.into(),
        schedule.fired.into(),
        schedule.next_at.map(Timestamp::micros).into(),
        schedule.due_at().map(Timestamp::micros).into(),
        schedule.paused_at.map(Timestamp::micros).into(),
        schedule.version.into(),
        schedule.created_at.micros().into(),
        schedule.updated_at.micros().into(),
    ])
}

/// Adds a schedule.
///
/// # Errors
/// A unique violation when the workspace has one of that name.
pub async fn insert(tx: &Tx, schedule: &Schedule) -> Result<(), DbErr> {
    let statement = "INSERT INTO schedules (id, workspace, owner, name, definition, actor, grants, fired, next_at, \
        due_at, paused_at, version, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    sql::execute(tx, statement, values(schedule)?).await.map(drop)
}

/// Replaces a schedule that still has `seen`'s version, count of runs and next time. `false` when it has not: somebody was
/// faster.
pub async fn update(tx: &Tx, schedule: &Schedule, seen: &Schedule) -> Result<bool, DbErr> {
    let same_time = if seen.next_at.is_some() { "next_at = $17" } else { "next_at IS NULL" };
    let statement = format!(
        "UPDATE schedules SET workspace = $2, owner = $3, name = $4, definition = $5, actor = $6, grants = $7, \
         fired = $8, next_at = $9, due_at = $10, paused_at = $11, version = $12, created_at = $13, updated_at = $14 \
         WHERE id = $1 AND version = $15 AND fired = $16 AND {same_time}"
    );
    let mut values = values(schedule)?;
    values.extend([seen.version.into(), seen.fired.into()]);
    values.extend(seen.next_at.map(|at| at.micros().into()));
    Ok(sql::execute(tx, &statement, values).await? == 1)
}

/// Deletes a schedule with what became of its times. `false` when it is gone or has another version.
pub async fn delete(tx: &Tx, schedule: &Schedule) -> Result<bool, DbErr> {
    let values = vec![schedule.id.uuid().into(), schedule.version.into()];
    let statement = "DELETE FROM schedules WHERE id = $1 AND version = $2";
    if sql::execute(tx, statement, values).await? == 0 {
        return Ok(false);
    }
    let statement = "DELETE FROM fires WHERE schedule = $1";
    sql::execute(tx, statement, vec![schedule.id.uuid().into()]).await?;
    Ok(true)
}

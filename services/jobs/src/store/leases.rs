//! Leases: one row per claimed batch, its token the fence.

use metier_core::Timestamp;
use metier_db::{Backend, Column, Rows, Tx, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::{for_update, ready::QueuedTask, skip_locked};

/// A claimed batch.
#[derive(Clone, Debug)]
pub struct Lease {
    /// Unguessable; carried by heartbeat, progress, output and completion.
    pub token: Uuid,
    /// Who holds it.
    pub worker: String,
    /// Since when.
    pub claimed_at: Timestamp,
    /// Until when, unless a heartbeat extends it.
    pub expires_at: Timestamp,
    /// The tasks still open under it.
    pub tasks: Vec<QueuedTask>,
}

#[derive(FromQueryResult)]
struct Row {
    token: Uuid,
    worker: String,
    claimed_at: i64,
    expires_at: i64,
    tasks: String,
}

impl TryFrom<Row> for Lease {
    type Error = DbErr;
    fn try_from(row: Row) -> Result<Self, DbErr> {
        let tasks =
            serde_json::from_str(&row.tasks).map_err(|error| DbErr::Type(format!("lease tasks: {error}")))?;
        Ok(Self {
            token: row.token,
            worker: row.worker,
            claimed_at: Timestamp::from_micros(row.claimed_at),
            expires_at: Timestamp::from_micros(row.expires_at),
            tasks,
        })
    }
}

fn tasks_json(tasks: &[QueuedTask]) -> Result<String, DbErr> {
    serde_json::to_string(tasks).map_err(|error| DbErr::Type(error.to_string()))
}

/// Writes a lease.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &Tx, lease: &Lease) -> Result<(), DbErr> {
    let statement =
        "INSERT INTO leases (token, worker, claimed_at, expires_at, tasks) VALUES ($1, $2, $3, $4, $5)";
    let values = vec![
        lease.token.into(),
        lease.worker.as_str().into(),
        lease.claimed_at.micros().into(),
        lease.expires_at.micros().into(),
        tasks_json(&lease.tasks)?.into(),
    ];
    sql::execute(tx, statement, values).await.map(drop)
}

/// Reads and holds the leases of these tokens that have not run out.
///
/// # Errors
/// When the database fails.
pub async fn hold(tx: &Tx, tokens: Vec<Uuid>, now: Timestamp) -> Result<Vec<Lease>, DbErr> {
    let (source, mut values) = Rows::new().with("t", Column::Uuid(tokens)).source(tx.backend(), 1);
    values.push(now.micros().into());
    let query = format!(
        "SELECT token, worker, claimed_at, expires_at, tasks FROM leases \
         WHERE token IN (SELECT t FROM {source}) AND expires_at > ${} ORDER BY token {}",
        values.len(),
        for_update(tx)
    );
    sql::list::<Row>(tx, &query, values).await?.into_iter().map(Lease::try_from).collect()
}

/// Reads and holds up to `limit` leases that ran out; those another replica is rescuing are stepped over.
///
/// # Errors
/// When the database fails.
pub async fn hold_expired(tx: &Tx, now: Timestamp, limit: i64) -> Result<Vec<Lease>, DbErr> {
    let query = format!(
        "SELECT token, worker, claimed_at, expires_at, tasks FROM leases \
         WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 {}",
        skip_locked(tx)
    );
    let rows = sql::list::<Row>(tx, &query, vec![now.micros().into(), limit.into()]).await?;
    rows.into_iter().map(Lease::try_from).collect()
}

/// Shrinks leases to the tasks still open under them; empty ones are gone.
///
/// # Errors
/// When the database fails.
pub async fn shrink(tx: &Tx, leases: &[Lease]) -> Result<(), DbErr> {
    let done: Vec<Uuid> =
        leases.iter().filter(|lease| lease.tasks.is_empty()).map(|lease| lease.token).collect();
    if !done.is_empty() {
        let (source, values) = Rows::new().with("t", Column::Uuid(done)).source(tx.backend(), 1);
        sql::execute(tx, &format!("DELETE FROM leases WHERE token IN (SELECT t FROM {source})"), values)
            .await?;
    }
    for lease in leases.iter().filter(|lease| !lease.tasks.is_empty()) {
        let statement = "UPDATE leases SET tasks = $1 WHERE token = $2";
        sql::execute(tx, statement, vec![tasks_json(&lease.tasks)?.into(), lease.token.into()]).await?;
    }
    Ok(())
}

/// Extends a lease that has not run out. `None` when it has, or was never there.
///
/// # Errors
/// When the database fails.
pub async fn extend(tx: &Tx, token: Uuid, now: Timestamp, until: Timestamp) -> Result<Option<Lease>, DbErr> {
    let statement = "UPDATE leases SET expires_at = $1 WHERE token = $2 AND expires_at > $3 \
                     RETURNING token, worker, claimed_at, expires_at, tasks";
    let values = vec![until.micros().into(), token.into(), now.micros().into()];
    sql::find::<Row>(tx, statement, values).await?.map(Lease::try_from).transpose()
}

/// A lease as it stands, for looking.
///
/// # Errors
/// When the database fails.
pub async fn find(connection: &impl ConnectionTrait, token: Uuid) -> Result<Option<Lease>, DbErr> {
    let query = "SELECT token, worker, claimed_at, expires_at, tasks FROM leases WHERE token = $1";
    sql::find::<Row>(connection, query, vec![token.into()]).await?.map(Lease::try_from).transpose()
}

/// When the next lease runs out.
///
/// # Errors
/// When the database fails.
pub async fn next_expiry(connection: &impl ConnectionTrait) -> Result<Option<Timestamp>, DbErr> {
    let query = "SELECT expires_at FROM leases ORDER BY expires_at LIMIT 1";
    Ok(sql::scalar::<i64>(connection, query, vec![]).await?.map(Timestamp::from_micros))
}

/// The leases that hold tasks of a run, for showing who works on what.
///
/// # Errors
/// When the database fails.
pub async fn of_run(connection: &impl ConnectionTrait, run: i64) -> Result<Vec<Lease>, DbErr> {
    let holds = match Backend::of(connection) {
        Backend::Sqlite => "EXISTS (SELECT 1 FROM json_each(tasks) WHERE value->>3 = $1)",
        Backend::Postgres => {
            "EXISTS (SELECT 1 FROM json_array_elements(tasks::json) AS t WHERE (t->>3)::bigint = $1)"
        }
    };
    let query = format!("SELECT token, worker, claimed_at, expires_at, tasks FROM leases WHERE {holds}");
    sql::list::<Row>(connection, &query, vec![run.into()]).await?.into_iter().map(Lease::try_from).collect()
}

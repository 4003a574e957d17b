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
    /// For whom it counts: nobody else may use it.
    pub holder: String,
    /// The worker that claimed.
    pub worker: String,
    /// Since when.
    pub claimed_at: Timestamp,
    /// Until when, unless a heartbeat extends it.
    pub expires_at: Timestamp,
    /// When an outcome was last accepted under it; at first its claim. What is open is timed from then on, so that
    /// a worker may take what it claimed one after the other.
    pub reported_at: Timestamp,
    /// Before this, none of its attempts has taken too long.
    pub overdue_at: Timestamp,
    /// The tasks still open under it.
    pub tasks: Vec<QueuedTask>,
}

impl Lease {
    /// The same lease without its tasks.
    #[must_use]
    pub fn header(&self) -> Self {
        let (holder, worker) = (self.holder.clone(), self.worker.clone());
        Self { holder, worker, tasks: Vec::new(), ..*self }
    }

    /// An outcome was accepted: what is still open is timed anew.
    pub fn reported(&mut self, now: Timestamp) {
        self.overdue_at = self.overdue_at.plus(now.since(self.reported_at));
        self.reported_at = self.reported_at.max(now);
    }
}

const COLUMNS: &str = "token, holder, worker, claimed_at, expires_at, reported_at, overdue_at, tasks";
/// When there is something to do about a lease; the index `leases_due` has the same words.
const DUE: &str = "CASE WHEN overdue_at < expires_at THEN overdue_at ELSE expires_at END";

#[derive(FromQueryResult)]
struct Row {
    token: Uuid,
    holder: String,
    worker: String,
    claimed_at: i64,
    expires_at: i64,
    reported_at: i64,
    overdue_at: i64,
    tasks: String,
}

impl TryFrom<Row> for Lease {
    type Error = DbErr;
    fn try_from(row: Row) -> Result<Self, DbErr> {
        let tasks =
            serde_json::from_str(&row.tasks).map_err(|error| DbErr::Type(format!("lease tasks: {error}")))?;
        Ok(Self {
            token: row.token,
            holder: row.holder,
            worker: row.worker,
            claimed_at: Timestamp::from_micros(row.claimed_at),
            expires_at: Timestamp::from_micros(row.expires_at),
            reported_at: Timestamp::from_micros(row.reported_at),
            overdue_at: Timestamp::from_micros(row.overdue_at),
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
/// When its tasks cannot be written as JSON.
pub fn insert(tx: &Tx, lease: &Lease) -> Result<(), DbErr> {
    let statement = format!("INSERT INTO leases ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    let values = vec![
        lease.token.into(),
        lease.holder.as_str().into(),
        lease.worker.as_str().into(),
        lease.claimed_at.micros().into(),
        lease.expires_at.micros().into(),
        lease.reported_at.micros().into(),
        lease.overdue_at.micros().into(),
        tasks_json(&lease.tasks)?.into(),
    ];
    tx.append("new leases", statement, values);
    Ok(())
}

/// Reads and holds the leases of these tokens that are the holder's and have not run out.
///
/// # Errors
/// When the database fails.
pub async fn hold(tx: &Tx, tokens: Vec<Uuid>, holder: &str, now: Timestamp) -> Result<Vec<Lease>, DbErr> {
    let (source, mut values) = Rows::new().with("t", Column::Uuid(tokens)).source(tx.backend(), 1);
    values.extend([holder.into(), now.micros().into()]);
    let query = format!(
        "SELECT {COLUMNS} FROM leases \
         WHERE token IN (SELECT t FROM {source}) AND holder = ${} AND expires_at > ${} ORDER BY token {}",
        values.len() - 1,
        values.len(),
        for_update(tx)
    );
    sql::list::<Row>(tx, &query, values).await?.into_iter().map(Lease::try_from).collect()
}

/// Reads and holds up to `limit` leases that ran out or may have an overdue attempt; those another replica is at
/// are stepped over.
///
/// # Errors
/// When the database fails.
pub async fn hold_due(tx: &Tx, now: Timestamp, limit: i64) -> Result<Vec<Lease>, DbErr> {
    let query =
        format!("SELECT {COLUMNS} FROM leases WHERE {DUE} <= $1 ORDER BY {DUE} LIMIT $2 {}", skip_locked(tx));
    let rows = sql::list::<Row>(tx, &query, vec![now.micros().into(), limit.into()]).await?;
    rows.into_iter().map(Lease::try_from).collect()
}

/// Shrinks leases to the tasks still open under them; empty ones are gone.
///
/// # Errors
/// When their tasks cannot be written as JSON.
pub fn shrink(tx: &Tx, leases: &[Lease]) -> Result<(), DbErr> {
    let (done, open): (Vec<&Lease>, Vec<&Lease>) = leases.iter().partition(|lease| lease.tasks.is_empty());
    if !done.is_empty() {
        let (source, values) = Rows::new().with("t", tokens(&done)).source(tx.backend(), 1);
        tx.defer(
            "done leases",
            format!("DELETE FROM leases WHERE token IN (SELECT t FROM {source})"),
            values,
        );
    }
    if open.is_empty() { Ok(()) } else { write_back(tx, &open) }
}

fn tokens(leases: &[&Lease]) -> Column {
    Column::Uuid(leases.iter().map(|lease| lease.token).collect())
}

fn write_back(tx: &Tx, leases: &[&Lease]) -> Result<(), DbErr> {
    let moments = |value: fn(&Lease) -> Timestamp| {
        Column::Int(leases.iter().map(|lease| value(lease).micros()).collect())
    };
    let tasks = leases.iter().map(|lease| tasks_json(&lease.tasks)).collect::<Result<_, _>>()?;
    let rows = Rows::new()
        .with("t", tokens(leases))
        .with("new_reported", moments(|lease| lease.reported_at))
        .with("new_overdue", moments(|lease| lease.overdue_at))
        .with("new_tasks", Column::Text(tasks));
    let (source, values) = rows.source(tx.backend(), 1);
    let statement = format!(
        "UPDATE leases SET reported_at = new_reported, overdue_at = new_overdue, tasks = new_tasks \
         FROM {source} WHERE token = t"
    );
    tx.defer("leases", statement, values);
    Ok(())
}

/// Extends a lease of the holder that has not run out. `None` when it has, or was never there.
///
/// # Errors
/// When the database fails.
pub async fn extend(
    tx: &Tx,
    (token, holder): (Uuid, &str),
    (now, until): (Timestamp, Timestamp),
) -> Result<Option<Lease>, DbErr> {
    let statement = format!(
        "UPDATE leases SET expires_at = $1 WHERE token = $2 AND holder = $3 AND expires_at > $4 RETURNING {COLUMNS}"
    );
    let values = vec![until.micros().into(), token.into(), holder.into(), now.micros().into()];
    sql::find::<Row>(tx, &statement, values).await?.map(Lease::try_from).transpose()
}

/// When there is next something to do about a lease: it runs out, or may have an overdue attempt.
///
/// # Errors
/// When the database fails.
pub async fn next_due(connection: &impl ConnectionTrait) -> Result<Option<Timestamp>, DbErr> {
    let query = format!("SELECT {DUE} AS due FROM leases ORDER BY {DUE} LIMIT 1");
    Ok(sql::scalar::<i64>(connection, &query, vec![]).await?.map(Timestamp::from_micros))
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
    let query = format!("SELECT {COLUMNS} FROM leases WHERE {holds}");
    sql::list::<Row>(connection, &query, vec![run.into()]).await?.into_iter().map(Lease::try_from).collect()
}

//! Fires: what became of each time of a schedule.

use metier_contract_scheduler::{FireId, ScheduleId};
use metier_core::{Id, RunId, Timestamp, WorkspaceId};
use metier_db::{
    Tx,
    sea_orm::{self, ConnectionTrait, DbErr, FromQueryResult, Value},
    sql,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CHANGED, from_text, to_text};
use crate::domain::{
    schedule::{Author, Overlap},
    target::Target,
};

/// What is to be submitted, kept until it is: a schedule that is changed meanwhile changes nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The run.
    pub start: Target,
    /// For whom.
    pub author: Author,
    /// What to do when the run before has not ended.
    pub overlap: Overlap,
}

/// A fire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fire {
    /// Which.
    pub id: FireId,
    /// Of which schedule.
    pub schedule: ScheduleId,
    /// Where.
    pub workspace: WorkspaceId,
    /// The time, before jitter.
    pub scheduled_for: Timestamp,
    /// `scheduler` or `manual`.
    pub source: String,
    /// `due`, `queued`, `submitted`, `skipped` or `failed`.
    pub outcome: String,
    /// Why it was skipped, failed, or waits.
    pub reason: Option<String>,
    /// What is to be submitted, while it is.
    pub request: Option<Request>,
    /// When it is looked at next.
    pub try_at: Option<Timestamp>,
    /// How often it was tried in vain.
    pub tries: i64,
    /// The run.
    pub run: Option<RunId>,
    /// Its number.
    pub run_number: Option<i64>,
    /// When the time had come.
    pub created_at: Timestamp,
    /// When it was submitted, skipped or given up.
    pub settled_at: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    schedule: Uuid,
    workspace: Uuid,
    scheduled_for: i64,
    source: String,
    outcome: String,
    reason: Option<String>,
    request: Option<String>,
    try_at: Option<i64>,
    tries: i64,
    run: Option<Uuid>,
    run_number: Option<i64>,
    created_at: i64,
    settled_at: Option<i64>,
}

impl TryFrom<Row> for Fire {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        Ok(Self {
            id: Id::from_uuid(row.id),
            schedule: Id::from_uuid(row.schedule),
            workspace: Id::from_uuid(row.workspace),
            scheduled_for: Timestamp::from_micros(row.scheduled_for),
            source: row.source,
            outcome: row.outcome,
            reason: row.reason,
            request: row.request.as_deref().map(from_text).transpose()?,
            try_at: row.try_at.map(Timestamp::from_micros),
            tries: row.tries,
            run: row.run.map(Id::from_uuid),
            run_number: row.run_number,
            created_at: Timestamp::from_micros(row.created_at),
            settled_at: row.settled_at.map(Timestamp::from_micros),
        })
    }
}

const SELECT: &str = "SELECT id, schedule, workspace, scheduled_for, source, outcome, reason, request, try_at, tries, \
    run, run_number, created_at, settled_at FROM fires";

fn read(rows: Vec<Row>) -> Result<Vec<Fire>, DbErr> {
    rows.into_iter().map(Fire::try_from).collect()
}

/// Writes a fire down; `false` when there is one for that time.
///
/// # Errors
/// When the statement fails; so for every function here.
pub async fn insert(tx: &Tx, fire: &Fire) -> Result<bool, DbErr> {
    let statement = "INSERT INTO fires (id, schedule, workspace, scheduled_for, source, outcome, reason, request, \
        try_at, tries, run_open, created_at, settled_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, $10, $11) ON CONFLICT (schedule, scheduled_for) DO NOTHING";
    let values = vec![
        fire.id.uuid().into(),
        fire.schedule.uuid().into(),
        fire.workspace.uuid().into(),
        fire.scheduled_for.micros().into(),
        fire.source.as_str().into(),
        fire.outcome.as_str().into(),
        fire.reason.clone().into(),
        fire.request.as_ref().map(to_text).transpose()?.into(),
        fire.try_at.map(Timestamp::micros).into(),
        fire.created_at.micros().into(),
        fire.settled_at.map(Timestamp::micros).into(),
    ];
    Ok(sql::execute(tx, statement, values).await? == 1)
}

/// Those to be submitted or looked at now, in the order of their times.
pub async fn to_try(
    connection: &impl ConnectionTrait,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Fire>, DbErr> {
    let query = format!("{SELECT} WHERE try_at <= $1 ORDER BY try_at, scheduled_for LIMIT $2");
    read(sql::list::<Row>(connection, &query, vec![now.micros().into(), limit.into()]).await?)
}

/// When the next one is to be looked at.
pub async fn next_try(connection: &impl ConnectionTrait) -> Result<Option<Timestamp>, DbErr> {
    let query = "SELECT try_at FROM fires WHERE try_at IS NOT NULL ORDER BY try_at LIMIT 1";
    Ok(sql::scalar::<i64>(connection, query, vec![]).await?.map(Timestamp::from_micros))
}

/// A page of a schedule's fires, the latest time first, one row more than the limit where there is one.
pub async fn list(
    connection: &impl ConnectionTrait,
    schedule: ScheduleId,
    (before, limit): (Option<i64>, u32),
) -> Result<Vec<Fire>, DbErr> {
    let query =
        format!("{SELECT} WHERE schedule = $1 AND scheduled_for < $2 ORDER BY scheduled_for DESC LIMIT $3");
    let values = vec![schedule.uuid().into(), before.unwrap_or(i64::MAX).into(), i64::from(limit).into()];
    read(sql::list::<Row>(connection, &query, values).await?)
}

/// The latest time of a schedule that was written down.
pub async fn latest(
    connection: &impl ConnectionTrait,
    schedule: ScheduleId,
) -> Result<Option<Timestamp>, DbErr> {
    let query = "SELECT scheduled_for FROM fires WHERE schedule = $1 AND source = 'scheduler' \
                 ORDER BY scheduled_for DESC LIMIT 1";
    let latest = sql::scalar::<i64>(connection, query, vec![schedule.uuid().into()]).await?;
    Ok(latest.map(Timestamp::from_micros))
}

/// Whether a fire of the schedule waits before this one.
pub async fn waits_before(connection: &impl ConnectionTrait, fire: &Fire) -> Result<bool, DbErr> {
    let query =
        "SELECT tries FROM fires WHERE schedule = $1 AND scheduled_for < $2 AND try_at IS NOT NULL LIMIT 1";
    let values = vec![fire.schedule.uuid().into(), fire.scheduled_for.micros().into()];
    Ok(sql::scalar::<i64>(connection, query, values).await?.is_some())
}

/// How many fires of the schedule wait.
pub async fn waiting(connection: &impl ConnectionTrait, schedule: ScheduleId) -> Result<i64, DbErr> {
    let query = "SELECT COUNT(*) FROM fires WHERE schedule = $1 AND outcome = 'queued'";
    Ok(sql::scalar(connection, query, vec![schedule.uuid().into()]).await?.unwrap_or(0))
}

/// The runs before a taken fire that are not known to have ended, the latest first. None when it is held no more: what is
/// open then may be its own run, or a later one.
pub async fn runs_before(connection: &impl ConnectionTrait, fire: &Fire) -> Result<Vec<(RunId, i64)>, DbErr> {
    #[derive(FromQueryResult)]
    struct Open {
        run: Uuid,
        run_number: i64,
    }
    let query = "SELECT run, run_number FROM fires WHERE schedule = $1 AND run_open = 1 \
                 AND EXISTS (SELECT 1 FROM fires AS own WHERE own.id = $2 AND own.try_at = $3) \
                 ORDER BY scheduled_for DESC LIMIT 100";
    let values = vec![fire.schedule.uuid().into(), fire.id.uuid().into(), held(fire)];
    let rows = sql::list::<Open>(connection, query, values).await?;
    Ok(rows.into_iter().map(|open| (Id::from_uuid(open.run), open.run_number)).collect())
}

/// What became of a fire that waited.
#[derive(Clone, Debug)]
pub enum Settled {
    /// A run, with its id and number, and whether it goes on.
    Submitted(RunId, i64, bool),
    /// Nothing, for this reason.
    Skipped(String),
    /// Nothing, for an error.
    Failed(String),
}

/// Takes a fire as it was read, so that nobody else works on it until `until`; `false` when somebody else has. What is
/// noted of it then counts only as long as it is held: that is the fence.
pub async fn take(tx: &Tx, fire: &Fire, until: Timestamp) -> Result<bool, DbErr> {
    let statement = "UPDATE fires SET try_at = $3 WHERE id = $1 AND try_at = $2";
    let values = vec![fire.id.uuid().into(), held(fire), until.micros().into()];
    Ok(sql::execute(tx, statement, values).await? == 1)
}

/// By what a fire is known to be as it was read or taken.
fn held(fire: &Fire) -> Value {
    fire.try_at.map(Timestamp::micros).into()
}

/// Notes what became of a fire; `false` when it is held no more.
pub async fn settle(tx: &Tx, fire: &Fire, settled: &Settled, now: Timestamp) -> Result<bool, DbErr> {
    let (outcome, reason, run, number, open) = match settled.clone() {
        Settled::Submitted(run, number, open) => ("submitted", None, Some(run.uuid()), Some(number), open),
        Settled::Skipped(reason) => ("skipped", Some(reason), None, None, false),
        Settled::Failed(reason) => ("failed", Some(reason), None, None, false),
    };
    let statement = "UPDATE fires SET outcome = $2, reason = $3, run = $4, run_number = $5, run_open = $6, \
        settled_at = $7, request = NULL, try_at = NULL WHERE id = $1 AND try_at = $8";
    let values: Vec<Value> = vec![
        fire.id.uuid().into(),
        outcome.into(),
        reason.into(),
        run.into(),
        number.into(),
        i64::from(open).into(),
        now.micros().into(),
        held(fire),
    ];
    Ok(sql::execute(tx, statement, values).await? == 1)
}

/// Puts a fire off: until its predecessor has ended, or until a peer is back. Not when it is held no more.
pub async fn put_off(
    tx: &Tx,
    fire: &Fire,
    (outcome, reason): (&'static str, String),
    try_at: Timestamp,
) -> Result<(), DbErr> {
    let statement = "UPDATE fires SET outcome = $2, reason = $3, try_at = $4, tries = tries + 1 \
                     WHERE id = $1 AND try_at = $5";
    let values =
        vec![fire.id.uuid().into(), outcome.into(), reason.into(), try_at.micros().into(), held(fire)];
    sql::execute(tx, statement, values).await.map(drop)
}

/// A run has ended: what waits for it is looked at now.
pub async fn end_run(tx: &Tx, run: RunId) -> Result<(), DbErr> {
    #[derive(FromQueryResult)]
    struct Ended {
        schedule: Uuid,
    }
    let query = "SELECT schedule FROM fires WHERE run = $1 AND run_open = 1";
    let rows = sql::list::<Ended>(tx, query, vec![run.uuid().into()]).await?;
    for Ended { schedule } in rows {
        let statement = "UPDATE fires SET run_open = 0 WHERE run = $1 AND run_open = 1";
        sql::execute(tx, statement, vec![run.uuid().into()]).await?;
        let statement = "UPDATE fires SET try_at = 0 WHERE schedule = $1 AND outcome = 'queued'";
        if sql::execute(tx, statement, vec![schedule.into()]).await? > 0 {
            tx.signal(CHANGED);
        }
    }
    Ok(())
}

/// Forgets what was settled before this moment, at most `limit` at a time. Answers how many went.
pub async fn forget(tx: &Tx, before: Timestamp, limit: i64) -> Result<u64, DbErr> {
    let statement = "DELETE FROM fires WHERE id IN \
        (SELECT id FROM fires WHERE created_at < $1 AND try_at IS NULL ORDER BY created_at LIMIT $2)";
    sql::execute(tx, statement, vec![before.micros().into(), limit.into()]).await
}

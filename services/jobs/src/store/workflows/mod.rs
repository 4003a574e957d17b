//! Workflows: their documents, how the steps of their runs stand, and what is to be decided.
//!
//! Whatever may change what comes next leaves a row in `workflow_due` in its own transaction. Such rows are never
//! changed, only written and deleted, so that nobody who ends a run waits for one who decides.
//!
//! Lock order, for PostgreSQL, beside that of the engine: a workflow's run, then its steps, sequences, the counts of its
//! owner's runs, then the rest. Nobody who holds sequences or counts waits for a run.

pub mod begin;
pub mod decide;
pub mod documents;
pub mod read;

use metier_db::{Backend, Column, Rows, Tx, sql};
use sea_orm::DbErr;

/// Rung when there is something to be decided.
pub const DUE: &str = "workflows.due";

/// Has these runs decided upon again.
pub fn wake(tx: &Tx, runs: impl IntoIterator<Item = i64>) {
    let mut runs: Vec<i64> = runs.into_iter().collect();
    if runs.is_empty() {
        return;
    }
    runs.sort_unstable();
    runs.dedup();
    let (source, values) = Rows::new().with("r", Column::Int(runs)).source(tx.backend(), 1);
    tx.append("workflow_due", format!("INSERT INTO workflow_due (run) SELECT r FROM {source}"), values);
    tx.signal(DUE);
}

/// Counts up what was decided of a run, if it is still what was read. `false` when it is not.
///
/// # Errors
/// When the database fails.
pub async fn revise(tx: &Tx, run: i64, seen: i64) -> Result<bool, DbErr> {
    let statement = "UPDATE workflow_runs SET revision = revision + 1 WHERE run = $1 AND revision = $2";
    Ok(sql::execute(tx, statement, vec![run.into(), seen.into()]).await? > 0)
}

/// Notes that a run is to stop; asked a second time, at once. `None` when it is no workflow's.
///
/// # Errors
/// When the database fails.
pub async fn stop(tx: &Tx, run: i64) -> Result<Option<i64>, DbErr> {
    let statement = "UPDATE workflow_runs SET stop = CASE WHEN stop < 2 THEN stop + 1 ELSE 2 END, revision = revision + 1 \
                     WHERE run = $1 RETURNING stop";
    let stop = sql::scalar::<i64>(tx, statement, vec![run.into()]).await?;
    if stop.is_some() {
        wake(tx, [run]);
    }
    Ok(stop)
}

/// Holds what starting runs and counting them will change, in the order in which everybody does.
///
/// # Errors
/// When the database fails.
pub async fn hold_counts(tx: &Tx, workspace: uuid::Uuid, owner: Option<uuid::Uuid>) -> Result<(), DbErr> {
    if tx.backend() == Backend::Sqlite {
        return Ok(());
    }
    sql::execute(tx, "SELECT 1 FROM sequences FOR UPDATE", vec![]).await?;
    let query = "SELECT 1 FROM run_counts WHERE workspace = $1 AND owner = $2 ORDER BY workspace, owner, state FOR UPDATE";
    let values = vec![workspace.into(), owner.unwrap_or_default().into()];
    sql::execute(tx, query, values).await.map(drop)
}

/// Notes what was sent to a run. `false` when something of that name had been sent before.
///
/// # Errors
/// When the database fails.
pub async fn send(
    tx: &Tx,
    run: i64,
    (name, payload): (&str, &str),
    now: metier_core::Timestamp,
) -> Result<bool, DbErr> {
    let statement = "INSERT INTO workflow_signals (run, name, payload, sent_at) VALUES ($1, $2, $3, $4) \
                     ON CONFLICT (run, name) DO NOTHING";
    let values = vec![run.into(), name.into(), payload.into(), now.micros().into()];
    let is_first = sql::execute(tx, statement, values).await? > 0;
    if is_first {
        sql::execute(tx, "UPDATE workflow_runs SET revision = revision + 1 WHERE run = $1", vec![run.into()])
            .await?;
        wake(tx, [run]);
    }
    Ok(is_first)
}

/// Notes what was decided of a step that waits for it. `false` when it does not, or it was decided before.
///
/// # Errors
/// When the database fails.
pub async fn answer(tx: &Tx, run: i64, (step, decision): (&str, &str)) -> Result<bool, DbErr> {
    let statement = "UPDATE steps SET decision = $3 WHERE run = $1 AND name = $2 AND state = 'waiting' \
                     AND begun_at IS NOT NULL AND decision IS NULL";
    let is_taken = sql::execute(tx, statement, vec![run.into(), step.into(), decision.into()]).await? > 0;
    if is_taken {
        sql::execute(tx, "UPDATE workflow_runs SET revision = revision + 1 WHERE run = $1", vec![run.into()])
            .await?;
        wake(tx, [run]);
    }
    Ok(is_taken)
}

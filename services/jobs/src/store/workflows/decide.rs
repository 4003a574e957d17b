//! Writing what was decided of a run's steps.

use metier_core::Timestamp;
use metier_db::{Column, Rows, Tx, sql};
use sea_orm::DbErr;

use crate::domain::state::TaskState;

/// How a step stands from now on.
#[derive(Clone, Debug)]
pub struct Changed {
    /// Its task.
    pub task: i64,
    /// Its state.
    pub state: TaskState,
    /// Counts how often it was begun.
    pub attempt: i64,
    /// Since when it waits for something from outside.
    pub begun_at: Option<Timestamp>,
    /// Until when.
    pub due_at: Option<Timestamp>,
}

/// Writes how steps stand; what was decided of them stays.
///
/// # Errors
/// When the database fails.
pub async fn write(tx: &Tx, steps: &[Changed]) -> Result<(), DbErr> {
    if steps.is_empty() {
        return Ok(());
    }
    let moments = |value: fn(&Changed) -> Option<Timestamp>| {
        Column::OptionalInt(steps.iter().map(|step| value(step).map(Timestamp::micros)).collect())
    };
    let rows = Rows::new()
        .with("t", Column::Int(steps.iter().map(|step| step.task).collect()))
        .with("st", Column::Text(steps.iter().map(|step| step.state.name().to_owned()).collect()))
        .with("a", Column::Int(steps.iter().map(|step| step.attempt).collect()))
        .with("b", moments(|step| step.begun_at))
        .with("d", moments(|step| step.due_at));
    let (source, values) = rows.source(tx.backend(), 1);
    let statement = format!(
        "UPDATE steps SET state = st, attempt = a, begun_at = b, due_at = d FROM {source} WHERE task = t"
    );
    sql::execute(tx, &statement, values).await.map(drop)
}

/// Lets steps that are begun again forget what was decided of them, and the runs they had started.
///
/// # Errors
/// When the database fails.
pub async fn restart(tx: &Tx, run: i64, tasks: &[i64]) -> Result<(), DbErr> {
    if tasks.is_empty() {
        return Ok(());
    }
    let (rows, values) = Rows::new().with("t", Column::Int(tasks.to_vec())).source(tx.backend(), 1);
    let at = values.len() + 1;
    let values = || values.iter().cloned().chain([run.into()]).collect();
    let of_run = format!("run = ${at} AND task IN (SELECT t FROM {rows})");
    sql::execute(tx, &format!("UPDATE steps SET decision = NULL WHERE {of_run}"), values()).await?;
    sql::execute(tx, &format!("DELETE FROM step_runs WHERE {of_run}"), values()).await.map(drop)
}

/// Lets a run go on that had ended.
///
/// # Errors
/// When the database fails.
pub async fn reopen(tx: &Tx, run: i64) -> Result<(), DbErr> {
    let statement = "UPDATE workflow_runs SET stop = 0, revision = revision + 1 WHERE run = $1";
    sql::execute(tx, statement, vec![run.into()]).await?;
    super::wake(tx, [run]);
    Ok(())
}

/// A run that a step starts.
#[derive(Clone, Copy, Debug)]
pub struct Started {
    /// Its number.
    pub child: i64,
    /// The step's task.
    pub task: i64,
    /// For which element.
    pub position: i64,
}

/// Ties started runs to the step that started them.
///
/// # Errors
/// When the database fails.
pub async fn adopt(tx: &Tx, run: i64, started: &[Started]) -> Result<(), DbErr> {
    if started.is_empty() {
        return Ok(());
    }
    let ints = |value: fn(&Started) -> i64| Column::Int(started.iter().map(value).collect());
    let rows = || {
        Rows::new()
            .with("c", ints(|started| started.child))
            .with("t", ints(|started| started.task))
            .with("p", ints(|started| started.position))
    };
    let (source, mut values) = rows().source(tx.backend(), 1);
    values.push(run.into());
    let at = values.len();
    let statement =
        format!("INSERT INTO step_runs (child, run, task, position) SELECT c, ${at}, t, p FROM {source}");
    sql::execute(tx, &statement, values).await?;
    let (source, mut values) = rows().source(tx.backend(), 1);
    values.push(run.into());
    let statement = format!("UPDATE runs SET parent = ${at} WHERE number IN (SELECT c FROM {source})");
    sql::execute(tx, &statement, values).await.map(drop)
}

/// Forgets what happened to a run and was decided upon, and moments that have passed and decide nothing.
///
/// # Errors
/// When the database fails.
pub async fn settle(tx: &Tx, run: i64, happened: &[i64], now: Timestamp) -> Result<(), DbErr> {
    if !happened.is_empty() {
        let (source, values) = Rows::new().with("i", Column::Int(happened.to_vec())).source(tx.backend(), 1);
        sql::execute(tx, &format!("DELETE FROM workflow_due WHERE id IN (SELECT i FROM {source})"), values)
            .await?;
    }
    let statement = "UPDATE steps SET due_at = NULL WHERE run = $1 AND due_at <= $2 AND begun_at IS NULL";
    sql::execute(tx, statement, vec![run.into(), now.micros().into()]).await.map(drop)
}

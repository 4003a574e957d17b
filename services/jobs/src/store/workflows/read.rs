//! Reading how a workflow's run stands.

use metier_core::{Timestamp, WorkspaceId};
use metier_db::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

/// A workflow's run as it is decided upon.
#[derive(Clone, Debug, FromQueryResult)]
#[expect(missing_docs, reason = "columns documented in the migrations")]
pub struct WorkflowRun {
    pub number: i64,
    pub id: Uuid,
    pub workspace: Uuid,
    pub owner: Option<Uuid>,
    pub actor: String,
    pub grants: String,
    pub correlation: String,
    pub queue: String,
    pub priority: i64,
    pub state: String,
    pub epoch: i64,
    pub first_task: i64,
    pub run_at: Option<i64>,
    pub job: Uuid,
    pub inputs: String,
    pub depth: i64,
    pub stop: i64,
    pub revision: i64,
}

/// A step as it stands.
#[derive(Clone, Debug, FromQueryResult)]
#[expect(missing_docs, reason = "columns documented in the migrations")]
pub struct StepRow {
    pub task: i64,
    pub name: String,
    pub state: String,
    pub attempt: i64,
    pub begun_at: Option<i64>,
    pub due_at: Option<i64>,
    pub decision: Option<String>,
    pub error_code: Option<String>,
    pub error_message: Option<String>,
    pub claimed_at: Option<i64>,
    pub ended_at: Option<i64>,
}

/// A run that a step started.
#[derive(Clone, Debug, FromQueryResult)]
#[expect(missing_docs, reason = "columns documented in the migrations")]
pub struct ChildRow {
    pub task: i64,
    pub position: i64,
    pub number: i64,
    pub id: Uuid,
    pub state: String,
    pub reason: Option<String>,
    pub first_task: i64,
    pub size: i64,
}

/// Runs of which something is to be decided now, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn due(connection: &impl ConnectionTrait, now: Timestamp, limit: i64) -> Result<Vec<i64>, DbErr> {
    let query = "SELECT run FROM (SELECT run FROM workflow_due UNION SELECT run FROM steps WHERE due_at <= $1) AS due \
                 ORDER BY run LIMIT $2";
    let rows = sql::list::<Run>(connection, query, vec![now.micros().into(), limit.into()]).await?;
    Ok(rows.into_iter().map(|row| row.run).collect())
}

#[derive(FromQueryResult)]
struct Run {
    run: i64,
}

/// When something is next to be decided although nothing happens.
///
/// # Errors
/// When the database fails.
pub async fn next_due(connection: &impl ConnectionTrait) -> Result<Option<Timestamp>, DbErr> {
    let query = "SELECT min(due_at) FROM steps WHERE due_at IS NOT NULL";
    let due = sql::scalar::<Option<i64>>(connection, query, vec![]).await?.flatten();
    Ok(due.map(Timestamp::from_micros))
}

#[derive(FromQueryResult)]
struct Id {
    id: i64,
}

/// What happened to a run and was not decided upon: to be read before everything else.
///
/// # Errors
/// When the database fails.
pub async fn happened(connection: &impl ConnectionTrait, run: i64) -> Result<Vec<i64>, DbErr> {
    let query = "SELECT id FROM workflow_due WHERE run = $1 ORDER BY id LIMIT 10000";
    let rows = sql::list::<Id>(connection, query, vec![run.into()]).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// A workflow's run by its number.
///
/// # Errors
/// When the database fails.
pub async fn run(connection: &impl ConnectionTrait, number: i64) -> Result<Option<WorkflowRun>, DbErr> {
    let query = "SELECT runs.number, runs.id, runs.workspace, runs.owner, runs.actor, runs.grants, runs.correlation, \
        queues.name AS queue, runs.priority, runs.state, runs.epoch, runs.first_task, runs.run_at, workflow_runs.job, \
        workflow_runs.inputs, workflow_runs.depth, workflow_runs.stop, workflow_runs.revision \
        FROM runs JOIN workflow_runs ON workflow_runs.run = runs.number JOIN lanes ON lanes.id = runs.lane \
        JOIN queues ON queues.id = lanes.queue WHERE runs.number = $1";
    sql::find(connection, query, vec![number.into()]).await
}

/// The steps of a run, in order.
///
/// # Errors
/// When the database fails.
pub async fn steps(connection: &impl ConnectionTrait, run: i64) -> Result<Vec<StepRow>, DbErr> {
    let query = "SELECT steps.task, steps.name, steps.state, steps.attempt, steps.begun_at, steps.due_at, steps.decision, \
        ended.error_code, ended.error_message, ended.claimed_at, ended.ended_at \
        FROM steps LEFT JOIN attempts AS ended ON ended.task = steps.task AND ended.attempt = steps.attempt \
        WHERE steps.run = $1 ORDER BY steps.task";
    sql::list(connection, query, vec![run.into()]).await
}

/// A step that waits for something from outside, and its run.
#[derive(Clone, Debug, FromQueryResult)]
#[expect(missing_docs, reason = "columns documented in the migrations")]
pub struct WaitingRow {
    pub task: i64,
    pub name: String,
    pub begun_at: i64,
    pub due_at: Option<i64>,
    pub number: i64,
    pub id: Uuid,
    pub owner: Option<Uuid>,
    pub job: Uuid,
    pub workflow: String,
    pub version: i64,
}

/// Steps of a workspace that wait for something from outside and are behind this one, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn waiting(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    (after, limit): (i64, i64),
) -> Result<Vec<WaitingRow>, DbErr> {
    let query = "SELECT steps.task, steps.name, steps.begun_at, steps.due_at, runs.number, runs.id, runs.owner, \
        workflow_runs.job, jobs.name AS workflow, jobs.version FROM steps JOIN workflow_runs ON workflow_runs.run = steps.run \
        JOIN runs ON runs.number = steps.run JOIN jobs ON jobs.id = workflow_runs.job \
        WHERE steps.state = 'waiting' AND steps.begun_at IS NOT NULL AND steps.decision IS NULL AND steps.task > $2 \
        AND runs.workspace = $1 AND runs.ended_at IS NULL ORDER BY steps.task LIMIT $3";
    sql::list(connection, query, vec![workspace.uuid().into(), after.into(), limit.into()]).await
}

/// The runs that the steps of a run started, in the order of steps and elements.
///
/// # Errors
/// When the database fails.
pub async fn children(connection: &impl ConnectionTrait, run: i64) -> Result<Vec<ChildRow>, DbErr> {
    let query = "SELECT step_runs.task, step_runs.position, runs.number, runs.id, runs.state, runs.reason, \
        runs.first_task, runs.size FROM step_runs JOIN runs ON runs.number = step_runs.child \
        WHERE step_runs.run = $1 ORDER BY step_runs.task, step_runs.position, runs.number";
    sql::list(connection, query, vec![run.into()]).await
}

/// What was sent to a run.
#[derive(Clone, Debug, FromQueryResult)]
#[expect(missing_docs, reason = "columns documented in the migrations")]
pub struct SignalRow {
    pub name: String,
    pub payload: String,
}

/// Everything that was sent to a run.
///
/// # Errors
/// When the database fails.
pub async fn signals(connection: &impl ConnectionTrait, run: i64) -> Result<Vec<SignalRow>, DbErr> {
    let query = "SELECT name, payload FROM workflow_signals WHERE run = $1 ORDER BY name";
    sql::list(connection, query, vec![run.into()]).await
}

/// The job that started a run by its steps: its name and version.
#[derive(Clone, Debug, FromQueryResult)]
#[expect(missing_docs, reason = "columns documented in the migrations")]
pub struct NameRow {
    pub name: String,
    pub version: i64,
}

/// The name and version of a job's version.
///
/// # Errors
/// When the database fails.
pub async fn name(connection: &impl ConnectionTrait, job: Uuid) -> Result<Option<NameRow>, DbErr> {
    sql::find(connection, "SELECT name, version FROM jobs WHERE id = $1", vec![job.into()]).await
}

/// Open runs of workflows that steps of a run started.
///
/// # Errors
/// When the database fails.
pub async fn open_workflows(connection: &impl ConnectionTrait, run: i64) -> Result<Vec<i64>, DbErr> {
    let query = "SELECT runs.number AS run FROM step_runs JOIN runs ON runs.number = step_runs.child \
        JOIN workflow_runs ON workflow_runs.run = runs.number WHERE step_runs.run = $1 AND runs.ended_at IS NULL";
    let rows = sql::list::<Run>(connection, query, vec![run.into()]).await?;
    Ok(rows.into_iter().map(|row| row.run).collect())
}

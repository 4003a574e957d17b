//! Beginning a workflow's run: its steps wait, and what comes first is decided at once.

use metier_core::Timestamp;
use metier_db::{Column, Rows, Tx};
use uuid::Uuid;

use super::wake;

/// What a workflow's run has beside other runs.
#[derive(Clone, Debug)]
pub struct NewWorkflow {
    /// The version whose document it executes.
    pub job: Uuid,
    /// JSON of its inputs.
    pub inputs: String,
    /// How many workflows it is within.
    pub depth: i64,
    /// Its steps, in order.
    pub steps: Vec<String>,
}

/// Writes what is beside the run and its tasks.
pub fn insert(tx: &Tx, workflow: &NewWorkflow, (run, first_task): (i64, i64), begins: Option<Timestamp>) {
    let statement =
        "INSERT INTO workflow_runs (run, job, inputs, depth, stop, revision) VALUES ($1, $2, $3, $4, 0, 0)";
    let values =
        vec![run.into(), workflow.job.into(), workflow.inputs.as_str().into(), workflow.depth.into()];
    tx.append("workflow_runs", statement, values);
    let tasks: Vec<i64> = (first_task..).take(workflow.steps.len()).collect();
    // The first step's row tells when the run begins.
    let due =
        tasks.iter().map(|task| begins.filter(|_| *task == first_task).map(Timestamp::micros)).collect();
    let rows = Rows::new()
        .with("t", Column::Int(tasks))
        .with("nm", Column::Text(workflow.steps.clone()))
        .with("d", Column::OptionalInt(due));
    let (source, mut values) = rows.source(tx.backend(), 1);
    values.push(run.into());
    let statement = format!(
        "INSERT INTO steps (task, run, name, state, attempt, due_at) SELECT t, ${}, nm, 'waiting', 1, d FROM {source}",
        values.len()
    );
    tx.append("steps", statement, values);
    match begins {
        None => wake(tx, [run]),
        Some(_) => tx.signal(super::DUE),
    }
}

//! A run of a workflow as people see it: its graph, and why it waits.

use metier_contract_jobs::RUNS_READ;
use metier_core::{Ctx, RunId, Timestamp};
use serde_json::Value;

use super::{collect, load, steer};
use crate::{
    domain::{
        kind::WORKFLOW,
        state::TaskState,
        workflow::{document::Step, explain, graph},
    },
    error::Error,
    ops::{engine::Engine, runs},
    store::{
        runs::RunRow,
        workflows::read::{self, ChildRow, StepRow},
    },
};

/// Runs of a step that are listed with it.
const MOST_RUNS: usize = 100;

/// A run with its steps.
pub struct Graph {
    /// The run.
    pub run: RunRow,
    /// Name and version of the workflow.
    pub workflow: (String, i64),
    /// What it was given.
    pub inputs: Value,
    /// What it gave, if it succeeded.
    pub outputs: Option<Value>,
    /// Its steps, in order.
    pub steps: Vec<StepView>,
    /// The graph with the states of its steps, to be drawn.
    pub document: std::sync::Arc<crate::domain::workflow::Document>,
}

/// A step as it stands.
pub struct StepView {
    /// What was written of it.
    pub step: Step,
    /// How it stands.
    pub state: TaskState,
    /// What it waits for.
    pub waits: Option<String>,
    /// Its row.
    pub row: StepRow,
    /// The runs it started, the first of them.
    pub runs: Vec<ChildRow>,
    /// How many those are.
    pub run_count: usize,
}

/// A run of a workflow with its steps.
///
/// # Errors
/// `permission_denied`, `not_found`, `no_workflow`, or a database failure.
pub async fn get(engine: &Engine, ctx: &Ctx, id: RunId) -> Result<Graph, Error> {
    ctx.require(RUNS_READ)?;
    let run = runs::find(engine, ctx, id).await?;
    if run.kind_name != WORKFLOW {
        return Err(steer::no_workflow(&run.number.to_string()).into());
    }
    let loaded = load::load(engine, run.number).await?.ok_or(Error::NoRun(id))?;
    let outputs = match run.run_state() {
        crate::domain::state::RunState::Succeeded => collect::outputs(engine, run.number).await?.ok(),
        _ => None,
    };
    let name = read::name(engine.database().reader(), loaded.run.job).await?;
    let parts = loaded.document.steps.iter().zip(&loaded.facts.steps).zip(loaded.rows);
    let step = |((step, standing), row): ((&Step, &crate::domain::workflow::standing::Standing), StepRow)| {
        let own = loaded.children.iter().filter(|child| child.task == row.task);
        StepView {
            step: step.clone(),
            state: standing.state,
            waits: explain::wait(step, standing, loaded.facts.stop),
            runs: own.clone().take(MOST_RUNS).cloned().collect(),
            run_count: own.count(),
            row,
        }
    };
    Ok(Graph {
        run,
        workflow: name.map_or_else(|| (String::new(), 0), |row| (row.name, row.version)),
        inputs: Value::Object(loaded.facts.inputs.clone()),
        outputs,
        steps: parts.map(step).collect(),
        document: loaded.document.clone(),
    })
}

impl Graph {
    /// The graph in a language for graphs.
    pub fn draw(&self, format: graph::Format) -> String {
        let states: Vec<TaskState> = self.steps.iter().map(|step| step.state).collect();
        graph::draw(&self.document, Some(&states), format)
    }
}

/// What an open run of a workflow waits for.
///
/// # Errors
/// A database failure.
pub async fn explain(engine: &Engine, run: &RunRow) -> Result<Option<String>, Error> {
    let Some(loaded) = load::load(engine, run.number).await? else { return Ok(None) };
    Ok(explain::explain(&loaded.document, &loaded.facts))
}

/// When something is next to be decided of a step, as a moment.
pub fn due(row: &StepRow) -> Option<Timestamp> {
    row.due_at.map(Timestamp::from_micros)
}

//! Working out everything that can be done in a run now, with the runs to be started checked as any others are.

use std::collections::BTreeMap;

use metier_core::{Fault, FaultKind};

use super::{
    collect,
    load::Loaded,
    start::{self, Start},
};
use crate::{
    domain::{
        bad_items::OnBadItem,
        conditions::Conditions,
        kind::WORKFLOW,
        outcome::Failure,
        state::TaskState,
        workflow::{
            advance::{Doing, Move, advance},
            document::{Runs, What, Work},
            runs::{ChildWork, NewChild},
        },
    },
    error::Error,
    ops::{
        engine::Engine,
        results,
        submit::{self, Submission},
    },
    store::{self, enqueue::NewRun, history::ResultValue},
};

/// Workflows within workflows, at most.
const DEEPEST: i64 = 8;

/// What is to be done.
pub struct Plan {
    /// In this order.
    pub moves: Vec<Move>,
    /// The runs that steps start, by the step's position.
    pub runs: BTreeMap<usize, Vec<(usize, NewRun)>>,
    /// What steps that succeed give, by the step's position.
    pub outputs: BTreeMap<usize, ResultValue>,
}

/// Works it out.
///
/// # Errors
/// A database or blob store failure.
pub async fn plan(engine: &Engine, loaded: &mut Loaded) -> Result<Plan, Error> {
    let mut runs = BTreeMap::new();
    loop {
        let moves = advance(&loaded.document, &loaded.facts);
        let mut has_learned = false;
        for one in &moves {
            has_learned |= match &one.what {
                Doing::Collect => learn_output(engine, loaded, one.step).await?,
                Doing::Start(children) if !runs.contains_key(&one.step) => {
                    match prepare(engine, loaded, (one.step, children)).await {
                        Ok(prepared) => {
                            runs.insert(one.step, prepared);
                            false
                        }
                        Err(error) => learn_refusal(loaded, one.step, error)?,
                    }
                }
                _ => false,
            };
        }
        if !has_learned {
            let outputs = store_outputs(engine, loaded, &moves).await?;
            return Ok(Plan { moves, runs, outputs });
        }
    }
}

async fn learn_output(engine: &Engine, loaded: &mut Loaded, position: usize) -> Result<bool, Error> {
    let collected = collect::collect(engine, loaded, position).await?;
    if let Some(standing) = loaded.facts.steps.get_mut(position) {
        standing.collected = Some(collected);
    }
    Ok(true)
}

/// What is wrong with a run that a step would start is why the step fails; what is wrong with us is not.
fn learn_refusal(loaded: &mut Loaded, position: usize, error: Error) -> Result<bool, Error> {
    let fault = Fault::from(error);
    let is_refusal = matches!(
        fault.kind,
        FaultKind::Invalid | FaultKind::Forbidden | FaultKind::NotFound | FaultKind::Conflict
    );
    if !is_refusal {
        return Err(fault.into());
    }
    let first =
        fault.violations.first().map(|violation| format!(": {} {}", violation.field, violation.message));
    let message = format!("{}{}", fault.message, first.unwrap_or_default());
    if let Some(standing) = loaded.facts.steps.get_mut(position) {
        standing.refused = Some(Failure { code: fault.code.to_string(), message });
    }
    Ok(true)
}

async fn prepare(
    engine: &Engine,
    loaded: &Loaded,
    (position, children): (usize, &[NewChild]),
) -> Result<Vec<(usize, NewRun)>, Error> {
    let Some(Work::Runs(runs)) = loaded.document.steps.get(position).map(|step| &step.work) else {
        return Ok(Vec::new());
    };
    let mut prepared = Vec::with_capacity(children.len());
    for child in children {
        let run = match (&runs.what, &child.work) {
            (What::Kind { kind, version, .. }, ChildWork::Tasks(items)) => {
                let submission = submission(loaded, runs, (kind, *version), items.clone());
                submit::prepare(engine, &loaded.ctx()?, submission).await?
            }
            (What::Workflow { job, .. }, ChildWork::Workflow(inputs)) => {
                within(engine, loaded, job, inputs.clone()).await?
            }
            _ => continue,
        };
        prepared.push((child.position, run));
    }
    Ok(prepared)
}

fn submission(
    loaded: &Loaded,
    runs: &Runs,
    (kind, kind_version): (&str, Option<i64>),
    items: Vec<serde_json::Value>,
) -> Submission {
    Submission {
        kind: kind.to_owned(),
        kind_version,
        items,
        on_bad_item: OnBadItem::Refuse,
        queue: Some(runs.queue.clone().unwrap_or_else(|| loaded.run.queue.clone())),
        priority: runs.priority.unwrap_or(loaded.run.priority),
        conditions: Conditions { requires: runs.requires.clone(), ..Conditions::default() },
        run_at: None,
        max_attempts: runs.max_attempts,
        timeout: runs.timeout,
        key: None,
        source: "workflow",
        job: None,
    }
}

async fn within(
    engine: &Engine,
    loaded: &Loaded,
    name: &str,
    inputs: serde_json::Map<String, serde_json::Value>,
) -> Result<NewRun, Error> {
    let ctx = loaded.ctx()?;
    let job = store::jobs::find(engine.database().reader(), ctx.workspace, name).await?;
    let job = job.filter(|job| job.kind == WORKFLOW).ok_or_else(|| Fault::not_found("workflow", name))?;
    let depth = loaded.run.depth + 1;
    if depth > DEEPEST {
        let message = format!("workflows run within one another at most {DEEPEST} deep");
        return Err(Fault::new(FaultKind::Invalid, "too_deep", message).into());
    }
    start::new_run(engine, &ctx, Start { job, inputs, run_at: None, source: "workflow", depth }).await
}

/// Puts what steps give where results belong, before the transaction that records it.
async fn store_outputs(
    engine: &Engine,
    loaded: &Loaded,
    moves: &[Move],
) -> Result<BTreeMap<usize, ResultValue>, Error> {
    let mut outputs = BTreeMap::new();
    for one in moves {
        if let (Doing::End(TaskState::Succeeded, Ok(value)), Some(row)) =
            (&one.what, loaded.rows.get(one.step))
        {
            outputs.insert(one.step, results::store(&engine.tools, row.task, value.to_string()).await?);
        }
    }
    Ok(outputs)
}

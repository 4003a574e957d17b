//! Starting a run of a workflow.

use metier_core::{Ctx, Fault, Timestamp, Violation};
use serde_json::{Map, Value, json};

use crate::{
    domain::{
        bad_items::BadItems,
        conditions::Conditions,
        kind::WORKFLOW,
        workflow::{
            Document,
            check::check_inputs,
            document::{What, Work},
        },
    },
    error::Error,
    ops::{engine::Engine, submit},
    store::{enqueue::NewRun, jobs::JobRow, lanes::LaneKey, workflows::begin::NewWorkflow},
};

/// What a run of a workflow is started with.
#[derive(Clone, Debug)]
pub struct Start {
    /// The workflow.
    pub job: JobRow,
    /// Its inputs, as given.
    pub inputs: Map<String, Value>,
    /// Not before this moment.
    pub run_at: Option<Timestamp>,
    /// What started it.
    pub source: &'static str,
    /// How many workflows it is within.
    pub depth: i64,
}

/// The run, checked whole.
///
/// # Errors
/// `invalid_parameters` naming inputs, `item_too_large`, `unknown_kind`, `kind_needs_more`, or a database failure.
pub async fn new_run(engine: &Engine, ctx: &Ctx, start: Start) -> Result<NewRun, Error> {
    let document = engine.documents.get(engine.database().reader(), start.job.id).await?;
    let inputs = Value::Object(document.with_defaults(start.inputs));
    check_inputs(&document, &inputs).map_err(wrong_inputs)?;
    let text = inputs.to_string();
    if text.len() > engine.config.max_item_bytes {
        return Err(Error::ItemTooLarge {
            position: 0,
            found: text.len(),
            limit: engine.config.max_item_bytes,
        });
    }
    check_rights(engine, ctx, &document).await?;
    let kind = engine.kind(WORKFLOW, None).await?;
    let lane = LaneKey {
        workspace: ctx.workspace,
        queue: start.job.queue,
        kind: kind.id,
        owner: ctx.actor.user(),
        requires: Conditions::default().required(),
        limited_by: 0,
    };
    let steps: Vec<String> = document.steps.iter().map(|step| step.name.clone()).collect();
    Ok(NewRun {
        id: engine.tools.random.id(engine.tools.clock.now()),
        workspace: ctx.workspace,
        owner: ctx.actor.user(),
        actor: serde_json::to_string(&ctx.actor).map_err(Fault::internal)?,
        grants: serde_json::to_string(&*ctx.grants).map_err(Fault::internal)?,
        source: start.source,
        correlation: ctx.correlation.to_string(),
        job: Some(start.job.id),
        lane: engine.lane(lane).await?,
        kind: kind.id,
        priority: start.job.priority,
        // Steps are never in line.
        rank: 0,
        max_attempts: 1,
        timeout_ms: i64::try_from(kind.timeout.as_millis()).unwrap_or(i64::MAX),
        run_at: start.run_at,
        items: steps.iter().map(|step| json!({ "step": step }).to_string()).collect(),
        bad_items: BadItems::default(),
        workflow: Some(NewWorkflow { job: start.job.id, inputs: text, depth: start.depth, steps }),
    })
}

fn wrong_inputs(wrong: Vec<(String, String)>) -> Fault {
    let violation = |(path, message)| Violation { field: format!("/inputs{path}"), message };
    Fault::violations(wrong.into_iter().map(violation).collect())
}

/// Whoever starts a workflow has every right that its kinds use, as if they ran each step themselves.
async fn check_rights(engine: &Engine, ctx: &Ctx, document: &Document) -> Result<(), Error> {
    for step in &document.steps {
        if let Work::Runs(runs) = &step.work
            && let What::Kind { kind, version, .. } = &runs.what
        {
            submit::check_rights(ctx, &engine.kind(kind, *version).await?)?;
        }
    }
    Ok(())
}

/// The inputs out of the items that whoever runs jobs by name gives: one object, or nothing.
///
/// # Errors
/// `invalid_parameters` when it is more than one, or no object.
pub fn inputs_of(items: Option<Vec<Value>>) -> Result<Map<String, Value>, Fault> {
    let mut items = items.unwrap_or_default();
    match (items.len(), items.pop()) {
        (0, _) => Ok(Map::new()),
        (1, Some(Value::Object(inputs))) => Ok(inputs),
        _ => Err(Fault::invalid("/items", "a workflow takes inputs: one object, not a list of items")),
    }
}

//! What the runs of a step gave, together, in the order of their elements.

use std::collections::BTreeSet;

use metier_core::Fault;
use serde_json::{Map, Value};

use super::load::{self, Loaded};
use crate::{
    domain::{
        outcome::Failure,
        workflow::document::{Runs, Tasks, What, Work},
    },
    error::Error,
    ops::{engine::Engine, results},
    store::{tasks, workflows::read::ChildRow},
};

/// Tasks whose results are read at once.
const PAGE: i64 = 500;

/// What a step gives whose runs all succeeded, or why it gives nothing.
///
/// # Errors
/// A database or blob store failure.
pub async fn collect(
    engine: &Engine,
    loaded: &Loaded,
    position: usize,
) -> Result<Result<Value, Failure>, Error> {
    let (Some(step), Some(row)) = (loaded.document.steps.get(position), loaded.rows.get(position)) else {
        return Ok(Ok(Value::Null));
    };
    let Work::Runs(runs) = &step.work else { return Ok(Ok(Value::Null)) };
    let children: Vec<&ChildRow> = loaded.children.iter().filter(|child| child.task == row.task).collect();
    let mut room = results::MAX_BYTES;
    let mut each = Vec::with_capacity(children.len());
    for child in children {
        match of_child(engine, runs, child, &mut room).await? {
            Ok(value) => each.push(value),
            Err(failure) => return Ok(Err(failure)),
        }
    }
    let is_many = runs.for_each.is_some()
        && (runs.max_parallel.is_some() || matches!(runs.what, What::Workflow { .. }));
    Ok(Ok(if is_many { Value::Array(each) } else { each.pop().unwrap_or(Value::Null) }))
}

async fn of_child(
    engine: &Engine,
    runs: &Runs,
    child: &ChildRow,
    room: &mut usize,
) -> Result<Result<Value, Failure>, Error> {
    if matches!(runs.what, What::Workflow { .. }) {
        return outputs(engine, child.number).await;
    }
    let mut values = match of_tasks(engine, child, room).await? {
        Ok(values) => values,
        Err(failure) => return Ok(Err(failure)),
    };
    let is_list = matches!(&runs.what, What::Kind { tasks: Tasks::List(_), .. })
        || runs.for_each.is_some() && runs.max_parallel.is_none();
    Ok(Ok(if is_list { Value::Array(values) } else { values.pop().unwrap_or(Value::Null) }))
}

/// The results of a run's tasks, in order; `null` for those that gave none.
async fn of_tasks(
    engine: &Engine,
    run: &ChildRow,
    room: &mut usize,
) -> Result<Result<Vec<Value>, Failure>, Error> {
    let end = run.first_task + run.size;
    let mut values = vec![Value::Null; usize::try_from(run.size).unwrap_or(0)];
    let mut from = run.first_task;
    while from < end {
        let to = end.min(from + PAGE);
        for row in tasks::results(engine.database().reader(), (from, to)).await? {
            let index = usize::try_from(row.task - run.first_task).unwrap_or(usize::MAX);
            let text = results::load(&engine.tools.blobs, row).await?;
            let Some(left) = room.checked_sub(text.len()) else { return Ok(Err(too_large())) };
            *room = left;
            if let Some(slot) = values.get_mut(index) {
                *slot = serde_json::from_str(&text).map_err(Fault::internal)?;
            }
        }
        from = to;
    }
    Ok(Ok(values))
}

fn too_large() -> Failure {
    let message = format!("what its tasks gave has more than {} bytes together", results::MAX_BYTES);
    Failure { code: "output_too_large".to_owned(), message }
}

/// What a workflow's run gives: its outputs, worked out from what its steps gave.
///
/// # Errors
/// A database or blob store failure.
pub async fn outputs(engine: &Engine, number: i64) -> Result<Result<Value, Failure>, Error> {
    let Some(mut loaded) = load::load(engine, number).await? else {
        let message = format!("run {number} was forgotten before it was asked what it gave");
        return Ok(Err(Failure { code: "forgotten".to_owned(), message }));
    };
    let document = loaded.document.clone();
    let slots = document.outputs.iter().flat_map(|(_, template)| template.slots());
    let names = slots.filter_map(|(_, slot)| slot.reference.step());
    let referred: BTreeSet<usize> = names.filter_map(|name| document.position(name)).collect();
    loaded.read_outputs(engine, referred).await?;
    let scope = loaded.facts.scope(&document);
    let output = |(name, template): &(String, _)| {
        let template: &crate::domain::workflow::template::Template = template;
        Ok((name.clone(), template.render(&scope, None)?))
    };
    let rendered = document.outputs.iter().map(output).collect::<Result<Map<_, _>, _>>();
    Ok(rendered.map(Value::Object).map_err(|missing: crate::domain::workflow::template::Missing| Failure {
        code: "missing_reference".to_owned(),
        message: format!("an output of run {number}: {missing}"),
    }))
}

//! Saying what is wrong with a document before it is saved.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use metier_contract_jobs::JOBS_READ;
use metier_core::{Ctx, Fault, Violation, WorkspaceId};
use serde_json::{Map, Value};

use crate::{
    domain::{
        kind::WORKFLOW,
        workflow::{
            Document, Finding,
            check::{Known, check},
            read::read,
        },
    },
    error::Error,
    ops::engine::Engine,
    store,
};

/// Workflows within workflows that are looked into.
const MOST_WORKFLOWS: usize = 200;
/// The parts of a job that make up its document.
pub const PARTS: [&str; 5] = ["inputs", "steps", "on_failure", "finally", "outputs"];

/// Everything wrong with a document that is to be saved under that name.
///
/// # Errors
/// `permission_denied`, or a database failure.
pub async fn validate(engine: &Engine, ctx: &Ctx, value: &Value) -> Result<Vec<Finding>, Error> {
    ctx.require(JOBS_READ)?;
    let name = value.get("name").and_then(Value::as_str).map(str::to_owned);
    match checked(engine, ctx.workspace, name, value).await? {
        Ok(_) => Ok(Vec::new()),
        Err(findings) => Ok(findings),
    }
}

/// The document, checked.
///
/// # Errors
/// A database failure.
pub async fn checked(
    engine: &Engine,
    workspace: WorkspaceId,
    name: Option<String>,
    value: &Value,
) -> Result<Result<Document, Vec<Finding>>, Error> {
    let document = match read(value) {
        Ok(document) => document,
        Err(findings) => return Ok(Err(findings)),
    };
    let known = known(engine, workspace, name, &document).await?;
    let findings = check(&document, &known);
    Ok(if findings.is_empty() { Ok(document) } else { Err(findings) })
}

/// The parts of a job that make up its document, alone.
pub fn parts(value: &Value) -> Value {
    let part = |name: &str| Some((name.to_owned(), value.get(name)?.clone()));
    PARTS.into_iter().filter_map(part).collect::<Map<_, _>>().into()
}

/// The answer to somebody who wanted to save a document with these findings.
pub fn refusal(findings: Vec<Finding>) -> Fault {
    let violation = |finding: Finding| Violation {
        message: finding.step.map(|step| format!("step {step}: ")).unwrap_or_default() + &finding.message,
        field: finding.path,
    };
    let mut fault = Fault::violations(findings.into_iter().map(violation).collect());
    fault.code = "invalid_workflow".into();
    fault
}

async fn known(
    engine: &Engine,
    workspace: WorkspaceId,
    own_name: Option<String>,
    document: &Document,
) -> Result<Known, Error> {
    let kinds = Arc::unwrap_or_clone(engine.reload_catalogue().await?);
    let (mut workflows, mut other_jobs) = (BTreeMap::new(), BTreeSet::new());
    let mut open: Vec<String> = named(document);
    let reader = engine.database().reader();
    while let Some(name) = open.pop() {
        let is_known =
            workflows.contains_key(&name) || other_jobs.contains(&name) || own_name.as_ref() == Some(&name);
        if is_known || workflows.len() >= MOST_WORKFLOWS {
            continue;
        }
        let Some(job) = store::jobs::find(reader, workspace, &name).await? else { continue };
        if job.kind == WORKFLOW {
            let document = engine.documents.get(reader, job.id).await?;
            open.extend(named(&document));
            workflows.insert(name, Document::clone(&document));
        } else {
            other_jobs.insert(name);
        }
    }
    Ok(Known { kinds, workflows, other_jobs, own_name })
}

fn named(document: &Document) -> Vec<String> {
    document.workflows().into_iter().map(|(_, job)| job.to_owned()).collect()
}

//! What can be changed.

use async_graphql::{Context, Object, Result};
use metier_core::{Actor, Ctx, Fault};
use metier_graphql::{Whole, refused};
use serde_json::Value;

use super::{
    caller, engine,
    model::{ExecuteJobInput, JobStatusModel},
    names::kind_of,
};
use crate::{
    domain::{bad_items::OnBadItem, conditions::Conditions},
    error::Error,
    ops::{
        Engine, runs,
        submit::{self, Submission, Submitted},
        uploads,
    },
};

/// In `data`, the upload that holds the items.
const FILE_NAME: &str = "fileName";
/// A submission may bring many items, so a request brings few submissions.
const SUBMISSION: usize = 1_000;

/// The root of what is changed.
pub struct Mutation;

#[Object]
impl Mutation {
    /// Submits a run. It is durable when this answers.
    #[graphql(complexity = "SUBMISSION + child_complexity")]
    async fn execute_job(
        &self,
        context: &Context<'_>,
        execute_job_input: ExecuteJobInput,
    ) -> Result<JobStatusModel> {
        let (engine, ctx) = (engine(context)?, caller(context)?);
        let submitted = execute(engine, ctx, execute_job_input).await.map_err(refused)?;
        Ok(runs::submitted(engine, ctx, submitted.number).await.map_err(refused)?.into())
    }

    /// Cancels a run: what waits ends at once, what runs is told to stop.
    async fn cancel_job(&self, context: &Context<'_>, id: Whole) -> Result<JobStatusModel> {
        let (engine, ctx) = (engine(context)?, caller(context)?);
        let run = runs::named(engine, ctx, &id.0.to_string()).await.map_err(refused)?;
        Ok(runs::cancel(engine, ctx, run).await.map_err(refused)?.into())
    }

    /// Replays the items of an ended run that did not succeed.
    async fn retry_job(&self, context: &Context<'_>, id: Whole) -> Result<JobStatusModel> {
        let (engine, ctx) = (engine(context)?, caller(context)?);
        let run = runs::named(engine, ctx, &id.0.to_string()).await.map_err(refused)?;
        let (view, _tasks) = runs::retry(engine, ctx, run, None).await.map_err(refused)?;
        Ok(view.into())
    }
}

async fn execute(engine: &Engine, ctx: &Ctx, input: ExecuteJobInput) -> Result<Submitted, Error> {
    let (items, upload) = match input.data {
        Value::Array(items) => (items, None),
        Value::Object(mut fields) => match fields.remove(FILE_NAME) {
            Some(Value::String(name)) => (Vec::new(), Some(name)),
            Some(_) => return Err(Fault::invalid("/data/fileName", "must be the name of an upload").into()),
            None => (vec![Value::Object(fields)], None),
        },
        _ => return Err(Fault::invalid("/data", "must be an object, or an array of objects").into()),
    };
    let submission = submission(ctx, kind_of(&input.name), items);
    match upload {
        Some(upload) => uploads::submit(engine, ctx, &upload, submission).await,
        None => submit::submit(engine, ctx, submission).await,
    }
}

fn submission(ctx: &Ctx, kind: &str, items: Vec<Value>) -> Submission {
    Submission {
        kind: kind.to_owned(),
        kind_version: None,
        items,
        on_bad_item: OnBadItem::Refuse,
        queue: None,
        priority: 0,
        conditions: Conditions::default(),
        run_at: None,
        max_attempts: None,
        timeout: None,
        key: None,
        source: if matches!(ctx.actor, Actor::User { .. }) { "manual" } else { "api" },
        job: None,
    }
}

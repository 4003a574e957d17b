//! What can be asked.

use async_graphql::{Context, Object, Result};
use metier_contract_jobs::JOBS_READ;
use metier_core::{Cursor, Fault, PageRequest};
use metier_graphql::{DateTime, Whole, refused};

use super::{
    caller, engine,
    model::{JobMetadataModel, JobStatusModel},
    names::{kind_of, states_of},
};
use crate::{ops::runs, store::run_pages::Filter};

/// The root of what is asked.
pub struct Query;

#[Object]
impl Query {
    /// The kinds that workers have registered.
    async fn jobs_metadata(&self, context: &Context<'_>) -> Result<Vec<JobMetadataModel>> {
        caller(context)?.require(JOBS_READ).map_err(refused)?;
        let catalogue = engine(context)?.reload_catalogue().await.map_err(refused)?;
        Ok(catalogue.list().into_iter().map(JobMetadataModel::from).collect())
    }

    /// Runs, newest first: one's own, or everyone's with the right `runs:read_all`. At most `first` (1 to 500, 500 when
    /// left out) before the one with the id `after`, which is the last of the page before.
    #[graphql(complexity = "first.unwrap_or(500).clamp(1, 500) as usize * child_complexity")]
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the field")]
    async fn jobs(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<Whole>,
        #[graphql(desc = "IN_PROGRESS, COMPLETED, FAILED, or states of runs")] status: Option<Vec<String>>,
        #[graphql(desc = "Of this kind")] name: Option<String>,
        #[graphql(desc = "Submitted at or after")] started_after: Option<DateTime>,
        #[graphql(desc = "Submitted before")] started_before: Option<DateTime>,
    ) -> Result<Vec<JobStatusModel>> {
        let words = status.unwrap_or_default();
        let states: Result<Vec<_>, Fault> = words.iter().map(|word| states_of(word)).collect();
        let filter = Filter {
            states: states.map_err(refused)?.concat(),
            kind: name.map(|name| kind_of(&name).to_owned()),
            created_after: started_after.map(|moment| moment.0),
            created_before: started_before.map(|moment| moment.0),
            ..Filter::default()
        };
        let page = page(first, after).map_err(refused)?;
        let found = runs::list(engine(context)?, caller(context)?, &filter, &page).await.map_err(refused)?;
        Ok(found.items.into_iter().map(JobStatusModel::from).collect())
    }

    /// One run.
    async fn job(&self, context: &Context<'_>, id: Whole) -> Result<JobStatusModel> {
        let (engine, ctx) = (engine(context)?, caller(context)?);
        let run = runs::named(engine, ctx, &id.0.to_string()).await.map_err(refused)?;
        Ok(runs::get(engine, ctx, run).await.map_err(refused)?.into())
    }
}

fn page(first: Option<i32>, after: Option<Whole>) -> Result<PageRequest, Fault> {
    let limit = first.map_or(Ok(PageRequest::MAX), u32::try_from);
    let limit = limit.map_err(|_| Fault::invalid("first", "must be between 1 and 500"))?;
    PageRequest::parse(Some(limit), after.map(|after| Cursor::of(&after.0).as_str().to_owned()))
}

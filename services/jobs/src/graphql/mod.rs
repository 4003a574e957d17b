//! `/jobs/graphql`: runs by the names that Jobber's clients know, and what they lacked: pages, filters, cancel, retry,
//! progress. It translates; [`crate::ops`] decides.

mod model;
mod mutation;
mod names;
mod progress;
mod query;

use async_graphql::{Context, Schema};
use axum::{
    extract::{Request, State},
    response::Response,
};
use metier_core::Ctx;
use metier_graphql::{RequestBody, answer, limited};
use metier_http::Caller;

use crate::ops::Engine;

/// What is asked, changed and watched here.
pub type JobsSchema = Schema<query::Query, mutation::Mutation, progress::Subscription>;

/// The engine, and how it is asked.
#[derive(Clone)]
pub struct Door {
    engine: Engine,
    schema: JobsSchema,
}

impl Door {
    /// Asks this engine.
    pub fn new(engine: Engine) -> Self {
        Self { engine, schema: schema() }
    }
}

fn schema() -> JobsSchema {
    limited(Schema::build(query::Query, mutation::Mutation, progress::Subscription)).finish()
}

/// Runs by GraphQL
///
/// For who has signed in; rights are those of REST. Errors carry their stable code in `extensions.code`. Subscriptions,
/// and anything else for who accepts `text/event-stream`, come as server-sent events.
#[utoipa::path(post, path = "/jobs/graphql", tag = "jobber", security(()), request_body = RequestBody,
    responses((status = 200, body = serde_json::Value, description = "`data`, `errors`, or both"),
        (status = 401, body = serde_json::Value, description = "`errors` with the code `unauthenticated`")))]
pub async fn graphql(State(door): State<Door>, Caller(ctx): Caller, request: Request) -> Response {
    let ctx = ctx.require_somebody().map(|()| ctx);
    let (engine, stop) = (door.engine.clone(), door.engine.stop().clone());
    answer(&door.schema, ctx, &stop, request, |request| request.data(engine)).await
}

/// Who asks.
fn caller<'a>(context: &Context<'a>) -> async_graphql::Result<&'a Ctx> {
    context.data::<Ctx>()
}

/// What answers.
fn engine<'a>(context: &Context<'a>) -> async_graphql::Result<&'a Engine> {
    context.data::<Engine>()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_schema_has_jobbers_names_and_types() {
        let schema = super::schema().sdl();
        for wanted in [
            "type JobMetadataModel {",
            "description: String!",
            "type JobStatusModel {",
            "id: Float!",
            "name: String!",
            "size: Float!",
            "completed: Float!",
            "status: String!",
            "startedAt: DateTime!",
            "endedAt: DateTime\n",
            "input ExecuteJobInput {",
            "data: JSON!",
            "jobsMetadata: [JobMetadataModel!]!",
            "): [JobStatusModel!]!",
            "job(id: Float!): JobStatusModel!",
            "executeJob(executeJobInput: ExecuteJobInput!): JobStatusModel!",
        ] {
            assert!(schema.contains(wanted), "{wanted:?} is missing in\n{schema}");
        }
    }
}

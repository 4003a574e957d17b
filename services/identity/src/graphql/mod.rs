//! `/auth/graphql`: people and sign-in as Jobber's clients ask for them. It translates; [`crate::ops`] decides.

mod model;
mod mutation;
mod query;

use async_graphql::{Context, EmptySubscription, Schema};
use axum::{
    extract::{Request, State},
    response::Response,
};
use metier_core::Ctx;
use metier_graphql::{RequestBody, answer, limited};
use metier_http::Visitor;
use tokio_util::sync::CancellationToken;

use crate::http::{Web, origin::From};

/// What is asked and changed here.
pub(crate) type AuthSchema = Schema<query::Query, mutation::Mutation, EmptySubscription>;

/// The schema with its limits.
pub(crate) fn schema() -> AuthSchema {
    limited(Schema::build(query::Query, mutation::Mutation, EmptySubscription)).finish()
}

/// Accounts and sign-in by GraphQL
///
/// `createUser` where the operator opened registration, or with the right `users:create`; `login`, which sets the cookie
/// `Authentication`; `users` with the right `users:read`. Errors carry their stable code in `extensions.code`.
#[utoipa::path(post, path = "/auth/graphql", tag = "jobber", security(()), request_body = RequestBody,
    responses((status = 200, body = serde_json::Value, description = "`data`, `errors`, or both")))]
pub(crate) async fn graphql(
    State(web): State<Web>,
    Visitor(ctx): Visitor,
    From(origin): From,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    let data = |request: async_graphql::Request| request.data(web.clone()).data(origin).data(headers);
    // Nothing streams here, so there is nothing to end before its time.
    let stop = CancellationToken::new();
    answer(&web.graphql, Ok(ctx), &stop, request, data).await
}

/// Who asks.
fn caller<'a>(context: &Context<'a>) -> async_graphql::Result<&'a Ctx> {
    context.data::<Ctx>()
}

/// What answers.
fn web<'a>(context: &Context<'a>) -> async_graphql::Result<&'a Web> {
    context.data::<Web>()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_schema_has_jobbers_names_and_types() {
        let schema = super::schema().sdl();
        for wanted in [
            "type UserModel {",
            "id: ID!",
            "email: String!",
            "createUser(createUserInput: CreateUserInput!): UserModel!",
            "login(loginInput: LoginInput!): UserModel!",
            "users(",
            "): [UserModel!]!",
        ] {
            assert!(schema.contains(wanted), "{wanted} is missing in\n{schema}");
        }
        assert!(!schema.to_lowercase().contains("hash"), "{schema}");
    }
}

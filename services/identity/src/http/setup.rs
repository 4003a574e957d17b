//! `POST /api/v1/setup`: the first administrator.

use axum::extract::State;
use metier_core::Secret;
use metier_http::{Created, ETag, Json, Problem, Visitor};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Web, bodies::UserBody};
use crate::ops::FirstAdmin;

/// An account somebody makes for themselves.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAccount)]
pub(super) struct NewAccountBody {
    /// Its address.
    #[schema(example = "ada@example.org")]
    email: String,
    /// How its owner is shown; the first part of the address when left out.
    #[serde(default)]
    #[schema(example = "Ada Lovelace")]
    display_name: Option<String>,
    /// Its password: 10 characters or more.
    #[schema(value_type = String, format = Password, example = "correct horse battery staple")]
    password: Secret<String>,
}

impl From<NewAccountBody> for FirstAdmin {
    fn from(body: NewAccountBody) -> Self {
        Self { email: body.email, display_name: body.display_name, password: body.password }
    }
}

/// The first administrator and the token that allows to make them.
#[derive(Deserialize, ToSchema)]
#[schema(as = Setup)]
pub(super) struct SetupBody {
    /// The one-time token that the first start printed.
    #[schema(value_type = String, format = Password, example = "mst_...")]
    token: Secret<String>,
    /// Their account.
    #[serde(flatten)]
    account: NewAccountBody,
}

/// Make the first administrator
#[utoipa::path(post, path = "/api/v1/setup", tag = "auth", request_body = SetupBody, security(()),
    responses((status = 201, body = UserBody), (status = 401, description = "`setup_token_invalid`"),
        (status = 409, description = "`already_set_up`")))]
pub(super) async fn set_up(
    State(web): State<Web>,
    Visitor(ctx): Visitor,
    Json(body): Json<SetupBody>,
) -> Result<Created<UserBody>, Problem> {
    let who = web.identity.set_up(&ctx, body.token, body.account.into()).await?;
    let location = format!("/api/v1/users/{}", who.user.id);
    Ok(Created { location, tag: Some(ETag::version(who.user.version)), body: who.into() })
}

//! `POST /api/v1/auth/password`: a new password for oneself.

use axum::extract::State;
use http::HeaderMap;
use metier_core::Secret;
use metier_http::{Caller, Json, NoContent, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Web;
use crate::ops::PasswordChange;

/// Both passwords.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordChange)]
pub(super) struct PasswordBody {
    /// The present one.
    #[schema(value_type = String, format = Password, example = "correct horse battery staple")]
    current_password: Secret<String>,
    /// The one to have from now on: 10 characters or more.
    #[schema(value_type = String, format = Password, example = "another horse battery staple")]
    new_password: Secret<String>,
}

/// Change one's password
///
/// Ends all other sessions, and forgets known devices.
#[utoipa::path(post, path = "/api/v1/auth/password", tag = "auth", security(("bearer" = ["person"])), request_body = PasswordBody,
    responses((status = 204, description = "Changed"), (status = 403, description = "`password_wrong`"),
        (status = 429, description = "`login_throttled`; see Retry-After")))]
pub(super) async fn change(
    State(web): State<Web>,
    Caller(ctx): Caller,
    headers: HeaderMap,
    Json(body): Json<PasswordBody>,
) -> Result<NoContent, Problem> {
    let session = web.session(&headers).await;
    let change = PasswordChange { current: body.current_password, wanted: body.new_password };
    web.identity.change_password(&ctx, change, session).await?;
    Ok(NoContent)
}

//! The keys that sign tokens: published, and replaced by command.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header::CACHE_CONTROL};
use metier_http::{Caller, Json, NoContent, Problem};

use super::Web;

/// Public keys
///
/// A JSON Web Key Set (RFC 7517) that verifies the installation's tokens.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "auth", security(()),
    responses((status = 200, body = serde_json::Value, content_type = "application/json")))]
pub(super) async fn jwks(State(web): State<Web>) -> Response {
    let mut response = Json(web.identity.jwks()).into_response();
    // Short: a verifier asks again when it meets an unknown key.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    response
}

/// Replace the key that signs tokens
///
/// Tokens signed with the replaced one stay valid until they end.
#[utoipa::path(post, path = "/api/v1/signing-keys/rotate", tag = "auth", security(("bearer" = ["signing_keys:rotate"])),
    responses((status = 204, description = "Replaced")))]
pub(super) async fn rotate(State(web): State<Web>, Caller(ctx): Caller) -> Result<NoContent, Problem> {
    web.identity.rotate_signing_keys(&ctx).await?;
    Ok(NoContent)
}

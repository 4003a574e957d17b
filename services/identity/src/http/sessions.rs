//! `/api/v1/auth/sessions`: one's own signed-in devices.

use axum::extract::State;
use http::HeaderMap;
use metier_core::{SessionId, Timestamp};
use metier_http::{Caller, Json, NoContent, PageBody, PageQuery, Path, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use super::Web;
use crate::domain::session::Session;

/// A signed-in device.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(super) struct SessionBody {
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    id: SessionId,
    /// What the client called itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    /// The network address of the sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// Whether it is the one that asks.
    current: bool,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last refreshed.
    #[schema(value_type = String, format = DateTime)]
    last_used_at: Timestamp,
    /// When it ends unless it is refreshed.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl From<(Session, bool)> for SessionBody {
    fn from((session, current): (Session, bool)) -> Self {
        Self {
            id: session.id,
            device: session.label,
            address: session.address,
            current,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
        }
    }
}

/// List one's sessions
#[utoipa::path(get, path = "/api/v1/auth/sessions", tag = "auth", security(("bearer" = ["person"])), params(PageQuery),
    responses((status = 200, body = PageBody<SessionBody>)))]
pub(super) async fn list(
    State(web): State<Web>,
    Caller(ctx): Caller,
    headers: HeaderMap,
    PageQuery(page): PageQuery,
) -> Result<Json<PageBody<SessionBody>>, Problem> {
    let page = web.identity.list_sessions(&ctx, &page).await?;
    let current = web.session(&headers).await;
    let page = page.map(|session| {
        let is_current = current == Some(session.id);
        (session, is_current)
    });
    Ok(Json(page.into()))
}

/// End one of one's sessions
///
/// Its access tokens stay valid until they end by themselves, ten minutes at most.
#[utoipa::path(delete, path = "/api/v1/auth/sessions/{id}", tag = "auth", security(("bearer" = ["person"])),
    params(("id" = String, Path, format = Uuid, description = "The session")),
    responses((status = 204, description = "Ended")))]
pub(super) async fn end(
    State(web): State<Web>,
    Caller(ctx): Caller,
    Path(id): Path<SessionId>,
) -> Result<NoContent, Problem> {
    web.identity.end_own_session(&ctx, id).await?;
    Ok(NoContent)
}

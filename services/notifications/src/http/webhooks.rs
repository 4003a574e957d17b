//! `/api/v1/webhooks`: one's own. Wherever a path names a webhook, its id and its name are both good.

use axum::extract::State;
use metier_http::{
    Caller, Created, ETag, IfMatch, Json, NoContent, PageBody, PageQuery, Path, Problem, Tagged,
};

use super::bodies::{MadeBody, NewWebhookBody, ShownBody, WebhookBody};
use crate::{domain::webhook::Webhook, ops::Notifications};

/// List webhooks
///
/// One's own: nobody sees those of others.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks", security(("bearer" = ["webhooks:read"])), params(PageQuery),
    responses((status = 200, body = PageBody<WebhookBody>)))]
pub(super) async fn list(
    State(service): State<Notifications>,
    Caller(ctx): Caller,
    PageQuery(page): PageQuery,
) -> Result<Json<PageBody<WebhookBody>>, Problem> {
    Ok(Json(service.list_webhooks(&ctx, &page).await?.map(WebhookBody::from).into()))
}

/// Make a webhook
///
/// It hears what the caller may see, with the rights the caller has now. The answer holds its secret, this once.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", security(("bearer" = ["webhooks:write"])), request_body = NewWebhookBody,
    responses((status = 201, body = MadeBody), (status = 409, description = "`webhook_exists`, `too_many_webhooks`")))]
pub(super) async fn create(
    State(service): State<Notifications>,
    Caller(ctx): Caller,
    Json(body): Json<NewWebhookBody>,
) -> Result<Created<MadeBody>, Problem> {
    let made = service.create_webhook(&ctx, body.into()).await?;
    let location = format!("/api/v1/webhooks/{}", made.webhook.id);
    Ok(Created { location, tag: Some(ETag::version(made.webhook.version)), body: made.into() })
}

/// Get a webhook
#[utoipa::path(get, path = "/api/v1/webhooks/{webhook}", tag = "webhooks", security(("bearer" = ["webhooks:read"])),
    params(("webhook" = String, Path, description = "Its id or name")), responses((status = 200, body = WebhookBody)))]
pub(super) async fn get(
    State(service): State<Notifications>,
    Caller(ctx): Caller,
    Path(named): Path<String>,
) -> Result<Tagged<WebhookBody>, Problem> {
    Ok(tagged(service.get_webhook(&ctx, &named).await?))
}

/// Replace a webhook
///
/// From then on it hears what the caller may see. One that is enabled again hears what happens from then on.
#[utoipa::path(put, path = "/api/v1/webhooks/{webhook}", tag = "webhooks", security(("bearer" = ["webhooks:write"])), request_body = NewWebhookBody,
    params(("webhook" = String, Path, description = "Its id or name"),
        ("If-Match" = String, Header, description = "The ETag that was seen, or *")),
    responses((status = 200, body = WebhookBody), (status = 409, description = "`webhook_exists`"),
        (status = 412, description = "`stale_version`")))]
pub(super) async fn update(
    State(service): State<Notifications>,
    Caller(ctx): Caller,
    Path(named): Path<String>,
    seen: IfMatch,
    Json(body): Json<NewWebhookBody>,
) -> Result<Tagged<WebhookBody>, Problem> {
    Ok(tagged(service.update_webhook(&ctx, (&named, seen.version()?), body.into()).await?))
}

/// Delete a webhook
///
/// What was delivered to it is forgotten with it.
#[utoipa::path(delete, path = "/api/v1/webhooks/{webhook}", tag = "webhooks", security(("bearer" = ["webhooks:write"])),
    params(("webhook" = String, Path, description = "Its id or name"),
        ("If-Match" = String, Header, description = "The ETag that was seen, or *")),
    responses((status = 204, description = "Deleted"), (status = 412, description = "`stale_version`")))]
pub(super) async fn delete(
    State(service): State<Notifications>,
    Caller(ctx): Caller,
    Path(named): Path<String>,
    seen: IfMatch,
) -> Result<NoContent, Problem> {
    service.delete_webhook(&ctx, &named, seen.version()?).await?;
    Ok(NoContent)
}

/// Give a webhook another secret
///
/// The answer holds it, this once. The one before signs beside it for a day.
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook}/rotate", tag = "webhooks", security(("bearer" = ["webhooks:write"])),
    params(("webhook" = String, Path, description = "Its id or name")), responses((status = 200, body = MadeBody)))]
pub(super) async fn rotate(
    State(service): State<Notifications>,
    Caller(ctx): Caller,
    Path(named): Path<String>,
) -> Result<Json<MadeBody>, Problem> {
    Ok(Json(service.rotate_secret(&ctx, &named).await?.into()))
}

/// Test a webhook
///
/// Sends `webhook.ping` as any delivery is sent; look at the delivery for what came of it.
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook}/test", tag = "webhooks", security(("bearer" = ["webhooks:write"])),
    params(("webhook" = String, Path, description = "Its id or name")),
    responses((status = 200, body = ShownBody), (status = 409, description = "`webhook_disabled`")))]
pub(super) async fn test(
    State(service): State<Notifications>,
    Caller(ctx): Caller,
    Path(named): Path<String>,
) -> Result<Json<ShownBody>, Problem> {
    Ok(Json(service.test_webhook(&ctx, &named).await?.into()))
}

fn tagged(webhook: Webhook) -> Tagged<WebhookBody> {
    Tagged { tag: ETag::version(webhook.version), body: webhook.into() }
}

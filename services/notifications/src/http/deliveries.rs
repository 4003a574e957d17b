//! `/api/v1/webhooks/{webhook}/deliveries`: what was sent, what came of it, and sending it again.

use axum::extract::State;
use metier_core::Fault;
use metier_http::{Caller, Json, List, ListQuery, PageBody, Path, Problem};

use super::bodies::{DeliveryBody, RangeBody, ReplayedBody, ShownBody};
use crate::ops::{Notifications, Range};

/// What the list can be asked for.
pub(super) struct DeliveryList;

impl List for DeliveryList {
    const FILTERS: &'static [&'static str] = &["state"];
    const SORTS: &'static [&'static str] = &["created_at"];
    const DEFAULT_SORT: &'static str = "-created_at";
}

fn known(state: &str) -> Result<&str, Fault> {
    if ["waiting", "delivered", "failed"].contains(&state) {
        return Ok(state);
    }
    Err(Fault::invalid("state", "must be waiting, delivered or failed"))
}

/// List deliveries
///
/// The newest first.
#[utoipa::path(get, path = "/api/v1/webhooks/{webhook}/deliveries", tag = "webhooks", security(("bearer" = ["webhooks:read"])),
    params(("webhook" = String, Path, description = "Its id or name"), ListQuery<DeliveryList>),
    responses((status = 200, body = PageBody<DeliveryBody>)))]
pub(super) async fn list(
    State(service): State<Notifications>,
    Caller(ctx): Caller,
    Path(named): Path<String>,
    query: ListQuery<DeliveryList>,
) -> Result<Json<PageBody<DeliveryBody>>, Problem> {
    if !query.sort.descending {
        return Err(Fault::invalid("sort", "must be -created_at").into());
    }
    let state = match query.texts("state") {
        [] => None,
        [one] => Some(known(one)?),
        _ => return Err(Fault::invalid("state", "takes one value").into()),
    };
    let page = service.list_deliveries(&ctx, (&named, state), &query.page).await?;
    Ok(Json(page.map(DeliveryBody::from).into()))
}

/// Get a delivery
///
/// With what is sent, and what came of each try.
#[utoipa::path(get, path = "/api/v1/webhooks/{webhook}/deliveries/{delivery}", tag = "webhooks", security(("bearer" = ["webhooks:read"])),
    params(("webhook" = String, Path, description = "The webhook's id or name"), ("delivery" = String, Path, description = "Its id")),
    responses((status = 200, body = ShownBody)))]
pub(super) async fn get(
    State(service): State<Notifications>,
    Caller(ctx): Caller,
    Path((named, id)): Path<(String, String)>,
) -> Result<Json<ShownBody>, Problem> {
    Ok(Json(service.get_delivery(&ctx, &named, &id).await?.into()))
}

/// Send a delivery again
///
/// Under the same id, and again for a day.
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook}/deliveries/{delivery}/replay", tag = "webhooks", security(("bearer" = ["webhooks:write"])),
    params(("webhook" = String, Path, description = "The webhook's id or name"), ("delivery" = String, Path, description = "Its id")),
    responses((status = 200, body = ShownBody), (status = 409, description = "`webhook_disabled`")))]
pub(super) async fn replay(
    State(service): State<Notifications>,
    Caller(ctx): Caller,
    Path((named, id)): Path<(String, String)>,
) -> Result<Json<ShownBody>, Problem> {
    Ok(Json(service.replay_one(&ctx, &named, &id).await?.into()))
}

/// Send many deliveries again
///
/// Those made in a time, each under the id it had.
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook}/replay", tag = "webhooks", security(("bearer" = ["webhooks:write"])), request_body = RangeBody,
    params(("webhook" = String, Path, description = "Its id or name")),
    responses((status = 200, body = ReplayedBody), (status = 409, description = "`webhook_disabled`")))]
pub(super) async fn replay_range(
    State(service): State<Notifications>,
    Caller(ctx): Caller,
    Path(named): Path<String>,
    Json(body): Json<RangeBody>,
) -> Result<Json<ReplayedBody>, Problem> {
    if body.until <= body.from {
        return Err(Fault::invalid("/until", "must be after from").into());
    }
    let state = match body.state.as_deref() {
        None => None,
        Some("delivered" | "failed") => body.state,
        Some(_) => return Err(Fault::invalid("/state", "must be delivered or failed").into()),
    };
    let range = Range { from: body.from, until: body.until, state };
    Ok(Json(ReplayedBody { deliveries: service.replay_range(&ctx, &named, range).await? }))
}

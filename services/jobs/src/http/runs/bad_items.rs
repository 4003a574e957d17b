//! `/api/v1/runs/{run}/bad-items`.

use axum::extract::State;
use metier_core::Fault;
use metier_http::{Caller, Json, Path, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::bad_items::BadItem,
    ops::{Engine, runs},
};

/// The items of a run that were wrong and left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct BadItems {
    /// How many.
    #[schema(example = 1)]
    count: i64,
    /// The first 1000 of them.
    items: Vec<BadItemBody>,
}

/// An item that was wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct BadItemBody {
    /// Its position among all items that came, from 0.
    #[schema(example = 7654)]
    position: i64,
    /// What is wrong with it.
    #[schema(example = "/price -1 is less than the minimum of 0")]
    reason: String,
}

impl From<BadItem> for BadItemBody {
    fn from(item: BadItem) -> Self {
        Self { position: item.position, reason: item.reason }
    }
}

/// List the items that were wrong and left out of a run (`on_bad_item` is `skip`), with the reasons.
#[utoipa::path(
    get, path = "/api/v1/runs/{run}/bad-items", tag = "runs", security(("bearer" = ["runs:read"])),
    params(("run" = String, Path, description = "Id or number")), responses((status = 200, body = BadItems))
)]
pub async fn list(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(run): Path<String>,
) -> Result<Json<BadItems>, Problem> {
    let (count, items) = runs::bad_items(&engine, &ctx, &run).await.map_err(Fault::from)?;
    Ok(Json(BadItems { count, items: items.into_iter().map(BadItemBody::from).collect() }))
}

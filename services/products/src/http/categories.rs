//! `/api/v1/categories`.

use axum::extract::State;
use metier_contract_products::CategoryId;
use metier_http::{
    Caller, Created, ETag, Idempotent, IfMatch, Json, NoContent, PageBody, PageQuery, Path, Problem, Tagged,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{bodies::CategoryBody, keyed};
use crate::{
    domain::{category::Category, decimal::Decimal},
    ops::Products,
};

/// List categories
///
/// By name.
#[utoipa::path(get, path = "/api/v1/categories", tag = "categories", security(("bearer" = ["products:read"])), params(PageQuery),
    responses((status = 200, body = PageBody<CategoryBody>)))]
pub(super) async fn list(
    State(service): State<Products>,
    Caller(ctx): Caller,
    PageQuery(page): PageQuery,
) -> Result<Json<PageBody<CategoryBody>>, Problem> {
    Ok(Json(service.list_categories(&ctx, &page).await?.into()))
}

/// A category to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCategory)]
pub(super) struct NewCategoryBody {
    /// Its name: 1 to 255 characters. It cannot be changed.
    #[schema(example = "Lighting")]
    name: String,
    /// What it adds to prices, in percent with at most two decimals; text or number.
    #[schema(value_type = String, example = "5.25")]
    surcharge_percent: Decimal,
}

/// Add a category
///
/// Products that named it before it was there keep their prices.
#[utoipa::path(post, path = "/api/v1/categories", tag = "categories", security(("bearer" = ["products:update"])), request_body = NewCategoryBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Sent again, the category is added once")),
    responses((status = 201, body = CategoryBody), (status = 409, description = "`category_exists`")))]
pub(super) async fn create(
    State(service): State<Products>,
    Caller(ctx): Caller,
    Idempotent { key, fingerprint, body }: Idempotent<NewCategoryBody>,
) -> Result<Created<CategoryBody>, Problem> {
    let request = keyed("categories.create", key.as_ref(), fingerprint);
    let category = service.create_category(&ctx, (&body.name, &body.surcharge_percent), request).await?;
    let location = format!("/api/v1/categories/{}", category.id);
    Ok(Created { location, tag: Some(ETag::version(category.version)), body: category.into() })
}

/// Get a category
#[utoipa::path(get, path = "/api/v1/categories/{id}", tag = "categories", security(("bearer" = ["products:read"])),
    params(("id" = String, Path, format = Uuid, description = "The category")),
    responses((status = 200, body = CategoryBody)))]
pub(super) async fn get(
    State(service): State<Products>,
    Caller(ctx): Caller,
    Path(id): Path<CategoryId>,
) -> Result<Tagged<CategoryBody>, Problem> {
    Ok(tagged(service.get_category(&ctx, id).await?))
}

/// What shall be different.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CategoryChange)]
pub(super) struct CategoryChangeBody {
    /// Another surcharge, in percent.
    #[schema(value_type = String, example = "7")]
    surcharge_percent: Decimal,
}

/// Change a category
///
/// Prices made before stay as they are.
#[utoipa::path(patch, path = "/api/v1/categories/{id}", tag = "categories", security(("bearer" = ["products:update"])), request_body = CategoryChangeBody,
    params(("id" = String, Path, format = Uuid, description = "The category"),
        ("If-Match" = String, Header, description = "The ETag that was seen, or *")),
    responses((status = 200, body = CategoryBody), (status = 412, description = "`stale_version`")))]
pub(super) async fn update(
    State(service): State<Products>,
    Caller(ctx): Caller,
    Path(id): Path<CategoryId>,
    seen: IfMatch,
    Json(body): Json<CategoryChangeBody>,
) -> Result<Tagged<CategoryBody>, Problem> {
    Ok(tagged(service.update_category(&ctx, id, (body.surcharge_percent, seen.version()?)).await?))
}

/// Delete a category that no product names
#[utoipa::path(delete, path = "/api/v1/categories/{id}", tag = "categories", security(("bearer" = ["products:delete"])),
    params(("id" = String, Path, format = Uuid, description = "The category"),
        ("If-Match" = String, Header, description = "The ETag that was seen, or *")),
    responses((status = 204, description = "Deleted"), (status = 409, description = "`category_in_use`"),
        (status = 412, description = "`stale_version`")))]
pub(super) async fn delete(
    State(service): State<Products>,
    Caller(ctx): Caller,
    Path(id): Path<CategoryId>,
    seen: IfMatch,
) -> Result<NoContent, Problem> {
    service.delete_category(&ctx, id, seen.version()?).await?;
    Ok(NoContent)
}

fn tagged(category: Category) -> Tagged<CategoryBody> {
    Tagged { tag: ETag::version(category.version), body: category.into() }
}

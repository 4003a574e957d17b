//! `/api/v1/products`.

use axum::extract::State;
use metier_contract_products::ProductId;
use metier_core::Fault;
use metier_http::{
    Caller, Created, ETag, Idempotent, IfMatch, Json, List, ListQuery, NoContent, PageBody, Path, Problem,
    Tagged,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{bodies::ProductBody, keyed};
use crate::{
    domain::{
        decimal::Decimal,
        product::{Given, NewProduct, Product, ProductChange},
    },
    ops::Products,
    store::products::{ProductOrder, Wanted},
};

/// What the list can be asked for.
pub(super) struct ProductList;

impl List for ProductList {
    const FILTERS: &'static [&'static str] = &["category", "name", "in_stock"];
    const SORTS: &'static [&'static str] = &["name", "price", "created_at"];
    const DEFAULT_SORT: &'static str = "name";
}

fn wanted(query: &ListQuery<ProductList>) -> Result<Wanted, Fault> {
    let order = match query.sort.field {
        "price" => ProductOrder::Price,
        "created_at" => ProductOrder::CreatedAt,
        _ => ProductOrder::Name,
    };
    let in_stock = match query.values::<bool>("in_stock")?.as_slice() {
        [] | [true, false] | [false, true] => None,
        [one] => Some(*one),
        _ => return Err(Fault::invalid("in_stock", "must be true or false")),
    };
    Ok(Wanted {
        categories: query.texts("category").to_vec(),
        names: query.texts("name").to_vec(),
        in_stock,
        order,
        descending: query.sort.descending,
    })
}

/// List products
#[utoipa::path(get, path = "/api/v1/products", tag = "products", security(("bearer" = ["products:read"])), params(ListQuery<ProductList>),
    responses((status = 200, body = PageBody<ProductBody>)))]
pub(super) async fn list(
    State(service): State<Products>,
    Caller(ctx): Caller,
    query: ListQuery<ProductList>,
) -> Result<Json<PageBody<ProductBody>>, Problem> {
    Ok(Json(service.list_products(&ctx, &wanted(&query)?, &query.page).await?.into()))
}

/// A product to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewProduct)]
pub(super) struct NewProductBody {
    /// Its name, unique within the category: 1 to 255 characters.
    #[schema(example = "Desk lamp")]
    name: String,
    /// The name of its category. One that does not exist adds nothing to the price.
    #[schema(example = "Furniture")]
    category: String,
    /// The price before the surcharge, in the installation's currency: decimal text, or a number of at most
    /// 15 digits.
    #[schema(value_type = String, example = "19.99")]
    price: Decimal,
    /// How many there are.
    #[schema(example = 12)]
    stock: i64,
    /// 0 to 5 stars, with at most two decimals; text or number.
    #[schema(value_type = String, example = "4.5")]
    rating: Decimal,
    /// What it is, in at most 10,000 characters.
    #[serde(default)]
    #[schema(example = "Dimmable, with two joints")]
    description: String,
}

impl From<NewProductBody> for NewProduct {
    fn from(body: NewProductBody) -> Self {
        Self {
            name: body.name,
            category: body.category,
            price: Given::Decimal(body.price),
            stock: body.stock,
            rating: Given::Decimal(body.rating),
            description: body.description,
        }
    }
}

/// Add a product
///
/// Its price is the given one plus the surcharge of its category at this moment.
#[utoipa::path(post, path = "/api/v1/products", tag = "products", security(("bearer" = ["products:create"])), request_body = NewProductBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Sent again, the product is added once")),
    responses((status = 201, body = ProductBody), (status = 409, description = "`product_exists`")))]
pub(super) async fn create(
    State(service): State<Products>,
    Caller(ctx): Caller,
    Idempotent { key, fingerprint, body }: Idempotent<NewProductBody>,
) -> Result<Created<ProductBody>, Problem> {
    let request = keyed("products.create", key.as_ref(), fingerprint);
    let product = service.create_product(&ctx, &body.into(), request).await?;
    let location = format!("/api/v1/products/{}", product.id);
    Ok(Created { location, tag: Some(ETag::version(product.version)), body: product.into() })
}

/// Get a product
#[utoipa::path(get, path = "/api/v1/products/{id}", tag = "products", security(("bearer" = ["products:read"])),
    params(("id" = String, Path, format = Uuid, description = "The product")),
    responses((status = 200, body = ProductBody)))]
pub(super) async fn get(
    State(service): State<Products>,
    Caller(ctx): Caller,
    Path(id): Path<ProductId>,
) -> Result<Tagged<ProductBody>, Problem> {
    Ok(tagged(service.get_product(&ctx, id).await?))
}

/// What shall be different; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProductChange)]
pub(super) struct ProductChangeBody {
    /// Another name.
    name: Option<String>,
    /// Another category.
    category: Option<String>,
    /// Another price before the surcharge.
    #[schema(value_type = Option<String>)]
    price: Option<Decimal>,
    /// Another stock.
    #[schema(example = 11)]
    stock: Option<i64>,
    /// Another rating.
    #[schema(value_type = Option<String>)]
    rating: Option<Decimal>,
    /// Another description.
    description: Option<String>,
}

impl From<ProductChangeBody> for ProductChange {
    fn from(body: ProductChangeBody) -> Self {
        Self {
            name: body.name,
            category: body.category,
            price: body.price.map(Given::Decimal),
            stock: body.stock,
            rating: body.rating.map(Given::Decimal),
            description: body.description,
        }
    }
}

/// Change a product
///
/// When its price or category changes, the surcharge is added anew.
#[utoipa::path(patch, path = "/api/v1/products/{id}", tag = "products", security(("bearer" = ["products:update"])), request_body = ProductChangeBody,
    params(("id" = String, Path, format = Uuid, description = "The product"),
        ("If-Match" = String, Header, description = "The ETag that was seen, or *")),
    responses((status = 200, body = ProductBody), (status = 409, description = "`product_exists`"),
        (status = 412, description = "`stale_version`")))]
pub(super) async fn update(
    State(service): State<Products>,
    Caller(ctx): Caller,
    Path(id): Path<ProductId>,
    seen: IfMatch,
    Json(body): Json<ProductChangeBody>,
) -> Result<Tagged<ProductBody>, Problem> {
    Ok(tagged(service.update_product(&ctx, id, (body.into(), seen.version()?)).await?))
}

/// Delete a product
#[utoipa::path(delete, path = "/api/v1/products/{id}", tag = "products", security(("bearer" = ["products:delete"])),
    params(("id" = String, Path, format = Uuid, description = "The product"),
        ("If-Match" = String, Header, description = "The ETag that was seen, or *")),
    responses((status = 204, description = "Deleted"), (status = 412, description = "`stale_version`")))]
pub(super) async fn delete(
    State(service): State<Products>,
    Caller(ctx): Caller,
    Path(id): Path<ProductId>,
    seen: IfMatch,
) -> Result<NoContent, Problem> {
    service.delete_product(&ctx, id, seen.version()?).await?;
    Ok(NoContent)
}

fn tagged(product: Product) -> Tagged<ProductBody> {
    Tagged { tag: ETag::version(product.version), body: product.into() }
}

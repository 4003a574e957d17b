//! `/api/v1/uploads`: files of items, each of one person. Wherever a path names an upload, its id and the name it was
//! given are both good.

mod jobber;
mod receive;

use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue,
    header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE},
};
use metier_core::{Fault, Timestamp};
use metier_http::{Caller, Created, Json, NoContent, PageBody, PageQuery, Path, Problem, body_limit};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ops::{Engine, uploads},
    store::uploads::UploadRow,
};

/// A form may be this much larger than the file in it.
const FORM_BYTES: u64 = 64 * 1024;

/// The routes of uploads, native ones and those that Jobber's clients know.
pub fn router(engine: &Engine) -> OpenApiRouter<Engine> {
    let largest = engine.config().max_upload_bytes.saturating_add(FORM_BYTES);
    let limit = body_limit(usize::try_from(largest).unwrap_or(usize::MAX));
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(jobber::file))
        .routes(routes!(jobber::upload))
        .layer(limit)
        .routes(routes!(get, delete))
        .routes(routes!(content))
}

/// A file of items.
#[derive(Debug, Serialize, ToSchema)]
pub struct Upload {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// The name it was given.
    #[schema(example = "file-1800000000000-123456789.json")]
    name: String,
    /// The name it came with.
    #[schema(example = "products.json")]
    original_name: String,
    /// Bytes.
    size: i64,
    /// How many items it holds.
    #[schema(example = 10_000)]
    items: i64,
    /// Of its content, hexadecimal.
    sha256: String,
    /// When it came.
    #[schema(value_type = String, format = "date-time")]
    created_at: Timestamp,
}

impl From<UploadRow> for Upload {
    fn from(row: UploadRow) -> Self {
        Self {
            id: row.id.to_string(),
            name: row.name,
            original_name: row.original_name,
            size: row.size,
            items: row.items,
            sha256: row.sha256,
            created_at: Timestamp::from_micros(row.created_at),
        }
    }
}

/// List one's uploads, newest first.
#[utoipa::path(
    get, path = "/api/v1/uploads", tag = "uploads", security(("bearer" = ["runs:submit"])), params(PageQuery),
    responses((status = 200, body = PageBody<Upload>))
)]
async fn list(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    PageQuery(page): PageQuery,
) -> Result<Json<PageBody<Upload>>, Problem> {
    Ok(Json(uploads::list(&engine, &ctx, &page).await.map_err(Fault::from)?.into()))
}

/// A form with a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form that is read part by part")]
struct FileForm {
    /// JSON: an array of items, or one object.
    #[schema(value_type = String, format = Binary)]
    file: String,
}

/// Upload a file of items: a JSON array, or an object that is the only item.
///
/// As the body itself, or in the field `file` of a form. It is read item by item before it is kept; what cannot be
/// read is not kept.
#[utoipa::path(
    post, path = "/api/v1/uploads", tag = "uploads", security(("bearer" = ["runs:submit"])),
    params(("name" = Option<String>, Query, description = "The name the file comes with, when it is the body itself")),
    request_body(content((serde_json::Value = "application/json"), (FileForm = "multipart/form-data"))),
    responses((status = 201, body = Upload), (status = 400, description = "upload_unreadable, item_too_large, content_broke_off"),
        (status = 409, description = "too_many_uploads"), (status = 413, description = "content_too_large"),
        (status = 415, description = "unsupported_media_type"))
)]
async fn create(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    request: Request,
) -> Result<Created<Upload>, Problem> {
    let upload = receive::any(&engine, &ctx, request).await?;
    Ok(Created { location: format!("/api/v1/uploads/{}", upload.id), tag: None, body: upload.into() })
}

/// One of one's uploads.
#[utoipa::path(
    get, path = "/api/v1/uploads/{upload}", tag = "uploads", security(("bearer" = ["runs:submit"])),
    params(("upload" = String, Path, description = "Id or name")), responses((status = 200, body = Upload))
)]
async fn get(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(wanted): Path<String>,
) -> Result<Json<Upload>, Problem> {
    Ok(Json(uploads::get(&engine, &ctx, &wanted).await.map_err(Fault::from)?.into()))
}

/// Download one of one's uploads.
#[utoipa::path(
    get, path = "/api/v1/uploads/{upload}/content", tag = "uploads", security(("bearer" = ["runs:submit"])),
    params(("upload" = String, Path, description = "Id or name")),
    responses((status = 200, description = "The file as it came", content_type = "application/json"))
)]
async fn content(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(wanted): Path<String>,
) -> Result<Response, Problem> {
    let (upload, content) = uploads::content(&engine, &ctx, &wanted).await.map_err(Fault::from)?;
    let mut response = Body::from_stream(content).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(upload.size));
    // The given name is plain; the one it came with could say anything.
    let disposition = format!("attachment; filename=\"{}\"", upload.name);
    headers.insert(CONTENT_DISPOSITION, HeaderValue::try_from(disposition).map_err(Fault::internal)?);
    Ok(response)
}

/// Delete one of one's uploads. Runs that were made of it stay.
#[utoipa::path(
    delete, path = "/api/v1/uploads/{upload}", tag = "uploads", security(("bearer" = ["runs:submit"])),
    params(("upload" = String, Path, description = "Id or name")), responses((status = 204, description = "Gone"))
)]
async fn delete(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(wanted): Path<String>,
) -> Result<NoContent, Problem> {
    uploads::delete(&engine, &ctx, &wanted).await.map_err(Fault::from)?;
    Ok(NoContent)
}

//! `/jobs/uploads/file` and `/jobs/uploads/upload`, as Jobber's clients know them: the same uploads by its names.

use axum::extract::{Request, State};
use metier_core::Timestamp;
use metier_http::{Caller, Created, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use super::{FileForm, receive};
use crate::{ops::Engine, store::uploads::UploadRow};

/// A file that was kept.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UploadedFile {
    /// Always the same sentence.
    #[schema(example = "File uploaded successfully")]
    message: &'static str,
    /// What `data.fileName` of `executeJob` says.
    #[schema(example = "file-1800000000000-123456789.json")]
    filename: String,
    /// The name it came with.
    #[schema(example = "products.json")]
    original_name: String,
    /// Bytes.
    size: i64,
    /// Where it is downloaded.
    #[schema(example = "/api/v1/uploads/01900000-0000-7000-8000-000000000000/content")]
    path: String,
    /// When it came.
    #[schema(value_type = String, format = "date-time")]
    uploaded_at: Timestamp,
}

impl From<UploadRow> for UploadedFile {
    fn from(row: UploadRow) -> Self {
        Self {
            message: "File uploaded successfully",
            filename: row.name,
            original_name: row.original_name,
            size: row.size,
            path: format!("/api/v1/uploads/{}/content", row.id),
            uploaded_at: Timestamp::from_micros(row.created_at),
        }
    }
}

async fn receive(
    engine: &Engine,
    caller: Caller,
    request: Request,
) -> Result<Created<UploadedFile>, Problem> {
    let upload = receive::form(engine, &caller.0, request).await?;
    Ok(Created { location: format!("/api/v1/uploads/{}", upload.id), tag: None, body: upload.into() })
}

/// Upload a file of items as Jobber's clients do.
#[utoipa::path(
    post, path = "/jobs/uploads/file", tag = "jobber", security(("bearer" = ["runs:submit"])),
    request_body(content = FileForm, content_type = "multipart/form-data"), responses((status = 201, body = UploadedFile))
)]
pub(super) async fn file(
    State(engine): State<Engine>,
    caller: Caller,
    request: Request,
) -> Result<Created<UploadedFile>, Problem> {
    receive(&engine, caller, request).await
}

/// The same under the path that older clients know.
#[utoipa::path(
    post, path = "/jobs/uploads/upload", tag = "jobber", security(("bearer" = ["runs:submit"])),
    request_body(content = FileForm, content_type = "multipart/form-data"), responses((status = 201, body = UploadedFile))
)]
pub(super) async fn upload(
    State(engine): State<Engine>,
    caller: Caller,
    request: Request,
) -> Result<Created<UploadedFile>, Problem> {
    receive(&engine, caller, request).await
}

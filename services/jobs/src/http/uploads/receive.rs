//! A file on its way in: the body itself, or a field of a form. It streams; nothing of it is kept in memory.

use axum::{RequestExt, extract::Request};
use http::{
    HeaderMap,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use metier_core::{Ctx, Fault, FaultKind};
use multer::{Field, Multipart};

use super::FORM_BYTES;
use crate::{
    domain::upload::claims_json,
    ops::{Engine, uploads},
    store::uploads::UploadRow,
};

/// The field of a form that holds the file.
const FIELD: &str = "file";
/// Fields before it that are passed over.
const MAX_FIELDS: usize = 16;

/// Takes the file however it comes.
pub async fn any(engine: &Engine, ctx: &Ctx, request: Request) -> Result<UploadRow, Fault> {
    match boundary(request.headers()) {
        Some(boundary) => of_form(engine, ctx, request, boundary).await,
        None => of_body(engine, ctx, request).await,
    }
}

/// Takes the file of a form, and nothing else.
pub async fn form(engine: &Engine, ctx: &Ctx, request: Request) -> Result<UploadRow, Fault> {
    let boundary = boundary(request.headers());
    let message = format!("must be a form (multipart/form-data) with a field {FIELD}");
    let boundary = boundary.ok_or_else(|| unsupported(&message))?;
    of_form(engine, ctx, request, boundary).await
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    multer::parse_boundary(headers.get(CONTENT_TYPE)?.to_str().ok()?).ok()
}

fn unsupported(message: &str) -> Fault {
    Fault::new(FaultKind::Invalid, "unsupported_media_type", message)
}

async fn of_body(engine: &Engine, ctx: &Ctx, request: Request) -> Result<UploadRow, Fault> {
    let query = request.uri().query().unwrap_or_default();
    let name = name_of(query)?;
    let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !claims_json("", media_type) {
        return Err(unsupported("only JSON is taken: content-type must be application/json, or a form"));
    }
    check_length(engine, request.headers())?;
    let content = request.with_limited_body().into_body().into_data_stream();
    Ok(uploads::put(engine, ctx, &name, content).await?)
}

/// The parameter `name` of a query.
fn name_of(query: &str) -> Result<String, Fault> {
    let mut names = Vec::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "name" => names.push(value.into_owned()),
            _ => return Err(Fault::invalid("query", "there is no parameter but name here")),
        }
    }
    match names.len() {
        0 | 1 => Ok(names.pop().unwrap_or_default()),
        _ => Err(Fault::invalid("name", "is given more than once")),
    }
}

async fn of_form(engine: &Engine, ctx: &Ctx, request: Request, boundary: String) -> Result<UploadRow, Fault> {
    check_length(engine, request.headers())?;
    let body = request.with_limited_body().into_body().into_data_stream();
    let mut form = Multipart::new(body, boundary);
    for _ in 0..MAX_FIELDS {
        let field = form.next_field().await.map_err(malformed)?;
        let Some(field) = field else { break };
        if field.name() == Some(FIELD) {
            return of_field(engine, ctx, field).await;
        }
    }
    Err(Fault::invalid(FIELD, "is the field of the form that holds the file, and it is missing"))
}

async fn of_field(engine: &Engine, ctx: &Ctx, field: Field<'static>) -> Result<UploadRow, Fault> {
    let name = field.file_name().unwrap_or_default().to_owned();
    if !claims_json(&name, field.content_type().map(AsRef::as_ref)) {
        return Err(unsupported("only JSON files are allowed"));
    }
    Ok(uploads::put(engine, ctx, &name, field).await?)
}

fn malformed(error: multer::Error) -> Fault {
    Fault::invalid(FIELD, format!("cannot be found: the form is malformed: {error}")).caused_by(error)
}

/// A request that says it is too long is refused before any of it is read.
fn check_length(engine: &Engine, headers: &HeaderMap) -> Result<(), Fault> {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let most = engine.config().max_upload_bytes;
    if length.is_some_and(|length| length > most.saturating_add(FORM_BYTES)) {
        return Err(metier_blob::BlobError::TooLarge(most).into());
    }
    Ok(())
}

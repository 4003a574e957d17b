//! Files of items: put once, run as often as wanted. Each belongs to one person; nobody else's can be seen.
//!
//! A file is checked when it comes: what cannot be read is not kept. It lies in the blob store under the id we gave
//! it, so no name from outside ever names a place.

mod items;
mod keep;
mod run;

use bytes::Bytes;
use futures::Stream;
use metier_blob::{BlobRef, ContentStream};
use metier_contract_jobs::RUNS_SUBMIT;
use metier_core::{Ctx, Fault, FaultKind, Page, PageRequest};
use metier_db::DbError;
use serde_json::Value;
use uuid::Uuid;

use super::engine::Engine;
use crate::{
    domain::upload,
    error::Error,
    store::{
        self,
        uploads::{Holder, UploadRow},
    },
};

pub use keep::{forget, sweep};
pub use run::{submit, submit_over};

/// Where uploads lie in the blob store.
const PREFIX: &str = "uploads/";

fn key(id: Uuid) -> String {
    format!("{PREFIX}{}", id.simple())
}

/// Whose uploads the caller reaches: those of the person behind them.
fn holder(ctx: &Ctx) -> Result<Holder, Fault> {
    ctx.require(RUNS_SUBMIT)?;
    Ok(Holder { workspace: ctx.workspace, owner: ctx.user()? })
}

/// Keeps a file. It is there, whole and readable, when this answers; otherwise nothing is.
///
/// # Errors
/// `permission_denied`, `too_many_uploads`, `content_too_large`, `content_broke_off`, `upload_unreadable`,
/// `item_too_large`, or a failure of the store or database.
pub async fn put<S, E>(engine: &Engine, ctx: &Ctx, original: &str, content: S) -> Result<UploadRow, Error>
where
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let holder = holder(ctx)?;
    check_room(engine, holder).await?;
    let id = engine.tools.random.uuid(engine.tools.clock.now());
    let blob = engine.tools.blobs.put(&key(id), content, engine.config.max_upload_bytes).await?;
    let accepted = accept(engine, ctx, holder, (id, original, blob)).await;
    if accepted.is_err() {
        engine.tools.blobs.delete(&key(id)).await?;
    }
    accepted
}

/// The last file may go beyond the bytes, and two that come together may both find the last place: neither limit is
/// missed by much.
async fn check_room(engine: &Engine, holder: Holder) -> Result<(), Error> {
    let (most, most_bytes) = (engine.config.max_uploads, engine.config.max_uploaded_bytes);
    let held = store::uploads::held(engine.database().reader(), holder, most).await?;
    if held.uploads < most && u64::try_from(held.bytes).is_ok_and(|bytes| bytes < most_bytes) {
        return Ok(());
    }
    let message = format!(
        "you have {} uploads of {} bytes; there may be {most} of {most_bytes} bytes, so delete some first",
        held.uploads, held.bytes
    );
    Err(Fault::new(FaultKind::Conflict, "too_many_uploads", message).into())
}

async fn accept(
    engine: &Engine,
    ctx: &Ctx,
    holder: Holder,
    (id, original, blob): (Uuid, &str, BlobRef),
) -> Result<UploadRow, Error> {
    let items = count_items(engine, id).await?;
    let now = engine.tools.clock.now();
    let upload = UploadRow {
        id,
        name: upload::given_name(now, u32::from_be_bytes(engine.tools.random.bytes())),
        original_name: upload::original_name(original),
        size: i64::try_from(blob.size).map_err(Fault::internal)?,
        items: i64::try_from(items).map_err(Fault::internal)?,
        sha256: blob.sha256,
        created_at: now.micros(),
    };
    let (tools, actor, written) = (engine.tools.clone(), ctx.clone(), upload.clone());
    let write = engine.database().write(move |tx| {
        Box::pin(async move {
            store::uploads::insert(tx, holder, &written).await?;
            let change = (None::<&str>, Some(&written.sha256));
            tools.outbox.audit(tx, &actor, "uploads.create", written.id, change).await?;
            Ok::<_, DbError>(())
        })
    });
    write.await?;
    Ok(upload)
}

async fn count_items(engine: &Engine, id: Uuid) -> Result<usize, Error> {
    let _turn = engine.reading.acquire().await.map_err(|_closed| Error::Stopping)?;
    let content = engine.tools.blobs.get(&key(id)).await?.content;
    let count = |items: &mut usize, _position: usize, _item: Value| {
        *items += 1;
        Ok(())
    };
    Ok(items::read(content, engine.config.max_item_bytes, (0, count)).await?)
}

/// A page of the caller's uploads, newest first.
///
/// # Errors
/// `permission_denied`, a foreign cursor, or a database failure.
pub async fn list(engine: &Engine, ctx: &Ctx, page: &PageRequest) -> Result<Page<UploadRow>, Error> {
    let holder = holder(ctx)?;
    let before = page.after.as_ref().map(metier_core::Cursor::key::<Uuid>).transpose()?;
    let limits = (before, i64::from(page.limit) + 1);
    let rows = store::uploads::list(engine.database().reader(), holder, limits).await?;
    Ok(Page::from_rows(rows, page.limit, |row| row.id))
}

/// One of the caller's uploads, by its id or the name it was given.
///
/// # Errors
/// `permission_denied`, `not_found`, or a database failure.
pub async fn get(engine: &Engine, ctx: &Ctx, wanted: &str) -> Result<UploadRow, Error> {
    let found = store::uploads::find(engine.database().reader(), holder(ctx)?, wanted).await?;
    Ok(found.ok_or_else(|| Fault::not_found("upload", wanted))?)
}

/// The content of one of the caller's uploads.
///
/// # Errors
/// As [`get`], or when the store fails.
pub async fn content(engine: &Engine, ctx: &Ctx, wanted: &str) -> Result<(UploadRow, ContentStream), Error> {
    let upload = get(engine, ctx, wanted).await?;
    let content = engine.tools.blobs.get(&key(upload.id)).await?.content;
    Ok((upload, content))
}

/// Deletes one of the caller's uploads. Runs that were made of it stay.
///
/// # Errors
/// As [`get`], or when the store fails.
pub async fn delete(engine: &Engine, ctx: &Ctx, wanted: &str) -> Result<(), Error> {
    let upload = get(engine, ctx, wanted).await?;
    let (tools, actor) = (engine.tools.clone(), ctx.clone());
    let write = engine.database().write(move |tx| {
        Box::pin(async move {
            if store::uploads::delete(tx, upload.id).await? {
                let change = (Some(&upload.sha256), None::<&str>);
                tools.outbox.audit(tx, &actor, "uploads.delete", upload.id, change).await?;
            }
            Ok::<_, DbError>(())
        })
    });
    write.await?;
    Ok(engine.tools.blobs.delete(&key(upload.id)).await?)
}

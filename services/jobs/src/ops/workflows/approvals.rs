//! Approvals that wait for whoever asks. Whose runs they are of does not matter, as it does not for deciding.

use metier_contract_jobs::RUNS_READ;
use metier_core::{Ctx, Cursor, Page, PageRequest};

use super::steer::may_decide;
use crate::{
    domain::workflow::document::{Approval, Work},
    error::Error,
    ops::engine::Engine,
    store::workflows::read::{self, WaitingRow},
};

/// Waiting steps looked at for one page. When most of them wait for others or for something else, it is short.
const LOOKED_AT: i64 = 1_000;

/// A step that waits for a decision that the caller may give.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The step and its run.
    pub row: WaitingRow,
    /// What is to be decided, and who may.
    pub approval: Approval,
}

/// A page of what waits for a decision that the caller may give, what has waited longest first.
///
/// # Errors
/// `permission_denied`, a foreign cursor, or a database failure.
pub async fn list(engine: &Engine, ctx: &Ctx, page: &PageRequest) -> Result<Page<Pending>, Error> {
    ctx.require(RUNS_READ)?;
    let after = page.after.as_ref().map(Cursor::key::<i64>).transpose()?.unwrap_or_default();
    let reader = engine.database().reader();
    let rows = read::waiting(reader, ctx.workspace, (after, LOOKED_AT)).await?;
    let last = rows
        .last()
        .map(|row| row.task)
        .filter(|_| i64::try_from(rows.len()).is_ok_and(|looked_at| looked_at >= LOOKED_AT));
    let mut pending = Vec::new();
    for row in rows {
        let document = engine.documents.get(reader, row.job).await?;
        let step = document.position(&row.name).and_then(|position| document.steps.get(position));
        if let Some(Work::Approval(approval)) = step.map(|step| &step.work)
            && may_decide(ctx, approval)
        {
            pending.push(Pending { approval: approval.clone(), row });
        }
    }
    let mut page = Page::from_rows(pending, page.limit, |pending| pending.row.task);
    page.next = page.next.or_else(|| last.as_ref().map(Cursor::of));
    Ok(page)
}

//! Resuming an ended run: what did not succeed is done again, and what depends on it.

use std::{future::Future, pin::Pin, time::Duration};

use metier_core::{Fault, Timestamp};
use metier_db::Tx;
use sea_orm::DbErr;

use super::{Documents, load};
use crate::{
    domain::{
        state::{RunState, TaskState},
        workflow::resume::{Again, resume},
    },
    store::{
        replay,
        run_book::{OpenRun, RunBook},
        workflows::{
            self,
            decide::{self, Changed},
            read::{self, ChildRow, StepRow},
        },
    },
};

type Resumed<'a> = Pin<Box<dyn Future<Output = Result<Option<(OpenRun, usize)>, DbErr>> + Send + 'a>>;

/// Opens an ended run again, and the runs its steps go on with. Answers the run and how many steps are done again; `None`
/// when it is gone, open, or has nothing to be done again.
///
/// # Errors
/// When the database fails.
pub fn run<'a>(
    tx: &'a Tx,
    documents: &'a Documents,
    number: i64,
    (now, ageing): (Timestamp, Duration),
) -> Resumed<'a> {
    Box::pin(async move {
        let mut book = RunBook::open(tx, [number]).await?;
        let Some(open) = book.get_mut(number).filter(|run| run.state.has_ended()) else { return Ok(None) };
        let Some(row) = read::run(tx, number).await? else { return Ok(None) };
        let broken = |error| DbErr::Custom(Fault::from(error).chain());
        let document = documents.get(tx, row.job).await.map_err(broken)?;
        let (rows, children) = (read::steps(tx, number).await?, read::children(tx, number).await?);
        let standings = load::standings(&rows, &children).map_err(broken)?;
        let again = resume(&document, &standings);
        if again.is_empty() {
            return Ok(None);
        }
        workflows::hold_counts(tx, row.workspace, row.owner).await?;
        let mut changed = Vec::with_capacity(again.len());
        let mut restarted = Vec::new();
        for (position, how) in &again {
            let (Some(step), Some(standing)) = (rows.get(*position), standings.get(*position)) else {
                continue;
            };
            let goes_on =
                *how == Again::GoOn && replay_runs(tx, documents, (step, &children), (now, ageing)).await?;
            let state = if goes_on { TaskState::Running } else { TaskState::Waiting };
            open.counts.reopen_as(standing.state, state).map_err(|error| DbErr::Custom(error.to_string()))?;
            let begun_at = goes_on.then_some(now);
            changed.push(Changed {
                task: step.task,
                state,
                attempt: step.attempt + 1,
                begun_at,
                due_at: None,
            });
            if !goes_on {
                restarted.push(step.task);
            }
        }
        decide::write(tx, &changed).await?;
        decide::restart(tx, number, &restarted).await?;
        decide::reopen(tx, number).await?;
        open.epoch += 1;
        (open.ended_at, open.reason, open.state) = (None, None, RunState::Running);
        let reopened = open.clone();
        book.close(tx, now);
        Ok(Some((reopened, again.len())))
    })
}

/// Opens the runs of a step again that did not succeed. `false` when one of them cannot be.
async fn replay_runs(
    tx: &Tx,
    documents: &Documents,
    (step, children): (&StepRow, &[ChildRow]),
    (now, ageing): (Timestamp, Duration),
) -> Result<bool, DbErr> {
    let own: Vec<&ChildRow> = children.iter().filter(|child| child.task == step.task).collect();
    for child in &own {
        if child.state == RunState::Succeeded.name() {
            continue;
        }
        let is_workflow = read::run(tx, child.number).await?.is_some();
        let replayed = match is_workflow {
            true => run(tx, documents, child.number, (now, ageing)).await?.is_some(),
            false => replay::run(tx, child.number, None, (now, ageing)).await?.is_some(),
        };
        if !replayed {
            return Ok(false);
        }
    }
    Ok(!own.is_empty())
}

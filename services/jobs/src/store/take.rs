//! Taking ready tasks for a claim, from its lanes and in fair shares.

use std::{collections::BTreeMap, time::Duration};

use metier_core::Timestamp;
use metier_db::{Backend, Column, Rows, Tx, sql};
use sea_orm::DbErr;

use super::{
    lanes::{self, Scope},
    ready::QueuedTask,
};
use crate::domain::share::{self, Head, Share};

/// How much to take, and in whose favor.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// Most tasks.
    pub limit: i64,
    /// Moves on with every claim of the worker.
    pub turn: usize,
    /// What a level of priority is worth.
    pub ageing: Duration,
}

/// Takes the tasks a claim gets, those that entered the line first before others.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &Tx, scope: &Scope, wish: Wish, now: Timestamp) -> Result<Vec<QueuedTask>, DbErr> {
    let mut heads = lanes::heads(tx, scope).await?;
    let mut taken: Vec<QueuedTask> = Vec::new();
    loop {
        let left = wish.limit - count(&taken);
        let shares = share::round(&heads, left, wish.turn, (now, wish.ageing));
        if shares.is_empty() {
            break;
        }
        let more = take_shares(tx, &shares).await?;
        remove_emptied(&mut heads, &shares, &more);
        taken.extend(more);
    }
    taken.sort_unstable_by_key(|task| (task.rank, task.task));
    Ok(taken)
}

fn count(tasks: &[QueuedTask]) -> i64 {
    i64::try_from(tasks.len()).unwrap_or(i64::MAX)
}

/// A lane that gave less than was asked for has nothing more, or others are at it.
fn remove_emptied(heads: &mut Vec<Head>, shares: &[Share], taken: &[QueuedTask]) {
    let mut given: BTreeMap<i64, i64> = BTreeMap::new();
    taken.iter().for_each(|task| *given.entry(task.lane).or_default() += 1);
    let gave_less = |share: &&Share| given.get(&share.lane).copied().unwrap_or(0) < share.tasks;
    let emptied: Vec<i64> = shares.iter().filter(gave_less).map(|share| share.lane).collect();
    heads.retain(|head| !emptied.contains(&head.lane));
}

/// One statement for all lanes that give the same number of tasks.
async fn take_shares(tx: &Tx, shares: &[Share]) -> Result<Vec<QueuedTask>, DbErr> {
    let mut equal: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    shares.iter().for_each(|share| equal.entry(share.tasks).or_default().push(share.lane));
    let mut taken = Vec::new();
    for (tasks, lanes) in equal {
        taken.extend(take_of_lanes(tx, lanes, tasks).await?);
    }
    Ok(taken)
}

/// Takes up to `each` tasks of each lane, lowest rank and oldest first; others' takes are stepped over.
async fn take_of_lanes(tx: &Tx, lanes: Vec<i64>, each: i64) -> Result<Vec<QueuedTask>, DbErr> {
    let (source, mut values) = Rows::new().with("l", Column::Int(lanes)).source(tx.backend(), 1);
    values.push(each.into());
    let limit = values.len();
    let first =
        format!("SELECT o.task FROM ready AS o WHERE o.lane = l ORDER BY o.rank, o.task LIMIT ${limit}");
    let chosen = match tx.backend() {
        Backend::Sqlite => {
            format!("IN (SELECT r.task FROM {source} CROSS JOIN ready AS r ON r.task IN ({first}))")
        }
        Backend::Postgres => format!(
            "= ANY (ARRAY(SELECT chosen.task FROM {source} CROSS JOIN LATERAL ({first} FOR UPDATE SKIP LOCKED) AS chosen))"
        ),
    };
    let statement = format!(
        "DELETE FROM ready WHERE task {chosen} RETURNING task, lane, rank, run, attempt, attempts_left"
    );
    sql::list(tx, &statement, values).await
}

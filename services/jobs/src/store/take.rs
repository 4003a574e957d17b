//! Taking ready tasks for a claim, from its lanes, in fair shares and within the limits.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use metier_core::Timestamp;
use metier_db::{Backend, Column, Rows, Tx, sql};
use sea_orm::DbErr;

use super::{lanes::LaneHead, limit_book::LimitBook, ready::QueuedTask};
use crate::domain::share::{self, Head, Share};

/// Limits that a claim holds at most: it looks at lanes under others in a later turn.
const LIMITS: usize = 64;

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

/// Leaves the lanes that may be taken from now, under no more limits than a claim holds.
pub fn open_now(heads: Vec<LaneHead>, turn: usize) -> Vec<LaneHead> {
    let mut open: Vec<LaneHead> = heads.into_iter().filter(|head| head.opens_in.is_zero()).collect();
    let limits: BTreeSet<i64> = open.iter().map(|head| head.limited_by).filter(|limit| *limit != 0).collect();
    if limits.len() > LIMITS {
        let mut limits = Vec::from_iter(limits);
        let start = turn.wrapping_mul(LIMITS) % limits.len();
        limits.rotate_left(start);
        limits.truncate(LIMITS);
        open.retain(|head| head.limited_by == 0 || limits.contains(&head.limited_by));
    }
    open
}

/// Takes the tasks a claim gets, those that entered the line first before others.
///
/// # Errors
/// When the database fails.
pub async fn take(
    tx: &Tx,
    mut heads: Vec<LaneHead>,
    (wish, now): (Wish, Timestamp),
    limits: &LimitBook,
) -> Result<Vec<QueuedTask>, DbErr> {
    let mut taken: Vec<QueuedTask> = Vec::new();
    loop {
        let shares = shares(&heads, &taken, (wish, now), limits);
        if shares.is_empty() {
            break;
        }
        let more = take_shares(tx, &shares, &heads).await?;
        remove_emptied(&mut heads, &shares, &more);
        taken.extend(more);
    }
    taken.sort_unstable_by_key(|task| (task.rank, task.task));
    Ok(taken)
}

/// The next round, cut down to what the limits let begin.
fn shares(
    heads: &[LaneHead],
    taken: &[QueuedTask],
    (wish, now): (Wish, Timestamp),
    limits: &LimitBook,
) -> Vec<Share> {
    let mut free: HashMap<i64, i64> =
        heads.iter().map(|head| (head.limited_by, limits.free(head.limited_by, now))).collect();
    for task in taken {
        free.entry(task.limited_by).and_modify(|free| *free -= 1);
    }
    let limited_by: HashMap<i64, i64> = heads.iter().map(|head| (head.head.lane, head.limited_by)).collect();
    let has_room = |head: &&LaneHead| free.get(&head.limited_by).is_some_and(|free| *free > 0);
    let open: Vec<Head> = heads.iter().filter(has_room).map(|head| head.head).collect();
    let mut shares = share::round(&open, wish.limit - count(taken), wish.turn, (now, wish.ageing));
    for share in &mut shares {
        if let Some(free) = limited_by.get(&share.lane).and_then(|limit| free.get_mut(limit)) {
            share.tasks = share.tasks.min(*free);
            *free -= share.tasks;
        }
    }
    shares.retain(|share| share.tasks > 0);
    shares
}

fn count(tasks: &[QueuedTask]) -> i64 {
    i64::try_from(tasks.len()).unwrap_or(i64::MAX)
}

/// A lane that gave less than was asked for has nothing more, or others are at it.
fn remove_emptied(heads: &mut Vec<LaneHead>, shares: &[Share], taken: &[QueuedTask]) {
    let mut given: HashMap<i64, i64> = HashMap::new();
    taken.iter().for_each(|task| *given.entry(task.lane).or_default() += 1);
    let gave_less = |share: &&Share| given.get(&share.lane).copied().unwrap_or(0) < share.tasks;
    let emptied: BTreeSet<i64> = shares.iter().filter(gave_less).map(|share| share.lane).collect();
    heads.retain(|head| !emptied.contains(&head.head.lane));
}

/// One statement for all lanes that give the same number of tasks.
async fn take_shares(tx: &Tx, shares: &[Share], heads: &[LaneHead]) -> Result<Vec<QueuedTask>, DbErr> {
    let mut equal: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    shares.iter().for_each(|share| equal.entry(share.tasks).or_default().push(share.lane));
    let mut taken = Vec::new();
    for (tasks, lanes) in equal {
        taken.extend(take_of_lanes(tx, lanes, tasks).await?);
    }
    let limited_by: HashMap<i64, i64> = heads.iter().map(|head| (head.head.lane, head.limited_by)).collect();
    for task in &mut taken {
        task.limited_by = limited_by.get(&task.lane).copied().unwrap_or(0);
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

//! The limits a transaction touches: held once, in the order of their ids, and written back once.
//!
//! A task holds a slot of its limit from its claim to the end of that attempt, whatever that is: the transaction that
//! takes it out of its lease gives the slot back. Tasks without a key cost nothing here.

use std::collections::BTreeMap;

use metier_core::Timestamp;
use metier_db::{Column, Rows, Tx, sql};
use sea_orm::{DbErr, FromQueryResult};

use super::{for_update, limits, ready::QueuedTask};
use crate::domain::limit::{Limit, Rate};

/// A limit as the engine works on it.
#[derive(Clone, Copy, Debug)]
struct Held {
    limit: Limit,
    in_use: i64,
    next_token_at: Timestamp,
    was_full: bool,
    changed: bool,
}

/// The limits of one transaction.
#[derive(Debug, Default)]
pub struct LimitBook(BTreeMap<i64, Held>);

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    concurrency: Option<i64>,
    rate_count: Option<i64>,
    rate_seconds: Option<i64>,
    rate_burst: Option<i64>,
    in_use: i64,
    next_token_at: i64,
}

impl From<Row> for Held {
    fn from(row: Row) -> Self {
        let rest = row.rate_seconds.zip(row.rate_burst);
        let rate = row.rate_count.zip(rest);
        let rate = rate.map(|(count, (per_seconds, burst))| Rate { count, per_seconds, burst });
        let limit = Limit { concurrency: row.concurrency, rate };
        let next_token_at = Timestamp::from_micros(row.next_token_at);
        let mut held = Self { limit, in_use: row.in_use, next_token_at, was_full: false, changed: false };
        held.was_full = held.is_full();
        held
    }
}

impl Held {
    fn is_full(&self) -> bool {
        self.limit.concurrency.is_some_and(|most| self.in_use >= most)
    }

    fn free(&self, now: Timestamp) -> i64 {
        let slots = self.limit.concurrency.map_or(i64::MAX, |most| (most - self.in_use).max(0));
        let tokens = self.limit.rate.map_or(i64::MAX, |rate| rate.tokens(self.next_token_at, now));
        slots.min(tokens)
    }
}

impl LimitBook {
    /// Reads and holds the limits of these ids.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(tx: &Tx, ids: impl IntoIterator<Item = i64>) -> Result<Self, DbErr> {
        let mut ids: Vec<i64> = ids.into_iter().filter(|id| *id != 0).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(Self::default());
        }
        let (source, values) = Rows::new().with("l", Column::Int(ids)).source(tx.backend(), 1);
        let query = format!(
            "SELECT id, concurrency, rate_count, rate_seconds, rate_burst, in_use, next_token_at FROM limits \
             WHERE id IN (SELECT l FROM {source}) ORDER BY id {}",
            for_update(tx)
        );
        let rows = sql::list::<Row>(tx, &query, values).await?;
        Ok(Self(rows.into_iter().map(|row| (row.id, row.into())).collect()))
    }

    /// How many tasks a limit lets begin now; as many as one likes when there is no limit.
    pub fn free(&self, id: i64, now: Timestamp) -> i64 {
        match id {
            0 => i64::MAX,
            id => self.0.get(&id).map_or(0, |held| held.free(now)),
        }
    }

    /// These tasks were taken: each holds a slot and has used a token.
    pub fn take(&mut self, tasks: &[QueuedTask], now: Timestamp) {
        for task in tasks {
            let Some(held) = self.0.get_mut(&task.limited_by) else { continue };
            held.in_use += 1;
            held.changed = true;
            if let Some(rate) = held.limit.rate {
                held.next_token_at = rate.after(1, held.next_token_at, now);
            }
        }
    }

    /// The attempt of a task has ended: its slot is free.
    ///
    /// # Errors
    /// When no slot was taken, which is a broken invariant and gives the transaction up.
    pub fn release(&mut self, task: &QueuedTask) -> Result<(), DbErr> {
        let Some(held) = self.0.get_mut(&task.limited_by) else { return Ok(()) };
        held.in_use -= 1;
        held.changed = true;
        match held.in_use < 0 {
            true => Err(DbErr::Custom(format!("limit {} has no slot to give back", task.limited_by))),
            false => Ok(()),
        }
    }

    /// Writes back what changed, and wakes who waits for a limit that has got room.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close(self, tx: &Tx) -> Result<(), DbErr> {
        let changed: Vec<(i64, Held)> = self.0.into_iter().filter(|(_, held)| held.changed).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let ints = |value: fn(&(i64, Held)) -> i64| Column::Int(changed.iter().map(value).collect());
        let rows = Rows::new()
            .with("l", ints(|(id, _)| *id))
            .with("new_in_use", ints(|(_, held)| held.in_use))
            .with("new_next", ints(|(_, held)| held.next_token_at.micros()));
        let (source, values) = rows.source(tx.backend(), 1);
        let statement = format!(
            "UPDATE limits SET in_use = new_in_use, next_token_at = new_next FROM {source} WHERE id = l"
        );
        tx.defer("limits", statement, values);
        let opened = changed.iter().filter(|(_, held)| held.was_full && !held.is_full());
        let opened: Vec<i64> = opened.map(|(id, _)| *id).collect();
        if opened.is_empty() { Ok(()) } else { limits::wake(tx, opened).await }
    }
}

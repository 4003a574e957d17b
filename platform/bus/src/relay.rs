//! Gives committed events their positions, in commit order.
//!
//! A position is given only to what is already committed and visible, under a lock on the counter row, so
//! neither two relays nor a slow transaction can slip an event below a position that was already read.
//! Written as a loop without input: it re-reads the database and can be killed at any line.

use std::time::Duration;

use metier_core::{Clock, Timestamp};
use metier_db::{Backend, Database, DbError, Tx, sql};
use sea_orm::DbErr;
use tokio_util::sync::CancellationToken;

use crate::{POSITIONED, WRITTEN, outbox::delete_through};

const BATCH: i64 = 1_000;
const DELETE_CHUNK: u32 = 1_000;
const RETRY_DELAY: Duration = Duration::from_secs(1);
/// Events that come one by one are positioned together: each batch is a transaction of its own beside those of the
/// publisher, on the same disk.
const PACE: Duration = Duration::from_millis(20);
/// Only a safety net: signals wake the relay.
const SAFETY_POLL: Duration = Duration::from_secs(60);

const NUMBER: &str = "UPDATE outbox SET position = numbered.position FROM \
    (SELECT id, (SELECT position FROM outbox_counter WHERE id = 1) + row_number() OVER (ORDER BY created_at, id) AS position \
     FROM outbox WHERE position IS NULL ORDER BY created_at, id LIMIT $1) AS numbered \
    WHERE outbox.id = numbered.id";

/// The relay of one service's outbox.
#[derive(Clone)]
pub struct Relay {
    database: Database,
    clock: Clock,
    keep: Duration,
}

impl Relay {
    /// A relay that forgets events `keep` after they were published.
    pub fn new(database: Database, clock: Clock, keep: Duration) -> Self {
        Self { database, clock, keep }
    }

    /// Runs until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut written = self.database.signals().subscribe(WRITTEN);
        loop {
            let pause = match self.position_all().await {
                Ok(()) => SAFETY_POLL,
                Err(error) => {
                    tracing::warn!(%error, service = self.database.service(), "cannot position events; trying again");
                    RETRY_DELAY
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = written.wait() => tokio::time::sleep(PACE).await,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Gives every committed event without a position its position.
    ///
    /// # Errors
    /// When the database fails; nothing is lost and the next call goes on.
    pub async fn position_all(&self) -> Result<(), DbError> {
        while self.waiting().await? {
            self.database
                .write(|tx| Box::pin(async move { Ok::<_, DbError>(position_batch(tx).await?) }))
                .await?;
        }
        Ok(())
    }

    async fn waiting(&self) -> Result<bool, DbErr> {
        let query = "SELECT id FROM outbox WHERE position IS NULL LIMIT 1";
        Ok(sql::scalar::<uuid::Uuid>(self.database.reader(), query, vec![]).await?.is_some())
    }

    /// Deletes events older than the relay keeps, in chunks. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_old(&self) -> Result<u64, DbError> {
        let before = self.clock.now().minus(self.keep);
        let query = "SELECT max(position) FROM outbox WHERE created_at < $1";
        let last =
            sql::scalar::<Option<i64>>(self.database.reader(), query, vec![before.micros().into()]).await?;
        let Some(last) = last.flatten() else { return Ok(0) };
        let mut deleted = 0;
        loop {
            let chunk = self.database.write(move |tx| {
                Box::pin(async move { Ok::<_, DbError>(delete_through(tx, last, DELETE_CHUNK).await?) })
            });
            let chunk = chunk.await?;
            deleted += chunk;
            if chunk < u64::from(DELETE_CHUNK) {
                return Ok(deleted);
            }
        }
    }

    /// The moment before which events are forgotten.
    pub fn horizon(&self) -> Timestamp {
        self.clock.now().minus(self.keep)
    }
}

async fn position_batch(tx: &Tx) -> Result<(), DbErr> {
    if tx.backend() == Backend::Postgres {
        sql::execute(tx, "SELECT position FROM outbox_counter WHERE id = 1 FOR UPDATE", vec![]).await?;
    }
    let count = sql::execute(tx, NUMBER, vec![BATCH.into()]).await?;
    let count = i64::try_from(count).unwrap_or(BATCH);
    let advance = "UPDATE outbox_counter SET position = position + $1 WHERE id = 1";
    sql::execute(tx, advance, vec![count.into()]).await?;
    tx.signal(POSITIONED);
    Ok(())
}

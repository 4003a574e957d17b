//! Reads another service's events and acts on each once.

use std::time::Duration;

use futures::future::BoxFuture;
use metier_core::{Clock, Fault};
use metier_db::{Database, DbError, Tx, sql};
use metier_rpc::Link;
use sea_orm::DbErr;
use tokio_util::sync::CancellationToken;

use crate::{Event, LogReader};

const BATCH: u32 = 200;
const WAIT: Duration = Duration::from_secs(55);
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// What a consumer does with an event, in the transaction that also records that it was dealt with.
pub type EventHandler =
    Box<dyn for<'a> Fn(&'a Tx, &'a Event) -> BoxFuture<'a, Result<(), Fault>> + Send + Sync>;

/// One consumer group reading one publisher.
pub struct Consumer {
    database: Database,
    clock: Clock,
    publisher: &'static str,
    group: &'static str,
    topics: Vec<String>,
    log: LogReader,
    handler: std::sync::Arc<EventHandler>,
}

impl Consumer {
    /// A consumer named `group` of the events of `publisher`, reached through `link`.
    pub fn new(
        database: Database,
        clock: Clock,
        (publisher, link): (&'static str, Link),
        (group, topics): (&'static str, &[&str]),
        handler: EventHandler,
    ) -> Self {
        let topics = topics.iter().map(|&topic| topic.to_owned()).collect();
        let (log, handler) = (LogReader::new(link), std::sync::Arc::new(handler));
        Self { database, clock, publisher, group, topics, log, handler }
    }

    /// Reads and acts until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let step = tokio::select! {
                () = stop.cancelled() => return,
                step = self.step(WAIT) => step,
            };
            if let Err(fault) = step {
                tracing::warn!(error = %fault.chain(), publisher = self.publisher, group = self.group, "cannot consume events; trying again");
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(RETRY_DELAY) => {}
                }
            }
        }
    }

    /// Reads one batch, waiting up to `wait` for it, and acts on it. Answers how many events there were.
    ///
    /// # Errors
    /// When the publisher cannot be read or the handler fails; the position stays before the failed event.
    pub async fn step(&mut self, wait: Duration) -> Result<usize, Fault> {
        let after = self.position().await.map_err(DbError::from)?;
        let found = self.log.read(after, &self.topics, BATCH, wait).await?;
        let count = found.events.len();
        for event in found.events {
            self.act(event).await?;
        }
        if found.position > after {
            self.advance(found.position).await?;
        }
        Ok(count)
    }

    async fn position(&self) -> Result<i64, DbErr> {
        let query = "SELECT position FROM inbox WHERE publisher = $1 AND consumer = $2";
        let values = vec![self.publisher.into(), self.group.into()];
        Ok(sql::scalar(self.database.reader(), query, values).await?.unwrap_or(0))
    }

    /// Handles an event unless a concurrent replica already did.
    async fn act(&self, event: Event) -> Result<(), Fault> {
        let (handler, mark) = (self.handler.clone(), self.mark(event.position));
        self.database
            .write(move |tx| {
                Box::pin(async move {
                    if mark.advance(tx).await.map_err(DbError::from)? {
                        handler(tx, &event).await?;
                    }
                    Ok::<_, Fault>(())
                })
            })
            .await
    }

    async fn advance(&self, position: i64) -> Result<(), Fault> {
        let mark = self.mark(position);
        let write =
            self.database.write(move |tx| Box::pin(async move { Ok::<_, DbError>(mark.advance(tx).await?) }));
        write.await.map(drop).map_err(Fault::from)
    }

    fn mark(&self, position: i64) -> Mark {
        Mark { publisher: self.publisher, group: self.group, position, now: self.clock.now().micros() }
    }
}

#[derive(Clone, Copy)]
struct Mark {
    publisher: &'static str,
    group: &'static str,
    position: i64,
    now: i64,
}

impl Mark {
    /// Moves the group's position forward. `false` when it was already there: the event is a repetition.
    async fn advance(self, tx: &Tx) -> Result<bool, DbErr> {
        let statement = "INSERT INTO inbox (publisher, consumer, position, updated_at) VALUES ($1, $2, $3, $4) \
                         ON CONFLICT (publisher, consumer) DO UPDATE SET position = excluded.position, updated_at = excluded.updated_at \
                         WHERE inbox.position < excluded.position";
        let values = vec![self.publisher.into(), self.group.into(), self.position.into(), self.now.into()];
        Ok(sql::execute(tx, statement, values).await? > 0)
    }
}

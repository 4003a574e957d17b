//! Writing events into the transaction of the change they tell of.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use metier_core::{Clock, Ctx, Random, Timestamp};
use metier_db::{Tx, sql};
use sea_orm::DbErr;
use serde::Serialize;
use serde_json::json;

use crate::{NewEvent, WRITTEN};

const INSERT: &str = "INSERT INTO outbox (id, topic, kind, subject, workspace, owner, actor, correlation, data, created_at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// A clock that was set back by more than this, in microseconds, is followed at once.
const LONGEST_AHEAD: i64 = 1_000_000;

/// A service's outbox. Clones share it.
#[derive(Clone, Debug)]
pub struct Outbox {
    clock: Clock,
    random: Random,
    last: Arc<AtomicI64>,
}

impl Outbox {
    /// An outbox whose ids and times come from `clock` and `random`.
    pub fn new(clock: Clock, random: Random) -> Self {
        Self { clock, random, last: Arc::default() }
    }

    /// Publishes `event` when, and only when, `tx` commits.
    ///
    /// # Errors
    /// When the row cannot be written; the transaction should then be given up.
    pub async fn publish(&self, tx: &Tx, ctx: &Ctx, event: NewEvent) -> Result<(), DbErr> {
        let now = self.moment();
        let actor = serde_json::to_string(&ctx.actor).map_err(|error| DbErr::Custom(error.to_string()))?;
        let values = vec![
            self.random.uuid(now).into(),
            event.topic.into(),
            event.kind.into(),
            event.subject.into(),
            ctx.workspace.uuid().into(),
            event.owner.map(metier_core::Id::uuid).into(),
            actor.into(),
            ctx.correlation.as_str().into(),
            event.data.to_string().into(),
            now.micros().into(),
        ];
        tx.append("outbox", INSERT, values);
        tx.signal(WRITTEN);
        Ok(())
    }

    /// A moment later than that of the event before, so that the events of one transaction keep their order.
    fn moment(&self) -> Timestamp {
        let now = self.clock.now().micros();
        let next = |last: i64| if (0..LONGEST_AHEAD).contains(&(last - now)) { last + 1 } else { now };
        let step = |last| Some(next(last));
        let (Ok(last) | Err(last)) = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step);
        Timestamp::from_micros(next(last))
    }

    /// Publishes an audit entry: `ctx.actor` did `action` to `subject`, which was `before` and is `after`.
    ///
    /// Every operation that changes something leaves one, in the change's own transaction. Secrets must
    /// already be out of `before` and `after`.
    ///
    /// # Errors
    /// As [`Outbox::publish`].
    pub async fn audit(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        action: &'static str,
        subject: impl ToString,
        change: (Option<impl Serialize>, Option<impl Serialize>),
    ) -> Result<(), DbErr> {
        let data = json!({ "action": action, "before": change.0, "after": change.1 });
        self.publish(tx, ctx, NewEvent::new("audit", "audit.entry.recorded", subject, data)).await
    }
}

/// Deletes events that were positioned at or before `position`, at most `limit` at a time.
pub(crate) async fn delete_through(tx: &Tx, position: i64, limit: u32) -> Result<u64, DbErr> {
    let statement = "DELETE FROM outbox WHERE position IN \
                     (SELECT position FROM outbox WHERE position <= $1 ORDER BY position LIMIT $2)";
    sql::execute(tx, statement, vec![position.into(), i64::from(limit).into()]).await
}

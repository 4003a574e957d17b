//! What can be done with schedules. Each operation decides who may, asks the domain, and writes rows, events and audit
//! entries in one transaction.

mod calendars;
mod declare;
mod firing;
mod schedules;
mod settle;
mod steer;
mod submit;

use std::sync::Arc;

use metier_bus::{NewEvent, Outbox};
use metier_contract_scheduler::event::{ScheduleEvent, TOPIC_SCHEDULE};
use metier_core::{Clock, CorrelationId, Ctx, Fault, Random, Timestamp, WorkspaceId};
use metier_db::{Database, DbError, Tx};
use metier_harness::Kit;
use serde::Serialize;

use crate::{
    config::Config,
    domain::schedule::Schedule,
    error::Error,
    store::{fires, schedules as stored},
};

pub use calendars::CalendarWish;
pub use declare::require_service;

/// Rows forgotten in one transaction.
const CHUNK: i64 = 1_000;

/// The service: everything its operations need. Clones share it.
#[derive(Clone)]
pub struct Scheduler {
    database: Database,
    outbox: Outbox,
    clock: Clock,
    random: Random,
    config: Arc<Config>,
    kit: Kit,
}

impl Scheduler {
    /// Puts the service together.
    ///
    /// # Errors
    /// When the kit has no database.
    pub fn new(config: Config, kit: &Kit) -> Result<Self, Fault> {
        Ok(Self {
            database: kit.database()?,
            outbox: kit.outbox.clone(),
            clock: kit.clock.clone(),
            random: kit.random.clone(),
            config: Arc::new(config),
            kit: kit.clone(),
        })
    }

    /// The same on another database, with another clock and chance.
    #[must_use]
    pub fn elsewhere(self, database: Database, clock: Clock, random: Random) -> Self {
        Self { database, outbox: Outbox::new(clock.clone(), random.clone()), clock, random, ..self }
    }

    /// Its database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Does what is due, and says when there is something again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn turn(&self) -> Result<Option<Timestamp>, Error> {
        while self.fire_due().await? + self.submit_due().await? > 0 {}
        let reader = self.database.reader();
        let moments = [stored::next_due(reader).await?, fires::next_try(reader).await?];
        Ok(moments.into_iter().flatten().min())
    }

    /// Forgets what became of old times. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_old(&self) -> Result<u64, Error> {
        let before = self.clock.now().minus(self.config.keep_fires());
        let mut forgotten = 0;
        loop {
            let write = self.database.write(move |tx| {
                Box::pin(async move { Ok::<_, DbError>(fires::forget(tx, before, CHUNK).await?) })
            });
            let chunk = write.await?;
            forgotten += chunk;
            if chunk == 0 {
                return Ok(forgotten);
            }
        }
    }

    /// The scheduler acting for itself in a workspace.
    fn ctx(&self, workspace: WorkspaceId) -> Ctx {
        let correlation = CorrelationId::fresh(&self.clock, &self.random);
        Ctx { workspace, ..Ctx::service(metier_contract_scheduler::SERVICE, correlation) }
    }

    /// Publishes an event and the audit entry of the same change.
    async fn record(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        event: NewEvent,
        change: (Option<&(impl Serialize + Sync)>, Option<&(impl Serialize + Sync)>),
    ) -> Result<(), Error> {
        let (kind, subject) = (event.kind, event.subject.clone());
        self.outbox.publish(tx, ctx, event).await?;
        Ok(self.outbox.audit(tx, ctx, kind, subject, change).await?)
    }
}

fn about(kind: &'static str, schedule: &Schedule) -> NewEvent {
    let data = ScheduleEvent { schedule_id: schedule.id, name: schedule.name.clone() };
    NewEvent::new(TOPIC_SCHEDULE, kind, schedule.id, data).owned_by(schedule.owner)
}

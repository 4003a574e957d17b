//! Writing down the times that have come: the fires and the next time in one transaction, so that whoever is killed
//! has either done both or nothing, and of two replicas one finds nothing left to do.

use metier_bus::NewEvent;
use metier_contract_scheduler::event::{MissedEvent, SCHEDULE_MISSED, SCHEDULE_PAUSED, TOPIC_SCHEDULE};
use metier_core::Timestamp;
use metier_db::Tx;
use uuid::Uuid;

use super::Scheduler;
use crate::{
    domain::{
        calendar::Blackouts,
        plan::{Plan, Planned, Verdict, plan},
        schedule::Schedule,
    },
    error::Error,
    store::{
        calendars,
        fires::{self, Fire},
        schedules,
    },
};

/// Schedules looked at between two looks for fires.
const BATCH: i64 = 100;

impl Scheduler {
    /// Writes down what is due. Answers how many schedules were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fire_due(&self) -> Result<usize, Error> {
        let due = schedules::due(self.database.reader(), self.clock.now(), BATCH).await?;
        for schedule in &due {
            let (this, id) = (self.clone(), schedule.id.uuid());
            self.database.write(move |tx| Box::pin(async move { this.fire(tx, id).await })).await?;
        }
        Ok(due.len())
    }

    async fn fire(&self, tx: &Tx, id: Uuid) -> Result<(), Error> {
        let now = self.clock.now();
        let Some(seen) = schedules::get(tx, id).await? else { return Ok(()) };
        if seen.due_at().is_none_or(|due| due > now) {
            return Ok(());
        }
        let Ok(beat) = seen.definition.trigger.read(now) else { return self.hold_back(tx, &seen).await };
        let names = &seen.definition.calendars;
        let blackouts = Blackouts::of(&calendars::named(tx, seen.workspace, names).await?);
        let plan = plan(&seen, &beat, &blackouts, now);
        let started = i64::try_from(plan.runs()).unwrap_or(i64::MAX);
        let after = Schedule { fired: seen.fired + started, next_at: plan.next_at, ..seen.clone() };
        // First, for it is the fence: another replica that wrote these times down has moved the next one on.
        if !schedules::update(tx, &after, &seen).await? {
            return Ok(());
        }
        for planned in &plan.times {
            fires::insert(tx, &self.planned_fire(&seen, planned, now)).await?;
        }
        self.tell_missed(tx, &seen, &plan).await
    }

    fn planned_fire(&self, schedule: &Schedule, planned: &Planned, now: Timestamp) -> Fire {
        let fire = Fire {
            scheduled_for: planned.scheduled_for,
            source: "scheduler".to_owned(),
            ..self.manual_fire(schedule, schedule.author())
        };
        match &planned.verdict {
            Verdict::Fire => fire,
            Verdict::Skip(reason) => Fire {
                outcome: "skipped".to_owned(),
                reason: Some(reason.clone()),
                request: None,
                try_at: None,
                settled_at: Some(now),
                ..fire
            },
        }
    }

    async fn tell_missed(&self, tx: &Tx, schedule: &Schedule, plan: &Plan) -> Result<(), Error> {
        if plan.missed == 0 {
            return Ok(());
        }
        let data = MissedEvent {
            schedule_id: schedule.id,
            name: schedule.name.clone(),
            missed: plan.missed,
            more: plan.more,
            started: plan.runs(),
        };
        let event =
            NewEvent::new(TOPIC_SCHEDULE, SCHEDULE_MISSED, schedule.id, data).owned_by(schedule.owner);
        Ok(self.outbox.publish(tx, &self.ctx(schedule.workspace), event).await?)
    }

    /// A zone can be gone after an upgrade. That must not hold up the others.
    async fn hold_back(&self, tx: &Tx, seen: &Schedule) -> Result<(), Error> {
        tracing::error!(schedule = %seen.id, name = seen.name, "a trigger is not understood any more; paused");
        let now = self.clock.now();
        let mut after = Schedule { paused_at: Some(now), next_at: None, updated_at: now, ..seen.clone() };
        after.version += 1;
        self.replace(tx, &self.ctx(seen.workspace), (seen, &after), SCHEDULE_PAUSED).await
    }
}

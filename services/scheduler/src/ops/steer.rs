//! Holding a schedule back, letting it go on, starting it now; and what it did and will do.

use std::time::Duration;

use metier_contract_jobs::RUNS_SUBMIT;
use metier_contract_scheduler::{
    event::{SCHEDULE_PAUSED, SCHEDULE_RESUMED},
    permission::{SCHEDULES_READ, SCHEDULES_WRITE},
};
use metier_core::{Ctx, Fault, Page, PageRequest, Timestamp, Violation};

use super::{
    Scheduler,
    schedules::{next, seen, unchanged},
};
use crate::{
    domain::{
        calendar::Blackouts,
        plan::{Foreseen, preview},
        schedule::{Author, Definition, Schedule},
    },
    error::Error,
    store::{
        CHANGED, calendars,
        fires::{self, Fire, Request},
    },
};

/// Most times of a preview.
pub const MAX_PREVIEW: usize = 500;

/// The times ahead of a schedule.
pub type Outlook = Vec<Foreseen>;

impl Scheduler {
    /// Pauses a schedule: it starts nothing, and what passes meanwhile is not missed. Pausing twice is no error.
    ///
    /// # Errors
    /// [`Error::ScheduleNotFound`].
    pub async fn pause_schedule(&self, ctx: &Ctx, id: &str) -> Result<Schedule, Error> {
        let now = self.clock.now();
        let paused = move |before: &Schedule, _from: Timestamp| {
            let paused_at = before.paused_at.or(Some(now));
            Ok(Schedule { paused_at, next_at: None, ..before.clone() })
        };
        self.steer(ctx, id, (SCHEDULE_PAUSED, paused)).await
    }

    /// Lets a paused schedule go on from now.
    ///
    /// # Errors
    /// [`Error::ScheduleNotFound`]; [`Error::ScheduleEnded`] when no time lies ahead.
    pub async fn resume_schedule(&self, ctx: &Ctx, id: &str) -> Result<Schedule, Error> {
        let resumed = |before: &Schedule, from: Timestamp| {
            if before.paused_at.is_none() {
                return Ok(before.clone());
            }
            let next_at = next(&before.definition, from).filter(|_| before.has_runs_left());
            let next_at = Some(next_at.ok_or_else(|| Error::ScheduleEnded(before.name.clone()))?);
            Ok(Schedule { paused_at: None, next_at, ..before.clone() })
        };
        self.steer(ctx, id, (SCHEDULE_RESUMED, resumed)).await
    }

    async fn steer(
        &self,
        ctx: &Ctx,
        id: &str,
        (kind, change): (
            &'static str,
            impl FnOnce(&Schedule, Timestamp) -> Result<Schedule, Error> + Send + 'static,
        ),
    ) -> Result<Schedule, Error> {
        ctx.require(SCHEDULES_WRITE)?;
        let (this, ctx, id) = (self.clone(), ctx.clone(), id.to_owned());
        let steered = self.database.write(move |tx| {
            Box::pin(async move {
                let before = unchanged(tx, &ctx, (&id, None)).await?;
                let from = this.not_written(tx, &before).await?;
                let mut after = change(&before, from)?;
                if after != before {
                    (after.version, after.updated_at) = (before.version + 1, this.clock.now());
                    this.replace(tx, &ctx, (&before, &after), kind).await?;
                }
                Ok(after)
            })
        });
        steered.await
    }

    /// Starts a schedule now, for the caller, whether or not it is paused. Its other times stay as they are.
    ///
    /// # Errors
    /// [`Error::ScheduleNotFound`]; `permission_denied` for who may not submit runs.
    pub async fn run_schedule(&self, ctx: &Ctx, id: &str) -> Result<Fire, Error> {
        ctx.require(SCHEDULES_WRITE)?;
        ctx.require(RUNS_SUBMIT)?;
        let (this, ctx, id) = (self.clone(), ctx.clone(), id.to_owned());
        let started = self.database.write(move |tx| {
            Box::pin(async move {
                let schedule = seen(tx, &ctx, &id).await?;
                let fire = this.manual_fire(&schedule, Author::of(&ctx));
                let fire = Fire { scheduled_for: beside(&schedule, fire.scheduled_for), ..fire };
                if !fires::insert(tx, &fire).await? {
                    return Err(Fault::request_in_progress().into());
                }
                let change = (None::<&str>, Some(fire.id));
                this.outbox.audit(tx, &ctx, "schedule.run", schedule.id, change).await?;
                tx.signal(CHANGED);
                Ok(fire)
            })
        });
        started.await
    }

    pub(super) fn manual_fire(&self, schedule: &Schedule, author: Author) -> Fire {
        let now = self.clock.now();
        let start = schedule.definition.start.clone();
        let request = Request { start, author, overlap: schedule.definition.overlap };
        Fire {
            id: self.random.id(now),
            schedule: schedule.id,
            workspace: schedule.workspace,
            scheduled_for: now,
            source: "manual".to_owned(),
            outcome: "due".to_owned(),
            reason: None,
            request: Some(request),
            try_at: Some(now),
            tries: 0,
            run: None,
            run_number: None,
            created_at: now,
            settled_at: None,
        }
    }

    /// What became of the times of a schedule, the latest first.
    ///
    /// # Errors
    /// [`Error::ScheduleNotFound`], or the cursor is none of this list.
    pub async fn list_fires(&self, ctx: &Ctx, id: &str, page: &PageRequest) -> Result<Page<Fire>, Error> {
        let schedule = self.get_schedule(ctx, id).await?;
        let before = page.after.as_ref().map(metier_core::Cursor::key::<i64>).transpose()?;
        let rows = fires::list(self.database.reader(), schedule.id, (before, page.limit + 1)).await?;
        Ok(Page::from_rows(rows, page.limit, |fire| fire.scheduled_for.micros()))
    }

    /// The times ahead of a schedule, with the reason for each that will start nothing.
    ///
    /// # Errors
    /// [`Error::ScheduleNotFound`].
    pub async fn preview_schedule(&self, ctx: &Ctx, id: &str, count: usize) -> Result<Outlook, Error> {
        let schedule = self.get_schedule(ctx, id).await?;
        self.foresee(ctx, &schedule, count).await
    }

    /// The times ahead of a schedule that is not kept.
    ///
    /// # Errors
    /// What is wrong with it.
    pub async fn preview_definition(
        &self,
        ctx: &Ctx,
        definition: Definition,
        count: usize,
    ) -> Result<Outlook, Error> {
        ctx.require(SCHEDULES_READ)?;
        let schedule = self.draft(ctx, "unsaved", definition).await?;
        self.foresee(ctx, &schedule, count).await
    }

    async fn foresee(&self, ctx: &Ctx, schedule: &Schedule, count: usize) -> Result<Outlook, Error> {
        if !(1..=MAX_PREVIEW).contains(&count) {
            return Err(Fault::invalid("count", format!("must be 1 to {MAX_PREVIEW}")).into());
        }
        let names = &schedule.definition.calendars;
        let calendars = calendars::named(self.database.reader(), ctx.workspace, names).await?;
        let beat = schedule.definition.trigger.read(self.clock.now()).map_err(damaged)?;
        Ok(preview(schedule, &beat, &Blackouts::of(&calendars), count))
    }
}

/// This moment, or the next one when it is one of the schedule's own times: that has a fire of its own.
fn beside(schedule: &Schedule, now: Timestamp) -> Timestamp {
    let moment = Duration::from_micros(1);
    if next(&schedule.definition, now.minus(moment)) == Some(now) { now.plus(moment) } else { now }
}

fn damaged(violation: Violation) -> Fault {
    Fault::violations(vec![violation])
}

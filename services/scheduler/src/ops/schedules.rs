//! Schedules as people make, see and change them.

use metier_contract_jobs::RUNS_SUBMIT;
use metier_contract_scheduler::{
    event::{SCHEDULE_CREATED, SCHEDULE_DELETED, SCHEDULE_UPDATED},
    permission::{SCHEDULES_READ, SCHEDULES_WRITE},
};
use metier_core::{Ctx, Fault, Page, PageRequest, Timestamp, Violation};
use metier_db::{
    DbError, KeyedRequest, Tx, is_unique_violation, made_before, remember_making,
    sea_orm::{ConnectionTrait, DbErr},
};

use super::{Scheduler, about};
use crate::{
    domain::schedule::{Author, Definition, Schedule},
    error::Error,
    store::{
        CHANGED, Sight, calendars, fires,
        schedules::{self, Wanted},
    },
};

impl Scheduler {
    /// A page of the schedules that the caller may see, by name.
    ///
    /// # Errors
    /// When the caller may see none, or the cursor is none of this list.
    pub async fn list_schedules(
        &self,
        ctx: &Ctx,
        wanted: Wanted,
        page: &PageRequest,
    ) -> Result<Page<Schedule>, Error> {
        ctx.require(SCHEDULES_READ)?;
        let after = page.after.as_ref().map(metier_core::Cursor::key::<String>).transpose()?;
        let place = (after.as_deref().unwrap_or_default(), page.limit + 1);
        let rows = schedules::list(self.database.reader(), Sight::of(ctx), wanted, place).await?;
        Ok(Page::from_rows(rows, page.limit, |schedule| schedule.name.clone()))
    }

    /// The schedule of that id or name.
    ///
    /// # Errors
    /// [`Error::ScheduleNotFound`].
    pub async fn get_schedule(&self, ctx: &Ctx, id: &str) -> Result<Schedule, Error> {
        ctx.require(SCHEDULES_READ)?;
        seen(self.database.reader(), ctx, id).await
    }

    /// Makes a schedule, whose runs are those of the caller.
    ///
    /// # Errors
    /// [`Error::ScheduleExists`], and what is wrong with the input.
    pub async fn create_schedule(
        &self,
        ctx: &Ctx,
        (name, definition): (&str, Definition),
        request: Option<KeyedRequest>,
    ) -> Result<Schedule, Error> {
        ctx.require(SCHEDULES_WRITE)?;
        ctx.require(RUNS_SUBMIT)?;
        let schedule = self.draft(ctx, name, definition).await?;
        if let Some(made) = made_before(self.database.reader(), ctx, request.as_ref()).await? {
            return Ok(made);
        }
        match self.insert(ctx, schedule, request.clone()).await {
            Err(Error::Database(repeated @ DbError::Repeated)) => {
                Ok(made_before(self.database.reader(), ctx, request.as_ref()).await?.ok_or(repeated)?)
            }
            made => made,
        }
    }

    /// A schedule that is sound and not kept yet.
    ///
    /// # Errors
    /// `invalid_parameters` naming every field at fault.
    pub(super) async fn draft(
        &self,
        ctx: &Ctx,
        name: &str,
        definition: Definition,
    ) -> Result<Schedule, Error> {
        let now = self.clock.now();
        let definition = self.sound(ctx, (name, definition), now).await?;
        let next_at = next(&definition, now);
        let Author { actor, grants } = Author::of(ctx);
        Ok(Schedule {
            id: self.random.id(now),
            workspace: ctx.workspace,
            owner: ctx.actor.user(),
            name: name.to_owned(),
            definition,
            actor,
            grants,
            fired: 0,
            next_at,
            paused_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }

    async fn sound(
        &self,
        ctx: &Ctx,
        (name, mut definition): (&str, Definition),
        now: Timestamp,
    ) -> Result<Definition, Error> {
        definition.trigger = definition.trigger.anchored(now);
        definition.check(name, now)?;
        let names = &definition.calendars;
        let known = calendars::named(self.database.reader(), ctx.workspace, names).await?;
        let unknown = names.iter().enumerate().filter(|(_, name)| known.iter().all(|one| one.name != **name));
        let wrong: Vec<Violation> = unknown
            .map(|(place, name)| Violation {
                field: format!("/calendars/{place}"),
                message: format!("there is no calendar {name:?}"),
            })
            .collect();
        if wrong.is_empty() { Ok(definition) } else { Err(Fault::violations(wrong).into()) }
    }

    async fn insert(
        &self,
        ctx: &Ctx,
        schedule: Schedule,
        request: Option<KeyedRequest>,
    ) -> Result<Schedule, Error> {
        let (this, ctx) = (self.clone(), ctx.clone());
        let inserted = self.database.write(move |tx| {
            Box::pin(async move {
                remember_making(tx, &ctx, (request.as_ref(), &schedule), this.clock.now()).await?;
                this.insert_within(tx, &ctx, &schedule).await?;
                Ok(schedule)
            })
        });
        inserted.await
    }

    pub(super) async fn insert_within(&self, tx: &Tx, ctx: &Ctx, schedule: &Schedule) -> Result<(), Error> {
        schedules::insert(tx, schedule).await.map_err(|error| taken(error, schedule))?;
        self.record(tx, ctx, about(SCHEDULE_CREATED, schedule), (None::<&Schedule>, Some(schedule))).await?;
        tx.signal(CHANGED);
        Ok(())
    }

    /// Replaces what was decided about a schedule. From then on its runs are those of the caller: nobody makes another
    /// one's authority run what they like.
    ///
    /// # Errors
    /// [`Error::ScheduleNotFound`], `stale_version`, [`Error::ScheduleExists`], and what is wrong with the input.
    pub async fn update_schedule(
        &self,
        ctx: &Ctx,
        (id, version): (&str, Option<i64>),
        (name, definition): (&str, Definition),
    ) -> Result<Schedule, Error> {
        ctx.require(SCHEDULES_WRITE)?;
        ctx.require(RUNS_SUBMIT)?;
        let (this, ctx, id, name) = (self.clone(), ctx.clone(), id.to_owned(), name.to_owned());
        let definition = self.sound(&ctx, (&name, definition), self.clock.now()).await?;
        let updated = self.database.write(move |tx| {
            Box::pin(async move {
                let before = unchanged(tx, &ctx, (&id, version)).await?;
                let after = this.changed(tx, &ctx, (&before, (name, definition))).await?;
                this.replace(tx, &ctx, (&before, &after), SCHEDULE_UPDATED).await?;
                Ok(after)
            })
        });
        updated.await
    }

    pub(super) async fn changed(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        (before, (name, definition)): (&Schedule, (String, Definition)),
    ) -> Result<Schedule, Error> {
        let (now, from) = (self.clock.now(), self.not_written(tx, before).await?);
        let Author { actor, grants } = Author::of(ctx);
        let paused = before.paused_at.is_some();
        let mut after = Schedule { name, definition, actor, grants, updated_at: now, ..before.clone() };
        let goes_on = !paused && after.has_runs_left();
        after.next_at = next(&after.definition, from).filter(|_| goes_on);
        after.version += 1;
        Ok(after)
    }

    /// From when on the times of a schedule come: now, or after the latest that was written down, for a clock that was
    /// set back repeats nothing.
    pub(super) async fn not_written(&self, tx: &Tx, schedule: &Schedule) -> Result<Timestamp, DbErr> {
        let (now, latest) = (self.clock.now(), fires::latest(tx, schedule.id).await?);
        Ok(latest.map_or(now, |latest| latest.max(now)))
    }

    /// Writes the next version of a schedule.
    pub(super) async fn replace(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        (before, after): (&Schedule, &Schedule),
        kind: &'static str,
    ) -> Result<(), Error> {
        if !schedules::update(tx, after, before).await.map_err(|error| taken(error, after))? {
            return Err(Fault::stale_version().into());
        }
        self.record(tx, ctx, about(kind, after), (Some(before), Some(after))).await?;
        tx.signal(CHANGED);
        Ok(())
    }

    /// Deletes a schedule and what is known of its times; its runs stay.
    ///
    /// # Errors
    /// [`Error::ScheduleNotFound`], `stale_version`.
    pub async fn delete_schedule(&self, ctx: &Ctx, id: &str, version: Option<i64>) -> Result<(), Error> {
        ctx.require(SCHEDULES_WRITE)?;
        let (this, ctx, id) = (self.clone(), ctx.clone(), id.to_owned());
        let deleted = self.database.write(move |tx| {
            Box::pin(async move {
                let before = unchanged(tx, &ctx, (&id, version)).await?;
                this.delete_within(tx, &ctx, &before).await
            })
        });
        deleted.await
    }

    pub(super) async fn delete_within(&self, tx: &Tx, ctx: &Ctx, before: &Schedule) -> Result<(), Error> {
        if !schedules::delete(tx, before).await? {
            return Err(Fault::stale_version().into());
        }
        self.record(tx, ctx, about(SCHEDULE_DELETED, before), (Some(before), None::<&Schedule>)).await
    }
}

/// The first time after this moment.
pub(super) fn next(definition: &Definition, now: Timestamp) -> Option<Timestamp> {
    let beat = definition.trigger.read(now).ok()?;
    definition.next(&beat, now)
}

/// The schedule, when the caller may see it.
pub(super) async fn seen(connection: &impl ConnectionTrait, ctx: &Ctx, id: &str) -> Result<Schedule, Error> {
    let found = schedules::find(connection, Sight::of(ctx), id).await?;
    found.ok_or_else(|| Error::ScheduleNotFound(id.to_owned()))
}

/// The schedule, when the caller has seen its present version.
pub(super) async fn unchanged(
    tx: &Tx,
    ctx: &Ctx,
    (id, version): (&str, Option<i64>),
) -> Result<Schedule, Error> {
    let schedule = seen(tx, ctx, id).await?;
    if version.is_some_and(|version| version != schedule.version) {
        return Err(Fault::stale_version().into());
    }
    Ok(schedule)
}

fn taken(error: DbErr, schedule: &Schedule) -> Error {
    if is_unique_violation(&error) { Error::ScheduleExists(schedule.name.clone()) } else { error.into() }
}

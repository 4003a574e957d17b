//! Calendars, shared by the workspace.

use metier_contract_scheduler::permission::{CALENDARS_READ, CALENDARS_WRITE};
use metier_core::{Ctx, Fault, Page, PageRequest};
use metier_db::{
    DbError, KeyedRequest, Tx, is_unique_violation, made_before, remember_making, sea_orm::DbErr,
};

use super::Scheduler;
use crate::{
    domain::calendar::{self, Calendar, Window},
    error::Error,
    store::{Sight, calendars, schedules},
};

/// What somebody says of a calendar.
#[derive(Clone, Debug)]
pub struct CalendarWish {
    /// Its name.
    pub name: String,
    /// Its zone.
    pub zone: String,
    /// When nothing starts.
    pub windows: Vec<Window>,
}

impl Scheduler {
    /// A page of calendars by name.
    ///
    /// # Errors
    /// When the caller may not see them, or the cursor is none of this list.
    pub async fn list_calendars(&self, ctx: &Ctx, page: &PageRequest) -> Result<Page<Calendar>, Error> {
        ctx.require(CALENDARS_READ)?;
        let after = page.after.as_ref().map(metier_core::Cursor::key::<String>).transpose()?;
        let place = (after.as_deref().unwrap_or_default(), page.limit + 1);
        let rows = calendars::list(self.database.reader(), ctx.workspace, place).await?;
        Ok(Page::from_rows(rows, page.limit, |calendar| calendar.name.clone()))
    }

    /// The calendar of that name.
    ///
    /// # Errors
    /// [`Error::CalendarNotFound`].
    pub async fn get_calendar(&self, ctx: &Ctx, name: &str) -> Result<Calendar, Error> {
        ctx.require(CALENDARS_READ)?;
        let found = calendars::find(self.database.reader(), ctx.workspace, name).await?;
        found.ok_or_else(|| Error::CalendarNotFound(name.to_owned()))
    }

    /// Makes a calendar.
    ///
    /// # Errors
    /// [`Error::CalendarExists`], and what is wrong with the input.
    pub async fn create_calendar(
        &self,
        ctx: &Ctx,
        wish: CalendarWish,
        request: Option<KeyedRequest>,
    ) -> Result<Calendar, Error> {
        ctx.require(CALENDARS_WRITE)?;
        calendar::check(&wish.name, &wish.zone, &wish.windows)?;
        if let Some(made) = made_before(self.database.reader(), ctx, request.as_ref()).await? {
            return Ok(made);
        }
        match self.insert_calendar(ctx, wish, request.clone()).await {
            Err(Error::Database(repeated @ DbError::Repeated)) => {
                Ok(made_before(self.database.reader(), ctx, request.as_ref()).await?.ok_or(repeated)?)
            }
            made => made,
        }
    }

    async fn insert_calendar(
        &self,
        ctx: &Ctx,
        CalendarWish { name, zone, windows }: CalendarWish,
        request: Option<KeyedRequest>,
    ) -> Result<Calendar, Error> {
        let (this, ctx, now) = (self.clone(), ctx.clone(), self.clock.now());
        let (id, workspace) = (self.random.id(now), ctx.workspace);
        let made =
            Calendar { id, workspace, name, zone, windows, version: 1, created_at: now, updated_at: now };
        let inserted = self.database.write(move |tx| {
            Box::pin(async move {
                remember_making(tx, &ctx, (request.as_ref(), &made), now).await?;
                calendars::insert(tx, &made).await.map_err(|error| taken(error, &made))?;
                let change = (None::<&Calendar>, Some(&made));
                this.outbox.audit(tx, &ctx, "calendar.created", made.id, change).await?;
                Ok(made)
            })
        });
        inserted.await
    }

    /// Replaces a calendar. It holds from the next look on.
    ///
    /// # Errors
    /// [`Error::CalendarNotFound`], `stale_version`, [`Error::CalendarInUse`] when the name changes, and what is wrong
    /// with the input.
    pub async fn update_calendar(
        &self,
        ctx: &Ctx,
        (name, version): (&str, Option<i64>),
        wish: CalendarWish,
    ) -> Result<Calendar, Error> {
        ctx.require(CALENDARS_WRITE)?;
        calendar::check(&wish.name, &wish.zone, &wish.windows)?;
        let (this, ctx, name) = (self.clone(), ctx.clone(), name.to_owned());
        let updated = self.database.write(move |tx| {
            Box::pin(async move {
                let before = unchanged(tx, &ctx, (&name, version)).await?;
                if wish.name != before.name {
                    unused(tx, &ctx, &before).await?;
                }
                let CalendarWish { name, zone, windows } = wish;
                let (version, updated_at) = (before.version + 1, this.clock.now());
                let after = Calendar { name, zone, windows, version, updated_at, ..before.clone() };
                if !calendars::update(tx, &after).await.map_err(|error| taken(error, &after))? {
                    return Err(Fault::stale_version().into());
                }
                let change = (Some(&before), Some(&after));
                this.outbox.audit(tx, &ctx, "calendar.updated", after.id, change).await?;
                Ok(after)
            })
        });
        updated.await
    }

    /// Deletes a calendar that holds back no schedule.
    ///
    /// # Errors
    /// [`Error::CalendarNotFound`], `stale_version`, [`Error::CalendarInUse`].
    pub async fn delete_calendar(&self, ctx: &Ctx, name: &str, version: Option<i64>) -> Result<(), Error> {
        ctx.require(CALENDARS_WRITE)?;
        let (this, ctx, name) = (self.clone(), ctx.clone(), name.to_owned());
        let deleted = self.database.write(move |tx| {
            Box::pin(async move {
                let before = unchanged(tx, &ctx, (&name, version)).await?;
                unused(tx, &ctx, &before).await?;
                if !calendars::delete(tx, &before).await? {
                    return Err(Fault::stale_version().into());
                }
                let change = (Some(&before), None::<&Calendar>);
                Ok(this.outbox.audit(tx, &ctx, "calendar.deleted", before.id, change).await?)
            })
        });
        deleted.await
    }
}

async fn unchanged(tx: &Tx, ctx: &Ctx, (name, version): (&str, Option<i64>)) -> Result<Calendar, Error> {
    let found = calendars::find(tx, ctx.workspace, name).await?;
    let calendar = found.ok_or_else(|| Error::CalendarNotFound(name.to_owned()))?;
    if version.is_some_and(|version| version != calendar.version) {
        return Err(Fault::stale_version().into());
    }
    Ok(calendar)
}

async fn unused(tx: &Tx, ctx: &Ctx, calendar: &Calendar) -> Result<(), Error> {
    let everyone = Sight { workspace: ctx.workspace, owner: None };
    match schedules::names_calendar(tx, everyone, &calendar.name).await? {
        true => Err(Error::CalendarInUse(calendar.name.clone())),
        false => Ok(()),
    }
}

fn taken(error: DbErr, calendar: &Calendar) -> Error {
    if is_unique_violation(&error) { Error::CalendarExists(calendar.name.clone()) } else { error.into() }
}

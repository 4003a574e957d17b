//! Schedules that services declare. What a person changed or deleted stays as the person wants it.

use metier_contract_scheduler::event::SCHEDULE_UPDATED;
use metier_core::{Actor, Ctx, Fault, FaultKind};
use metier_db::Tx;
use sha2::{Digest, Sha256};

use super::Scheduler;
use crate::{
    domain::schedule::{Author, Definition, Schedule},
    error::Error,
    store::{
        Sight,
        declarations::{self, Declaration},
        fires, schedules,
    },
};

/// What became of a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The schedule was made.
    Created,
    /// The schedule was changed.
    Updated,
    /// It was declared alike before.
    Unchanged,
    /// A person changed or deleted it, or made one of that name.
    Kept,
}

impl Outcome {
    /// Its name in the protocol.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Kept => "kept",
        }
    }
}

/// The version of a declaration that no schedule was made of: a person had made one of that name.
const NO_VERSION: i64 = 0;

/// Only services declare.
///
/// # Errors
/// `unauthenticated`, `permission_denied`.
pub fn require_service(ctx: &Ctx) -> Result<(), Fault> {
    ctx.require_somebody()?;
    match ctx.actor {
        Actor::Service { .. } => Ok(()),
        _ => Err(Fault::new(FaultKind::Forbidden, "permission_denied", "only services declare schedules")),
    }
}

impl Scheduler {
    /// Sees to it that there is such a schedule.
    ///
    /// # Errors
    /// `permission_denied` for who is no service, and what is wrong with the input.
    pub async fn declare_schedule(
        &self,
        ctx: &Ctx,
        (name, definition): (&str, Definition),
        at_once: bool,
    ) -> Result<Outcome, Error> {
        require_service(ctx)?;
        let fingerprint = fingerprint(&definition)?;
        let draft = self.draft(ctx, name, definition).await?;
        let (this, ctx) = (self.clone(), ctx.clone());
        let declared = self.database.write(move |tx| {
            Box::pin(async move { this.declare(tx, &ctx, (draft, fingerprint), at_once).await })
        });
        declared.await
    }

    async fn declare(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        (draft, fingerprint): (Schedule, String),
        at_once: bool,
    ) -> Result<Outcome, Error> {
        let key = (ctx.workspace, draft.name.as_str());
        let before = declarations::find(tx, key).await?;
        if before.as_ref().is_some_and(|before| before.fingerprint == fingerprint) {
            return Ok(Outcome::Unchanged);
        }
        let everyone = Sight { workspace: ctx.workspace, owner: None };
        let there = schedules::find(tx, everyone, &draft.name).await?;
        let (outcome, version) = match (there, before) {
            (None, None) => {
                self.insert_within(tx, ctx, &draft).await?;
                if at_once {
                    fires::insert(tx, &self.manual_fire(&draft, Author::of(ctx))).await?;
                }
                (Outcome::Created, draft.version)
            }
            (Some(there), Some(before)) if untouched(ctx, &there, &before) => {
                let wanted = (draft.name.clone(), draft.definition.clone());
                let after = self.changed(tx, ctx, (&there, wanted)).await?;
                self.replace(tx, ctx, (&there, &after), SCHEDULE_UPDATED).await?;
                (Outcome::Updated, after.version)
            }
            (_, before) => (Outcome::Kept, before.map_or(NO_VERSION, |before| before.version)),
        };
        declarations::keep(tx, key, &Declaration { fingerprint, version }).await?;
        Ok(outcome)
    }

    /// Deletes a declared schedule, unless a person touched it, and forgets the declaration. Answers whether it did.
    ///
    /// # Errors
    /// `permission_denied` for who is no service.
    pub async fn withdraw_schedule(&self, ctx: &Ctx, name: &str) -> Result<bool, Error> {
        require_service(ctx)?;
        let (this, ctx, name) = (self.clone(), ctx.clone(), name.to_owned());
        let withdrawn = self.database.write(move |tx| {
            Box::pin(async move {
                let key = (ctx.workspace, name.as_str());
                let Some(before) = declarations::find(tx, key).await? else { return Ok(false) };
                declarations::forget(tx, key).await?;
                let everyone = Sight { workspace: ctx.workspace, owner: None };
                let there = schedules::find(tx, everyone, &name).await?;
                let Some(there) = there.filter(|there| untouched(&ctx, there, &before)) else {
                    return Ok(false);
                };
                this.delete_within(tx, &ctx, &there).await?;
                Ok(true)
            })
        });
        withdrawn.await
    }

    /// The names beginning so under which schedules are declared.
    ///
    /// # Errors
    /// `permission_denied` for who is no service.
    pub async fn declared_schedules(&self, ctx: &Ctx, prefix: &str) -> Result<Vec<String>, Error> {
        require_service(ctx)?;
        let names = declarations::names(self.database.reader(), ctx.workspace).await?;
        Ok(names.into_iter().filter(|name| name.starts_with(prefix)).collect())
    }
}

/// Whether it is as it was declared. The version alone does not say it: a person may have deleted the declared one and
/// made another of that name.
fn untouched(ctx: &Ctx, there: &Schedule, before: &Declaration) -> bool {
    there.version == before.version && there.actor == ctx.actor
}

fn fingerprint(definition: &Definition) -> Result<String, Fault> {
    let text = serde_json::to_string(definition).map_err(Fault::internal)?;
    Ok(Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

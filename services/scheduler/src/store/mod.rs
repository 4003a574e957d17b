//! The tables of the scheduler, the same code for SQLite and PostgreSQL.

pub mod calendars;
pub mod declarations;
pub mod fires;
pub mod schedules;

use metier_core::{Ctx, UserId, WorkspaceId};
use metier_db::sea_orm::DbErr;
use serde::{Serialize, de::DeserializeOwned};

/// Rung when a schedule or a fire may be due sooner than was known.
pub const CHANGED: &str = "schedules";

/// Whose schedules may be seen.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    /// Of this workspace.
    pub workspace: WorkspaceId,
    /// Of this owner alone; of everyone when absent.
    pub owner: Option<UserId>,
}

impl Sight {
    /// What the caller may see: their own, or everyone's with `schedules:read_all`.
    pub fn of(ctx: &Ctx) -> Self {
        let nobody = || UserId::from_uuid(uuid::Uuid::max());
        let owner = (!ctx.sees_all("schedules")).then(|| ctx.actor.user().unwrap_or_else(nobody));
        Self { workspace: ctx.workspace, owner }
    }
}

fn to_text(value: &impl Serialize) -> Result<String, DbErr> {
    serde_json::to_string(value).map_err(|error| DbErr::Json(error.to_string()))
}

fn from_text<T: DeserializeOwned>(text: &str) -> Result<T, DbErr> {
    serde_json::from_str(text).map_err(|error| DbErr::Json(error.to_string()))
}

//! Why the scheduler refuses, by cause, and what the client hears.

use metier_core::{Fault, FaultKind};
use metier_db::{DbError, sea_orm::DbErr};

/// Everything that can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such schedule that the caller may see.
    #[error("no schedule {0}")]
    ScheduleNotFound(String),
    /// No such calendar in this workspace.
    #[error("no calendar {0}")]
    CalendarNotFound(String),
    /// The name is taken.
    #[error("there is a schedule {0:?} already")]
    ScheduleExists(String),
    /// The name is taken.
    #[error("there is a calendar {0:?} already")]
    CalendarExists(String),
    /// Schedules name it.
    #[error("there are schedules that calendar {0:?} holds back; take it from them first")]
    CalendarInUse(String),
    /// It cannot go on, for no time lies ahead.
    #[error(
        "schedule {0:?} has ended: no time lies ahead of it; change its trigger, its end or its number of runs"
    )]
    ScheduleEnded(String),
    /// A fault that says everything itself.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Database(error.into())
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let (kind, code) = match error {
            Error::Fault(fault) => return fault,
            Error::Database(error) => return error.into(),
            Error::ScheduleNotFound(id) => return Self::not_found("schedule", id),
            Error::CalendarNotFound(id) => return Self::not_found("calendar", id),
            Error::ScheduleExists(_) => (FaultKind::Conflict, "schedule_exists"),
            Error::CalendarExists(_) => (FaultKind::Conflict, "calendar_exists"),
            Error::CalendarInUse(_) => (FaultKind::Conflict, "calendar_in_use"),
            Error::ScheduleEnded(_) => (FaultKind::Conflict, "schedule_ended"),
        };
        Self::new(kind, code, error.to_string())
    }
}

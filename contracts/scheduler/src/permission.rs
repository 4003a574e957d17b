//! The rights that operations of the scheduler ask for.

use metier_core::Permission;

/// See one's own schedules and their fires; everyone's with `schedules:read_all`.
pub const SCHEDULES_READ: Permission = Permission::new("schedules", "read");
/// Make, change, pause, start and delete schedules one may see.
pub const SCHEDULES_WRITE: Permission = Permission::new("schedules", "write");
/// See calendars.
pub const CALENDARS_READ: Permission = Permission::new("calendars", "read");
/// Make, change and delete calendars: they hold back the schedules of everyone who names them.
pub const CALENDARS_WRITE: Permission = Permission::new("calendars", "write");

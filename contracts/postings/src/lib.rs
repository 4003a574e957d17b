//! What other services know of postings: their permissions, the events about sources, and how their syncs are scheduled.

pub mod event;
pub mod schedule;

use metier_core::Permission;

/// Search and read postings.
pub const POSTINGS_READ: Permission = Permission::new("postings", "read");
/// Take apart what was merged.
pub const POSTINGS_WRITE: Permission = Permission::new("postings", "write");
/// See sources, their health and their syncs.
pub const SOURCES_READ: Permission = Permission::new("sources", "read");
/// Register and remove sources.
pub const SOURCES_MANAGE: Permission = Permission::new("sources", "manage");
/// Start a sync.
pub const SOURCES_SYNC: Permission = Permission::new("sources", "sync");

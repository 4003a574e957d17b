//! When schedules fire, and why not. Knows no database, no network and no clock.

pub mod calendar;
pub mod plan;
pub mod schedule;
pub mod target;
pub mod trigger;

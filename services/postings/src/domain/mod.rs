//! The rules of postings: pure functions over values, with time and identity handed in.
//!
//! The way of a posting: [`dialect`] reads what a plugin answered, [`posting`] validates and normalizes each
//! entry on its own, [`dedupe`] decides which canonical posting a sighting belongs to, [`changes`] tells what
//! an update altered, [`expiry`] when it ends, and [`sync_report`] accounts for every entry. [`cadence`] tells when
//! sources are synced.

pub mod cadence;
pub mod changes;
pub mod dedupe;
pub mod dialect;
pub mod expiry;
pub mod posting;
pub mod sync_report;

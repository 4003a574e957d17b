//! One database per service, on SQLite or PostgreSQL, with the same code on both.
//!
//! - [`Database::open`] migrates and opens; a newer schema than this build knows is refused.
//! - [`Database::write`] runs a closure in a transaction. On SQLite every write goes through one writer:
//!   callers that wait together share one transaction and one fsync, a savepoint each, so one caller's
//!   failure harms no other. On PostgreSQL it is a pooled transaction.
//! - [`Database::reader`] reads without waiting for writers.
//! - [`Snapshot`] copies several databases as they were at one moment; [`inspect`] looks at one and changes
//!   nothing. Both work whether or not a process has the database open. [`Restoring`] makes schemas of
//!   PostgreSQL of their copies.
//!
//! A closure's answer reaches its caller only after the commit is durable.

mod catalog;
mod database;
mod error;
mod idempotency;
mod inspect;
mod migrations;
mod restore;
mod rows;
pub mod schema;
mod settings;
mod signals;
mod snapshot;
pub mod sql;
mod together;
mod tx;
mod writer;

pub use database::{Backend, Database};
pub use error::{DbError, is_unique_violation};
pub use idempotency::{KeyedRequest, forget_before, made_before, remember_making};
pub use inspect::{Inspection, inspect};
pub use migrations::{Migrations, SchemaVersion};
pub use restore::{RestoreError, Restoring, SchemaWriter};
pub use rows::{Column, Rows};
pub use settings::DatabaseSettings;
pub use signals::{Signal, Signals};
pub use snapshot::{Schema, SchemaReader, Snapshot, SnapshotError, snapshot};
pub use tx::Tx;

pub use include_dir;
pub use sea_orm;

//! The database layer on both databases.
#![allow(clippy::unwrap_used, reason = "a broken expectation fails the test")]

mod deferred;
mod lost;
mod restore;
mod rows;
mod schema;
mod signals;
mod snapshot;
mod writes;

use include_dir::{Dir, include_dir};
use metier_db::Migrations;

static SQLITE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/tests/it/migrations/sqlite");
static POSTGRES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/tests/it/migrations/postgres");

/// One table of notes.
const NOTES: Migrations = Migrations { sqlite: &SQLITE, postgres: &POSTGRES };

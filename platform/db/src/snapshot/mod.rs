//! Copies of several databases, all of one moment, whether or not other processes write to them.
//!
//! The write locks of all are taken, so that nothing can be committed anywhere; a copy of each is begun, which reads
//! what was committed until then and nothing later; then the locks are let go. Writers stand still until the copies
//! have begun, not until they have ended. Schemas that share a database need no lock: one transaction reads them
//! all, and has one moment by itself.

mod files;
mod schemas;

use std::{collections::BTreeSet, io, path::PathBuf, time::Duration};

use sqlx::{Postgres, SqliteConnection, Transaction};
use tokio::{
    task::{JoinError, JoinSet},
    time::sleep,
};

use files::Pair;
use schemas::Server;
pub(crate) use schemas::pool;
pub use schemas::{Schema, SchemaReader};

/// Between two attempts writers catch up.
const PAUSE: Duration = Duration::from_millis(500);
const ATTEMPTS: u32 = 30;

/// Why no copies were made.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A database file cannot be opened or copied.
    #[error("cannot copy {}", .file.display())]
    Copy {
        /// The database.
        file: PathBuf,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A schema of PostgreSQL cannot be read.
    #[error("cannot copy the database of {service} in PostgreSQL")]
    Schema {
        /// Whose database.
        service: &'static str,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A copy cannot be written to the disk.
    #[error("cannot write the copy of {what}")]
    Write {
        /// What was being copied.
        what: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Somebody keeps writing.
    #[error("a write to {0} does not end, so there is no moment to copy; try again later")]
    Busy(String),
    /// A schema was asked for that was not in the snapshot.
    #[error("the snapshot has no schema of {0}")]
    Absent(&'static str),
}

/// Copies each file to one that does not exist yet, all as they were at the same moment.
///
/// # Errors
/// When a database cannot be read, a copy not be written, or a writer does not end.
pub async fn snapshot(files: &[(PathBuf, PathBuf)]) -> Result<(), SnapshotError> {
    Snapshot::begin(files, &[]).await?.copy_files().await
}

/// A moment of several databases, while it is being copied.
pub struct Snapshot {
    pairs: Vec<Pair>,
    copies: JoinSet<Result<(), SnapshotError>>,
    servers: Vec<Server>,
}

impl Snapshot {
    /// Takes the moment and begins to copy each of `files` to a file that does not exist yet.
    ///
    /// # Errors
    /// When a database cannot be read, a copy not be written, or a writer does not end.
    pub async fn begin(files: &[(PathBuf, PathBuf)], schemas: &[Schema]) -> Result<Self, SnapshotError> {
        let pairs = Pair::all(files);
        let readers = files::open_all(&pairs).await?;
        let mut servers = schemas::servers(schemas).await?;
        let locks = lock_all(&pairs, &mut servers).await?;
        let mut copies = files::begin(readers);
        let begun = begin_all(&pairs, &mut copies, &mut servers).await;
        locks.release().await;
        begun?;
        Ok(Self { pairs, copies, servers })
    }

    /// Waits until the files are copied and on the disk.
    ///
    /// # Errors
    /// When a copy fails.
    pub async fn copy_files(&mut self) -> Result<(), SnapshotError> {
        while let Some(copied) = self.copies.join_next().await {
            ended(copied)?;
        }
        self.pairs.iter().try_for_each(Pair::sync)
    }

    /// The schema of a service, as it was at the moment.
    ///
    /// # Errors
    /// When the moment was not taken of it.
    pub fn schema(&mut self, service: &'static str) -> Result<SchemaReader<'_>, SnapshotError> {
        let server = self.servers.iter_mut().find(|server| server.holds(service));
        server.and_then(|server| server.schema(service)).ok_or(SnapshotError::Absent(service))
    }

    /// The names of all schemas in the same databases that a Metier of any version has made.
    ///
    /// # Errors
    /// When the catalog cannot be read.
    pub async fn made(&mut self) -> Result<BTreeSet<String>, SnapshotError> {
        let mut names = BTreeSet::new();
        for server in &mut self.servers {
            names.extend(server.made().await?);
        }
        Ok(names)
    }
}

/// What keeps every database as it is.
#[derive(Default)]
struct Locks {
    files: Vec<SqliteConnection>,
    schemas: Vec<Transaction<'static, Postgres>>,
}

impl Locks {
    /// Nothing was written under them: whether this is answered or not, the end of the connection lets them go.
    async fn release(self) {
        for lock in self.files {
            let _closed = sqlx::Connection::close(lock).await;
        }
        for lock in self.schemas {
            let _released = lock.rollback().await;
        }
    }
}

/// Either all locks or, for now, none.
async fn lock_all(pairs: &[Pair], servers: &mut [Server]) -> Result<Locks, SnapshotError> {
    let mut busy = String::new();
    for _ in 0..ATTEMPTS {
        let mut locks = Locks::default();
        let tried = try_lock_all(pairs, servers, &mut locks).await;
        if tried.is_ok() {
            return Ok(locks);
        }
        locks.release().await;
        match tried {
            Err(SnapshotError::Busy(what)) => busy = what,
            outcome => outcome?,
        }
        sleep(PAUSE).await;
    }
    Err(SnapshotError::Busy(busy))
}

async fn try_lock_all(
    pairs: &[Pair],
    servers: &mut [Server],
    locks: &mut Locks,
) -> Result<(), SnapshotError> {
    files::try_lock_all(pairs, &mut locks.files).await?;
    let alone = pairs.is_empty() && servers.len() == 1;
    if !alone {
        schemas::try_lock_all(servers, &mut locks.schemas).await?;
    }
    Ok(())
}

async fn begin_all(
    pairs: &[Pair],
    copies: &mut JoinSet<Result<(), SnapshotError>>,
    servers: &mut [Server],
) -> Result<(), SnapshotError> {
    for server in servers {
        server.begin().await?;
    }
    files::begun(pairs, copies).await
}

fn ended(copied: Result<Result<(), SnapshotError>, JoinError>) -> Result<(), SnapshotError> {
    copied.unwrap_or_else(|error| {
        Err(SnapshotError::Write { what: "a database".to_owned(), source: io::Error::other(error) })
    })
}

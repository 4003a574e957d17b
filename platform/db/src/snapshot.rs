//! Copies of several SQLite files, all of one moment, whether or not another process writes to them.
//!
//! The write locks of all files are taken, so that nothing can be committed anywhere; a `VACUUM INTO` is begun on
//! each, which reads what was committed until then and nothing later; then the locks are let go. Writers stand
//! still until the copies have begun, not until they have ended.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

/// How long the locks of some files may be held while those of others are waited for: less than a writer waits.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two attempts writers catch up.
const PAUSE: Duration = Duration::from_millis(500);
const ATTEMPTS: u32 = 30;
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// The primary result code of a lock that somebody else holds; extended codes keep it in the low byte.
const BUSY: u32 = 5;

/// Why no copies were made.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A database cannot be opened or copied.
    #[error("cannot copy {}", .file.display())]
    Copy {
        /// The database.
        file: PathBuf,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A copy cannot be written to the disk.
    #[error("cannot write {}", .file.display())]
    Write {
        /// The copy.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Somebody keeps writing.
    #[error("a write to {} does not end, so there is no moment to copy; try again later", .0.display())]
    Busy(PathBuf),
}

/// A database and where its copy goes.
#[derive(Clone, Debug)]
struct Pair {
    file: PathBuf,
    copy: PathBuf,
}

impl Pair {
    fn failed(&self) -> impl FnOnce(sqlx::Error) -> SnapshotError + use<> {
        let file = self.file.clone();
        move |source| SnapshotError::Copy { file, source }
    }
}

/// Copies each database to a file that does not exist yet, all as they were at the same moment.
///
/// # Errors
/// When a database cannot be read, a copy not be written, or a writer does not end.
pub async fn snapshot(files: &[(PathBuf, PathBuf)]) -> Result<(), SnapshotError> {
    let pairs: Vec<_> =
        files.iter().map(|(file, copy)| Pair { file: file.clone(), copy: copy.clone() }).collect();
    let mut readers = Vec::new();
    for pair in &pairs {
        readers.push((pair.clone(), open(&pair.file, true).await.map_err(pair.failed())?));
    }
    let locks = lock_all(&pairs).await?;
    let mut copies = JoinSet::new();
    for (pair, reader) in readers {
        copies.spawn(copy(pair, reader));
    }
    let failed = begun(&pairs, &mut copies).await;
    for lock in locks {
        // Nothing was written under it: closing lets it go.
        let _closed = lock.close().await;
    }
    failed?;
    while let Some(copied) = copies.join_next().await {
        ended(copied)?;
    }
    pairs.iter().try_for_each(|pair| sync(&pair.copy))
}

async fn open(file: &Path, read_only: bool) -> Result<SqliteConnection, sqlx::Error> {
    let options =
        SqliteConnectOptions::new().filename(file).read_only(read_only).busy_timeout(Duration::ZERO);
    SqliteConnection::connect_with(&options).await
}

/// Either all locks or, for now, none.
async fn lock_all(pairs: &[Pair]) -> Result<Vec<SqliteConnection>, SnapshotError> {
    let mut busy = PathBuf::new();
    for _ in 0..ATTEMPTS {
        match try_lock_all(pairs).await {
            Err(SnapshotError::Busy(file)) => busy = file,
            outcome => return outcome,
        }
        sleep(PAUSE).await;
    }
    Err(SnapshotError::Busy(busy))
}

async fn try_lock_all(pairs: &[Pair]) -> Result<Vec<SqliteConnection>, SnapshotError> {
    let mut locks = Vec::new();
    let began = Instant::now();
    for pair in pairs {
        let mut connection = open(&pair.file, false).await.map_err(pair.failed())?;
        // Without a pause: between two commits of a busy writer there is less time than any timer measures.
        while !lock(&mut connection).await.map_err(pair.failed())? {
            if began.elapsed() > PATIENCE {
                return Err(SnapshotError::Busy(pair.file.clone()));
            }
            tokio::task::yield_now().await;
        }
        locks.push(connection);
    }
    Ok(locks)
}

async fn lock(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    match connection.execute("BEGIN IMMEDIATE").await {
        Ok(_) => Ok(true),
        Err(error) if is_busy(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == BUSY)
}

async fn copy(pair: Pair, mut reader: SqliteConnection) -> Result<(), SnapshotError> {
    let target = pair.copy.display().to_string();
    let copied = sqlx::query("VACUUM INTO $1").bind(target).execute(&mut reader).await;
    copied.map(drop).map_err(pair.failed())
}

/// Waits until every copy has something in it, and so has begun to read: SQLite opens its view of the database
/// before it writes the first page.
async fn begun(pairs: &[Pair], copies: &mut JoinSet<Result<(), SnapshotError>>) -> Result<(), SnapshotError> {
    let empty = |pair: &Pair| fs::metadata(&pair.copy).map_or(true, |copy| copy.len() == 0);
    while pairs.iter().any(empty) {
        match copies.try_join_next() {
            Some(copied) => ended(copied)?,
            None => sleep(LOOK_EVERY).await,
        }
    }
    Ok(())
}

fn ended(copied: Result<Result<(), SnapshotError>, tokio::task::JoinError>) -> Result<(), SnapshotError> {
    copied.unwrap_or_else(|error| {
        let source = io::Error::other(error);
        Err(SnapshotError::Write { file: PathBuf::new(), source })
    })
}

/// `VACUUM INTO` leaves it to the system when its file reaches the disk.
fn sync(copy: &Path) -> Result<(), SnapshotError> {
    let synced = fs::File::open(copy).and_then(|file| file.sync_all());
    synced.map_err(|source| SnapshotError::Write { file: copy.to_owned(), source })
}

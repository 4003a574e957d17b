//! SQLite files: their write locks, and their copies with `VACUUM INTO`.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{SnapshotError, ended};

/// How long the locks of some files may be held while those of others are waited for: less than a writer waits.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// The primary result code of a lock that somebody else holds; extended codes keep it in the low byte.
const BUSY: u32 = 5;

/// A database and where its copy goes.
#[derive(Clone, Debug)]
pub struct Pair {
    file: PathBuf,
    copy: PathBuf,
}

impl Pair {
    pub fn all(files: &[(PathBuf, PathBuf)]) -> Vec<Self> {
        files.iter().map(|(file, copy)| Self { file: file.clone(), copy: copy.clone() }).collect()
    }

    fn failed(&self) -> impl FnOnce(sqlx::Error) -> SnapshotError + use<> {
        let file = self.file.clone();
        move |source| SnapshotError::Copy { file, source }
    }

    /// `VACUUM INTO` leaves it to the system when its file reaches the disk.
    pub fn sync(&self) -> Result<(), SnapshotError> {
        let synced = fs::File::open(&self.copy).and_then(|file| file.sync_all());
        synced.map_err(|source| SnapshotError::Write { what: self.file.display().to_string(), source })
    }
}

/// What will read each file.
pub async fn open_all(pairs: &[Pair]) -> Result<Vec<(Pair, SqliteConnection)>, SnapshotError> {
    let mut readers = Vec::new();
    for pair in pairs {
        readers.push((pair.clone(), open(&pair.file, true).await.map_err(pair.failed())?));
    }
    Ok(readers)
}

async fn open(file: &Path, read_only: bool) -> Result<SqliteConnection, sqlx::Error> {
    let options =
        SqliteConnectOptions::new().filename(file).read_only(read_only).busy_timeout(Duration::ZERO);
    SqliteConnection::connect_with(&options).await
}

pub async fn try_lock_all(pairs: &[Pair], locks: &mut Vec<SqliteConnection>) -> Result<(), SnapshotError> {
    let began = Instant::now();
    for pair in pairs {
        let mut connection = open(&pair.file, false).await.map_err(pair.failed())?;
        // Without a pause: between two commits of a busy writer there is less time than any timer measures.
        while !lock(&mut connection).await.map_err(pair.failed())? {
            if began.elapsed() > PATIENCE {
                return Err(SnapshotError::Busy(pair.file.display().to_string()));
            }
            tokio::task::yield_now().await;
        }
        locks.push(connection);
    }
    Ok(())
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

/// Begins the copies.
pub fn begin(readers: Vec<(Pair, SqliteConnection)>) -> JoinSet<Result<(), SnapshotError>> {
    let mut copies = JoinSet::new();
    for (pair, reader) in readers {
        copies.spawn(copy(pair, reader));
    }
    copies
}

async fn copy(pair: Pair, mut reader: SqliteConnection) -> Result<(), SnapshotError> {
    let target = pair.copy.display().to_string();
    let copied = sqlx::query("VACUUM INTO $1").bind(target).execute(&mut reader).await;
    copied.map(drop).map_err(pair.failed())
}

/// Waits until every copy has something in it, and so has begun to read: SQLite opens its view of the database
/// before it writes the first page.
pub async fn begun(
    pairs: &[Pair],
    copies: &mut JoinSet<Result<(), SnapshotError>>,
) -> Result<(), SnapshotError> {
    let empty = |pair: &Pair| fs::metadata(&pair.copy).map_or(true, |copy| copy.len() == 0);
    while pairs.iter().any(empty) {
        match copies.try_join_next() {
            Some(copied) => ended(copied)?,
            None => sleep(LOOK_EVERY).await,
        }
    }
    Ok(())
}

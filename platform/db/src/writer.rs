//! The single writer of a SQLite file: group commit with a savepoint per caller.
//!
//! It takes whatever queued while the last commit was flushing, so it never waits to fill a batch. Each
//! caller's closure runs under its own savepoint; the shared transaction is committed once; only then are
//! the callers answered. A closure that fails, panics or stalls is rolled back alone. When the transaction
//! itself breaks (a full disk may roll it back inside SQLite), every caller of the batch is told so.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use tokio::sync::mpsc;

use crate::{DbError, Tx, signals::Signals};

/// Most callers that share one transaction.
const MAX_BATCH: usize = 512;
/// Callers that may wait; more wait to enter the queue.
const QUEUE: usize = 4_096;
/// Longest a caller's closure may hold the writer.
pub(crate) const MAX_HOLD: Duration = Duration::from_secs(20);

/// What a closure left behind: whether to keep it, and how to answer its caller.
pub(crate) struct Done {
    pub(crate) keep: bool,
    pub(crate) answer: Box<dyn FnOnce(Option<DbError>) + Send>,
}

/// A caller's closure, with its answer tied in.
pub(crate) type Work = Box<dyn for<'t> FnOnce(&'t Tx) -> BoxFuture<'t, Result<Done, DbError>> + Send>;

/// Handle to the writer task.
#[derive(Clone)]
pub(crate) struct Writer(mpsc::Sender<Work>);

impl Writer {
    pub(crate) fn start(connection: DatabaseConnection, signals: Signals) -> Self {
        let (send, receive) = mpsc::channel(QUEUE);
        tokio::spawn(run(connection, signals, receive));
        Self(send)
    }

    pub(crate) async fn submit(&self, work: Work) -> Result<(), DbError> {
        self.0.send(work).await.map_err(|_| DbError::Closed)
    }
}

async fn run(connection: DatabaseConnection, signals: Signals, mut queue: mpsc::Receiver<Work>) {
    let mut works = Vec::with_capacity(MAX_BATCH);
    while queue.recv_many(&mut works, MAX_BATCH).await > 0 {
        commit_together(&connection, &signals, std::mem::take(&mut works)).await;
    }
}

/// Takes the file's write lock at the start: a backup in another process holds it for a moment, and SQLite lets
/// nobody wait for it who has begun to read.
async fn commit_together(connection: &DatabaseConnection, signals: &Signals, works: Vec<Work>) {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    match connection.begin_with_options(options).await {
        Err(error) => tracing::error!(%error, "the writer cannot begin a transaction"),
        Ok(inner) => run_batch(Tx::new(inner, signals.clone()), works).await,
    }
}

async fn run_batch(tx: Tx, works: Vec<Work>) {
    let alone = works.len() == 1;
    let mut answers = Vec::with_capacity(works.len());
    for work in works {
        let outcome = if alone { run_one(&tx, work).await } else { run_in_savepoint(&tx, work).await };
        match outcome {
            Ok(done) => answers.push(done),
            Err(broken) => {
                let reason = broken.to_string();
                tracing::error!(error = %reason, "the shared transaction broke");
                let _ = tx.rollback().await;
                answers.into_iter().for_each(|done| (done.answer)(Some(DbError::Commit(reason.clone()))));
                return;
            }
        }
    }
    let nothing_kept = answers.iter().all(|done| !done.keep);
    let ended = if nothing_kept { tx.rollback().await } else { tx.commit().await };
    let failure = ended.err().filter(|_| !nothing_kept).map(|error| error.to_string());
    for done in answers {
        (done.answer)(failure.clone().map(DbError::Commit));
    }
}

/// Runs a closure; a panic, a stall or an error of its own leaves a `Done` that is not kept.
async fn run_one(tx: &Tx, work: Work) -> Result<Done, DbErr> {
    let running = AssertUnwindSafe(work(tx)).catch_unwind();
    let outcome = tokio::time::timeout(MAX_HOLD, running).await;
    Ok(match outcome {
        Ok(Ok(Ok(done))) if done.keep => settled(tx, done).await,
        Ok(Ok(Ok(done))) => done,
        Ok(Ok(Err(error))) => dropped(&error),
        Ok(Err(_)) => dropped(&DbError::Panicked),
        Err(_) => dropped(&DbError::TooSlow(MAX_HOLD)),
    })
}

/// Sends what the closure put off; if that fails, it is the closure that failed.
async fn settled(tx: &Tx, done: Done) -> Done {
    let Err(error) = tx.settle().await else { return done };
    Done { keep: false, answer: Box::new(move |_| (done.answer)(Some(error.into()))) }
}

/// The caller learns of it because its answering channel closes.
fn dropped(error: &DbError) -> Done {
    tracing::error!(%error, "a write was rolled back");
    Done { keep: false, answer: Box::new(|_| ()) }
}

async fn run_in_savepoint(tx: &Tx, work: Work) -> Result<Done, DbErr> {
    tx.execute_unprepared("SAVEPOINT caller").await?;
    let mark = tx.mark();
    let done = run_one(tx, work).await?;
    if !done.keep {
        tx.forget_since(mark);
        tx.forget_pending();
        tx.execute_unprepared("ROLLBACK TO caller").await?;
    }
    tx.execute_unprepared("RELEASE caller").await?;
    Ok(done)
}

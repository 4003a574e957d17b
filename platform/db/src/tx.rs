//! A transaction as the services see it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement, Value,
};

use crate::{
    Backend,
    signals::Signals,
    together::{self, Deferred},
};

type AfterCommit = Box<dyn FnOnce() + Send>;

/// What waits for the end of the transaction, or for the next statement.
#[derive(Default)]
struct Pending {
    writes: Vec<Deferred>,
    notifications: Vec<String>,
}

/// An open transaction: hand `&Tx` to SeaORM wherever it wants a connection.
pub struct Tx {
    inner: DatabaseTransaction,
    signals: Signals,
    pending: Mutex<Pending>,
    after_commit: Mutex<Vec<AfterCommit>>,
}

impl Tx {
    pub(crate) fn new(inner: DatabaseTransaction, signals: Signals) -> Self {
        Self { inner, signals, pending: Mutex::default(), after_commit: Mutex::default() }
    }

    /// Rings the signal `name` once the transaction is durable, in every process that listens.
    pub fn signal(&self, name: &str) {
        match self.backend() {
            Backend::Sqlite => {
                let (signals, name) = (self.signals.clone(), name.to_owned());
                self.after_commit(move || signals.ring(&name));
            }
            Backend::Postgres => {
                let notifications = &mut self.pending().notifications;
                if notifications.iter().all(|other| other != name) {
                    notifications.push(name.to_owned());
                }
            }
        }
    }

    /// Changes `rows`, together with what else is put off, before this transaction's next other statement or its
    /// commit: one round trip for several writes. Whatever is read afterward sees it. `rows` names what is changed,
    /// such as its table: writes of one name keep their order.
    pub fn defer(&self, rows: &'static str, statement: impl Into<String>, values: Vec<Value>) {
        self.pending().writes.push(Deferred { rows, appends: false, statement: statement.into(), values });
    }

    /// Like [`Tx::defer`], for adding rows that nobody knows yet: any number of appends share a round trip.
    pub fn append(&self, rows: &'static str, statement: impl Into<String>, values: Vec<Value>) {
        self.pending().writes.push(Deferred { rows, appends: true, statement: statement.into(), values });
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the writes that were put off; the notifications wait for the last round trip.
    async fn send_writes(&self) -> Result<(), DbErr> {
        let writes = std::mem::take(&mut self.pending().writes);
        if writes.is_empty() { Ok(()) } else { together::send(&self.inner, writes, Vec::new()).await }
    }

    /// Sends everything that was put off.
    pub(crate) async fn settle(&self) -> Result<(), DbErr> {
        let Pending { writes, notifications } = std::mem::take(&mut *self.pending());
        together::send(&self.inner, writes, notifications).await
    }

    /// Forgets what was put off: its caller's part is rolled back.
    pub(crate) fn forget_pending(&self) {
        *self.pending() = Pending::default();
    }

    /// Runs `action` once the transaction is durable; never if it is rolled back.
    ///
    /// For waking loops. It must be quick and must not fail.
    pub fn after_commit(&self, action: impl FnOnce() + Send + 'static) {
        self.after_commit.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(action));
    }

    /// Which database this is, for the few statements that differ.
    pub fn backend(&self) -> Backend {
        Backend::of(&self.inner)
    }

    pub(crate) fn mark(&self) -> usize {
        self.after_commit.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(crate) fn forget_since(&self, mark: usize) {
        self.after_commit.lock().unwrap_or_else(PoisonError::into_inner).truncate(mark);
    }

    /// What was put off must have been sent.
    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        self.inner.commit().await?;
        for action in self.after_commit.into_inner().unwrap_or_else(PoisonError::into_inner) {
            action();
        }
        Ok(())
    }

    pub(crate) async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }
    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.send_writes().await?;
        self.inner.execute_raw(statement).await
    }
    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.send_writes().await?;
        self.inner.execute_unprepared(sql).await
    }
    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.send_writes().await?;
        self.inner.query_one_raw(statement).await
    }
    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.send_writes().await?;
        self.inner.query_all_raw(statement).await
    }
}

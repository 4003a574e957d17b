//! A transaction as the services see it.

use std::sync::{Mutex, PoisonError};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement};

use crate::{Backend, signals::Signals, sql};

type AfterCommit = Box<dyn FnOnce() + Send>;

/// An open transaction: hand `&Tx` to SeaORM wherever it wants a connection.
pub struct Tx {
    inner: DatabaseTransaction,
    signals: Signals,
    after_commit: Mutex<Vec<AfterCommit>>,
}

impl Tx {
    pub(crate) fn new(inner: DatabaseTransaction, signals: Signals) -> Self {
        Self { inner, signals, after_commit: Mutex::default() }
    }

    /// Rings the signal `name` once the transaction is durable, in every process that listens.
    ///
    /// # Errors
    /// When the notification cannot be queued.
    pub async fn signal(&self, name: &str) -> Result<(), DbErr> {
        match self.backend() {
            Backend::Sqlite => {
                let (signals, name) = (self.signals.clone(), name.to_owned());
                self.after_commit(move || signals.ring(&name));
            }
            Backend::Postgres => {
                let notify = "SELECT pg_notify(current_schema()::text, $1)";
                sql::execute(self, notify, vec![name.into()]).await?;
            }
        }
        Ok(())
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
        self.inner.execute_raw(statement).await
    }
    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.inner.execute_unprepared(sql).await
    }
    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.inner.query_one_raw(statement).await
    }
    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.inner.query_all_raw(statement).await
    }
}

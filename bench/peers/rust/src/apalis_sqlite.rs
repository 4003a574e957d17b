//! apalis on SQLite with `synchronous=FULL`, polling each 100 ms for up to 100 tasks.

use std::time::Duration;

use apalis::prelude::*;
use apalis_sqlite::{Config, SqliteStorage};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::measure::{Queue, handled};

struct Apalis {
    pool: sqlx::SqlitePool,
}

/// The queue, with its tables. Its own `setup` would turn flushing off, so only its migrations run.
pub async fn queue() -> impl Queue {
    let options = SqliteConnectOptions::new()
        .filename("apalis.db")
        .create_if_missing(true)
        .busy_timeout(Duration::from_secs(10))
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await.expect("a file");
    SqliteStorage::migrations().run(&pool).await.expect("tables");
    Apalis { pool }
}

macro_rules! storage {
    ($queue:expr) => {
        SqliteStorage::<f64>::new(&$queue.pool).with_config(Config::default().queue("noop").batch_size(100))
    };
}

impl Queue for Apalis {
    async fn one(&mut self, sent: f64) {
        storage!(self).push(sent).await.expect("enqueued");
    }

    async fn many(&mut self, sent: Vec<f64>) {
        storage!(self).push_bulk(sent).await.expect("enqueued");
    }

    fn work(&self) {
        let backend = storage!(self).poll_with_interval(Duration::from_millis(100));
        let worker = WorkerBuilder::new("bench").backend(backend).parallelize(tokio::spawn).build(noop);
        tokio::spawn(worker.run());
    }
}

async fn noop(sent: f64) -> Result<(), BoxDynError> {
    handled(sent);
    Ok(())
}

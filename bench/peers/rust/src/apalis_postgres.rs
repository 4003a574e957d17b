//! apalis on PostgreSQL, polling each 100 ms for up to 100 tasks.

use std::time::Duration;

use apalis::prelude::*;
use apalis_postgres::{Config, PostgresStorage};
use sqlx::postgres::PgPoolOptions;

use crate::measure::{Queue, handled};

struct Apalis {
    pool: sqlx::PgPool,
}

/// The queue, with its tables.
pub async fn queue() -> impl Queue {
    let address = crate::fresh_database("apalis").await;
    let pool = PgPoolOptions::new().max_connections(8).connect(&address).await.expect("a server");
    PostgresStorage::setup(&pool).await.expect("tables");
    Apalis { pool }
}

macro_rules! storage {
    ($queue:expr) => {
        PostgresStorage::<f64>::new(&$queue.pool).with_config(Config::default().queue("noop").batch_size(100))
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

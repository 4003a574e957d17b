//! What every service with a database needs and none should write: events get their positions, what is too
//! old is forgotten, and the database is asked whether it is there.

use std::time::Duration;

use metier_bus::Relay;
use metier_core::{Clock, Fault};
use metier_db::{Database, DbError, sql};
use tokio_util::sync::CancellationToken;

use crate::{EventsSettings, HealthCheck, Loop};

const SWEEP_EVERY: Duration = Duration::from_mins(10);
const CHUNK: u32 = 1_000;

/// The loops of a service's database.
pub(crate) fn loops(database: &Database, clock: &Clock, settings: &EventsSettings) -> [Loop; 2] {
    let relay = Relay::new(database.clone(), clock.clone(), settings.keep);
    let (sweeper, keep) = ((database.clone(), clock.clone(), relay.clone()), settings.keep_idempotency_keys);
    let relay = Loop::new("relay", move |stop| {
        let relay = relay.clone();
        async move {
            relay.run(stop).await;
            Ok(())
        }
    });
    let retention = Loop::new("retention", move |stop| {
        let (database, clock, relay) = sweeper.clone();
        async move {
            while pause(&stop).await {
                let events = relay.forget_old().await?;
                let keys = forget_keys(&database, &clock, keep).await?;
                tracing::debug!(service = database.service(), events, keys, "forgot what was too old");
            }
            Ok(())
        }
    });
    [relay, retention]
}

/// Whether to go on.
async fn pause(stop: &CancellationToken) -> bool {
    tokio::select! {
        () = stop.cancelled() => false,
        () = tokio::time::sleep(SWEEP_EVERY) => true,
    }
}

async fn forget_keys(database: &Database, clock: &Clock, keep: Duration) -> Result<u64, DbError> {
    let before = clock.now().minus(keep);
    let mut forgotten = 0;
    loop {
        let chunk = database
            .write(move |tx| {
                Box::pin(async move { Ok::<_, DbError>(metier_db::forget_before(tx, before, CHUNK).await?) })
            })
            .await?;
        forgotten += chunk;
        if chunk < u64::from(CHUNK) {
            return Ok(forgotten);
        }
    }
}

/// Whether the database answers.
pub(crate) fn database_check(database: Database) -> HealthCheck {
    HealthCheck::new("database", move || {
        let database = database.clone();
        async move {
            let answer =
                sql::scalar::<i64>(database.reader(), "SELECT position FROM outbox_counter", vec![]).await;
            answer.map(drop).map_err(|error| Fault::from(DbError::from(error)))
        }
    })
}

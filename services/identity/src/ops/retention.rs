//! Forgets what is over: sessions, devices and counters of failures, in chunks.

use std::time::Duration;

use metier_core::{Fault, Timestamp};
use metier_db::Tx;
use metier_db::sea_orm::DbErr;
use tokio_util::sync::CancellationToken;

use super::Identity;
use crate::{
    domain::throttle::FORGOTTEN_AFTER,
    error::Error,
    store::{devices, sessions, throttles},
};

const PAUSE: Duration = Duration::from_hours(1);
const CHUNK: u32 = 500;
const DAY: Duration = Duration::from_hours(24);
/// An ended session still tells which addresses are known, and what was reused.
const KEEP_SESSIONS: Duration = DAY.saturating_mul(30);
const KEEP_DEVICES: Duration = DAY.saturating_mul(365);

/// What is over, by table.
#[derive(Clone, Copy)]
enum Over {
    Sessions,
    Devices,
    Throttles,
}

impl Over {
    const ALL: [Self; 3] = [Self::Sessions, Self::Devices, Self::Throttles];

    fn keep(self) -> Duration {
        match self {
            Self::Sessions => KEEP_SESSIONS,
            Self::Devices => KEEP_DEVICES,
            Self::Throttles => FORGOTTEN_AFTER,
        }
    }

    async fn forget(self, tx: &Tx, before: Timestamp) -> Result<u64, DbErr> {
        match self {
            Self::Sessions => sessions::forget_before(tx, before, CHUNK).await,
            Self::Devices => devices::forget_before(tx, before, CHUNK).await,
            Self::Throttles => throttles::forget_before(tx, before, CHUNK).await,
        }
    }
}

impl Identity {
    /// Forgets what is over each hour until `stop`.
    ///
    /// # Errors
    /// When the database fails; the next start goes on.
    pub async fn forget_hourly(self, stop: CancellationToken) -> Result<(), Fault> {
        loop {
            self.forget_old().await?;
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// Forgets what is over now. Answers how many rows that were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_old(&self) -> Result<u64, Error> {
        let mut forgotten = 0;
        for over in Over::ALL {
            let before = self.clock.now().minus(over.keep());
            loop {
                let chunk = self
                    .database
                    .write(move |tx| Box::pin(async move { Ok::<_, Error>(over.forget(tx, before).await?) }));
                let chunk = chunk.await?;
                forgotten += chunk;
                if chunk < u64::from(CHUNK) {
                    break;
                }
            }
        }
        Ok(forgotten)
    }
}

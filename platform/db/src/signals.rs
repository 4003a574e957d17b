//! Wake-ups that are sent with a commit: nobody polls, and nobody is woken for what was rolled back.
//!
//! In one process (SQLite) a signal is a broadcast after the commit. On PostgreSQL it is one `NOTIFY` in the
//! transaction, heard by every process through one `LISTEN` connection per service. A signal is only a
//! hint to look again: it carries no data, may come twice, and after a lost connection all are rung.

use std::{sync::Arc, time::Duration};

use sqlx::postgres::PgListener;
use tokio::sync::broadcast;

const CAPACITY: usize = 1_024;
const RECONNECT_DELAY: Duration = Duration::from_secs(1);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Ring {
    One(Arc<str>),
    All,
}

/// The signals of one service's database. Clones share them.
#[derive(Clone)]
pub struct Signals(broadcast::Sender<Ring>);

impl Signals {
    pub(crate) fn local() -> Self {
        Self(broadcast::channel(CAPACITY).0)
    }

    /// Listens on the service's channel until the pool closes.
    pub(crate) fn listening(pool: sqlx::PgPool, service: &'static str) -> Self {
        let signals = Self::local();
        tokio::spawn(listen(pool, service, signals.clone()));
        signals
    }

    pub(crate) fn ring(&self, name: &str) {
        let _ = self.0.send(Ring::One(name.into()));
    }

    /// Starts hearing the signal `name`; what rings from now on is not missed.
    pub fn subscribe(&self, name: impl Into<Arc<str>>) -> Signal {
        self.subscribe_any([name])
    }

    /// Starts hearing several signals as one.
    pub fn subscribe_any<N: Into<Arc<str>>>(&self, names: impl IntoIterator<Item = N>) -> Signal {
        Signal { names: names.into_iter().map(Into::into).collect(), rings: self.0.subscribe() }
    }
}

/// One or several signals, being listened to.
pub struct Signal {
    names: Vec<Arc<str>>,
    rings: broadcast::Receiver<Ring>,
}

impl Signal {
    /// Waits for the next ring. Rings that came since the last call count as one.
    pub async fn wait(&mut self) {
        loop {
            match self.rings.recv().await {
                Ok(Ring::One(name)) if !self.names.contains(&name) => {}
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => break,
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
        self.forget_pending();
    }

    /// Drops rings of this signal that already came: the caller is about to look anyway.
    fn forget_pending(&mut self) {
        self.rings = self.rings.resubscribe();
    }
}

async fn listen(pool: sqlx::PgPool, service: &'static str, signals: Signals) {
    while !pool.is_closed() {
        if let Err(error) = relay_notifications(&pool, service, &signals).await {
            tracing::warn!(%error, service, "lost the notification connection; reconnecting");
        }
        let _ = signals.0.send(Ring::All);
        tokio::time::sleep(RECONNECT_DELAY).await;
    }
}

async fn relay_notifications(
    pool: &sqlx::PgPool,
    service: &'static str,
    signals: &Signals,
) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.ignore_pool_close_event(false);
    listener.listen(service).await?;
    let _ = signals.0.send(Ring::All);
    loop {
        match listener.try_recv().await? {
            Some(notification) => signals.ring(notification.payload()),
            None => {
                let _ = signals.0.send(Ring::All);
            }
        }
    }
}

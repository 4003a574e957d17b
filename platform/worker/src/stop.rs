//! How a task learns that it should stop.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

/// Why a task should stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopCause {
    /// Someone cancelled it.
    Cancelled,
    /// Its attempt took longer than allowed.
    TimedOut,
    /// The lease ended: another worker may already work on it, and its outcome would be refused.
    LeaseLost,
    /// The worker shuts down and its time to drain is over.
    Shutdown,
}

/// Tells a task to stop, once. Clones share it; the first cause stays.
///
/// A handler's future is dropped when its task should stop, so asynchronous code needs this only to hand it
/// to what it spawned. Blocking code looks at [`Stop::should_stop`] often enough to end within a second.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    cause: OnceLock<StopCause>,
    token: CancellationToken,
}

impl Stop {
    /// Tells it to stop, unless it was told before.
    pub fn stop(&self, cause: StopCause) {
        if self.0.cause.set(cause).is_ok() {
            self.0.token.cancel();
        }
    }

    /// Whether to stop. Cheap enough for inner loops.
    pub fn should_stop(&self) -> bool {
        self.cause().is_some()
    }

    /// Why to stop, if so.
    pub fn cause(&self) -> Option<StopCause> {
        self.0.cause.get().copied()
    }

    /// Waits until told to stop.
    pub async fn stopped(&self) -> StopCause {
        self.0.token.cancelled().await;
        // The token is cancelled only after the cause was set.
        self.cause().unwrap_or(StopCause::Cancelled)
    }
}

//! Trying again, where a caller says that its call may be repeated.

use std::time::Duration;

use metier_core::Random;
use tonic::{Code, Status};

/// How often and after which waits an idempotent call is tried again when the peer is away.
///
/// Only `Unavailable` is tried again: everything else is an answer. The wait doubles each time, with jitter.
#[derive(Clone, Debug)]
pub struct Retry {
    /// Tries in all, the first included.
    pub attempts: u32,
    /// Wait after the first failure.
    pub first_wait: Duration,
    /// Longest wait.
    pub longest_wait: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        let (first_wait, longest_wait) = (Duration::from_millis(100), Duration::from_secs(2));
        Self { attempts: 3, first_wait, longest_wait }
    }
}

impl Retry {
    /// Calls until there is an answer or the attempts are used up.
    ///
    /// # Errors
    /// The status of the last attempt.
    pub async fn run<T, F>(&self, random: &Random, mut call: impl FnMut() -> F) -> Result<T, Status>
    where
        F: Future<Output = Result<T, Status>>,
    {
        let mut attempt = 1;
        loop {
            match call().await {
                Err(status) if status.code() == Code::Unavailable && attempt < self.attempts => {
                    tokio::time::sleep(self.wait(attempt, random)).await;
                    attempt += 1;
                }
                answer => return answer,
            }
        }
    }

    /// Between half and all of the doubled wait, so that callers do not return in step.
    fn wait(&self, attempt: u32, random: &Random) -> Duration {
        let doubled = self.first_wait.saturating_mul(1 << (attempt - 1).min(16));
        doubled.min(self.longest_wait).mul_f64(0.5 + random.fraction() / 2.0)
    }
}

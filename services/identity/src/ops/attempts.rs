//! Sign-in attempts are counted before the password is looked at.

use metier_db::Tx;

use super::Identity;
use crate::{domain::throttle::Bucket, error::Error, store::throttles};

/// What an attempt was counted in, to be taken back when it succeeds.
pub struct Counted(Vec<(Bucket, i64)>);

impl Identity {
    /// Counts an attempt in all buckets, or refuses it, counting nothing, while one of them is in a delay.
    pub(super) async fn count_attempt(&self, buckets: Vec<Bucket>) -> Result<Counted, Error> {
        let this = self.clone();
        let counted = self.database.write(move |tx| {
            Box::pin(async move {
                let mut counted = Vec::with_capacity(buckets.len());
                for bucket in buckets {
                    let failures = this.count_in(tx, &bucket).await?;
                    counted.push((bucket, failures));
                }
                Ok::<_, Error>(Counted(counted))
            })
        });
        counted.await.inspect_err(|error| {
            if matches!(error, Error::Throttled { .. }) {
                metrics::counter!("metier_identity_logins_total", "outcome" => "throttled").increment(1);
            }
        })
    }

    async fn count_in(&self, tx: &Tx, bucket: &Bucket) -> Result<i64, Error> {
        let now = self.clock.now();
        let (failures, blocked_until) = throttles::count(tx, bucket, now).await?;
        if now < blocked_until {
            return Err(Error::Throttled { retry_after: blocked_until.since(now) });
        }
        let delay = bucket.delay(failures);
        if !delay.is_zero() {
            throttles::block(tx, bucket, now.plus(delay)).await?;
        }
        Ok(failures)
    }

    /// Takes back an attempt that was right, or could not be judged.
    pub(super) async fn take_back(&self, tx: &Tx, counted: &Counted) -> Result<(), Error> {
        for (bucket, failures) in &counted.0 {
            throttles::take_back(tx, bucket, *failures).await?;
        }
        Ok(())
    }
}

//! Waiting for a moment of the clock, whatever happens to the machine meanwhile.

use std::time::Duration;

use metier_core::{Clock, Timestamp};

/// A timer does not notice when a machine sleeps or its clock is set, so the clock itself is read this often. That
/// asks the database nothing.
const LOOK_AT_CLOCK: Duration = Duration::from_secs(5);

/// Waits until this moment, for ever when there is none.
pub async fn until(clock: &Clock, moment: Option<Timestamp>) {
    let Some(moment) = moment else { return std::future::pending().await };
    loop {
        let left = moment.since(clock.now());
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(LOOK_AT_CLOCK)).await;
    }
}

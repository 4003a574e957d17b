//! How many tasks to hold beyond those that run.
//!
//! Short tasks would spend their time in claims, so a worker holds as many as it can work off in a moment;
//! long ones are left to other workers. When the guess was wrong, what waited is given back and nothing is
//! held until a task has ended again.

use std::time::Duration;

/// Most tasks asked for in one claim.
pub(crate) const MAX_BATCH: usize = 256;
/// How much work to hold.
const LOOK_AHEAD: Duration = Duration::from_millis(50);
/// Share of a new duration in the average.
const WEIGHT: f64 = 0.125;

#[derive(Debug)]
pub(crate) struct Pace {
    slots: usize,
    average_seconds: Option<f64>,
}

impl Pace {
    pub(crate) fn new(slots: usize) -> Self {
        Self { slots, average_seconds: None }
    }

    /// A task ran this long.
    pub(crate) fn ran(&mut self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        let average = self.average_seconds.unwrap_or(seconds);
        self.average_seconds = Some(average + (seconds - average) * WEIGHT);
    }

    /// Tasks that were held did not get to run in time.
    pub(crate) fn stalled(&mut self) {
        self.average_seconds = None;
    }

    /// How many tasks to ask for now; 0 while enough are held.
    pub(crate) fn wanted(&self, running: usize, held: usize) -> usize {
        let ahead = self.ahead();
        if held > ahead / 2 {
            return 0;
        }
        (self.slots.saturating_sub(running) + ahead).saturating_sub(held).min(MAX_BATCH)
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a bounded estimate"
    )]
    fn ahead(&self) -> usize {
        let Some(average) = self.average_seconds else { return 0 };
        let worked_off = self.slots as f64 * LOOK_AHEAD.as_secs_f64() / average.max(1e-6);
        (worked_off.min(MAX_BATCH as f64) as usize).saturating_sub(self.slots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(duration: Duration) -> Pace {
        let mut pace = Pace::new(4);
        pace.ran(duration);
        pace
    }

    #[test]
    fn nothing_is_held_before_the_first_task_has_ended() {
        assert_eq!(Pace::new(4).wanted(0, 0), 4);
        assert_eq!(Pace::new(4).wanted(4, 0), 0);
    }

    #[test]
    fn short_tasks_are_claimed_by_the_batch_and_long_ones_by_the_slot() {
        assert!(after(Duration::from_micros(10)).wanted(4, 0) > 200);
        assert_eq!(after(Duration::from_secs(1)).wanted(1, 0), 3);
    }

    #[test]
    fn a_claim_waits_until_half_of_what_is_held_has_run() {
        let pace = after(Duration::from_micros(10));
        assert_eq!(pace.wanted(4, 200), 0);
        assert!(pace.wanted(4, 100) > 100);
    }

    #[test]
    fn after_a_stall_only_free_slots_are_filled() {
        let mut pace = after(Duration::from_micros(10));
        pace.stalled();
        assert_eq!(pace.wanted(3, 0), 1);
    }
}

//! When a delivery is tried again: later and later, for a day.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_hours(1);
/// After this, counted from when it was first to be sent, a delivery has failed.
pub const GIVE_UP_AFTER: Duration = Duration::from_hours(24);

/// How long to wait after so many tries. `fraction`, from 0 to 1, spreads the tries of many: the wait is between 80 and
/// 120 hundredths of what it is without.
pub fn pause(tries: u32, fraction: f64) -> Duration {
    let doubled = 2_u32.saturating_pow(tries.saturating_sub(1).min(20));
    FIRST.saturating_mul(doubled).min(LONGEST).mul_f64(0.8 + 0.4 * fraction.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tries_come_later_and_later_and_fill_a_day() {
        let middle = |tries| pause(tries, 0.5);
        assert_eq!([middle(1), middle(2), middle(3)], [5, 10, 20].map(Duration::from_secs));
        assert_eq!(middle(50), LONGEST);
        let (mut passed, mut tries) = (Duration::ZERO, 0);
        while passed < GIVE_UP_AFTER {
            tries += 1;
            passed += middle(tries);
        }
        assert_eq!(tries, 33);
    }

    proptest! {
        #[test]
        fn no_pause_is_shorter_than_four_seconds_or_much_longer_than_an_hour(tries in any::<u32>(), fraction in any::<f64>()) {
            let pause = pause(tries, if fraction.is_nan() { 0.5 } else { fraction });
            prop_assert!(pause >= Duration::from_secs(4) && pause <= LONGEST.mul_f64(1.21));
        }
    }
}

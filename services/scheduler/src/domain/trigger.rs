//! What makes a schedule fire: a moment, an interval, or a cron expression.

use jiff::{Timestamp as Moment, tz::TimeZone};
use metier_core::{Timestamp, Violation};
use metier_cron::Expression;
use serde::{Deserialize, Serialize};

/// When to fire, as it is written and kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Trigger {
    /// At one moment.
    Once {
        /// Which.
        at: Timestamp,
    },
    /// Again and again by real time, whatever clocks do.
    Every {
        /// How long from one to the next, such as `15m` or `1day 6h`.
        interval: String,
        /// A moment at which it fires, or fired, or would have; the others lie whole intervals apart from it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        anchor: Option<Timestamp>,
    },
    /// At clock times.
    Cron {
        /// Five fields, or six with seconds first.
        expression: String,
        /// The IANA zone whose clock is meant.
        #[serde(default = "utc")]
        zone: String,
    },
}

fn utc() -> String {
    "UTC".to_owned()
}

/// When to fire, understood.
#[derive(Clone, Debug)]
pub enum Beat {
    /// At one moment.
    Once(Timestamp),
    /// At this moment and whole intervals from it, in microseconds.
    Every(i64, Timestamp),
    /// At the clock times of a zone.
    Cron(Box<Expression>, TimeZone),
}

impl Trigger {
    /// Understands it; an interval without an anchor begins now.
    ///
    /// # Errors
    /// The field at fault.
    pub fn read(&self, now: Timestamp) -> Result<Beat, Violation> {
        let wrong = |field: &str| {
            let field = format!("/trigger/{field}");
            move |message: String| Violation { field, message }
        };
        match self {
            Self::Once { at } => Ok(Beat::Once(*at)),
            Self::Every { interval, anchor } => {
                let interval = read_interval(interval).map_err(wrong("interval"))?;
                Ok(Beat::Every(interval, anchor.unwrap_or(now)))
            }
            Self::Cron { expression, zone } => {
                let expression = Expression::parse(expression).map_err(wrong("expression"))?;
                Ok(Beat::Cron(Box::new(expression), metier_cron::zone(zone).map_err(wrong("zone"))?))
            }
        }
    }

    /// The same, an interval without an anchor beginning now.
    #[must_use]
    pub fn anchored(self, now: Timestamp) -> Self {
        match self {
            Self::Every { interval, anchor } => Self::Every { interval, anchor: anchor.or(Some(now)) },
            other => other,
        }
    }
}

fn read_interval(text: &str) -> Result<i64, String> {
    let interval = metier_cron::interval(text)?;
    i64::try_from(interval.as_micros()).map_err(|_| "must be 1s to 10 years".to_owned())
}

impl Beat {
    /// The first moment after this one at which it fires.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Once(at) => Some(*at).filter(|at| *at > after),
            Self::Every(interval, anchor) => {
                let passed = after.micros().checked_sub(anchor.micros())?;
                let steps = passed.div_euclid(*interval).checked_add(1)?;
                steps.checked_mul(*interval)?.checked_add(anchor.micros()).map(Timestamp::from_micros)
            }
            Self::Cron(expression, zone) => {
                let after = Moment::from_microsecond(after.micros()).ok()?;
                let next = expression.next(zone, after)?;
                Some(Timestamp::from_micros(next.as_microsecond()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use metier_core::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn every(interval: &str, anchor: i64) -> Beat {
        let trigger =
            Trigger::Every { interval: interval.to_owned(), anchor: Some(Timestamp::from_seconds(anchor)) };
        trigger.read(Timestamp::EPOCH).unwrap()
    }

    #[test]
    fn an_interval_counts_from_its_anchor_in_both_directions() {
        let beat = every("15m", 600);
        assert_eq!(beat.next(Timestamp::from_seconds(0)), Some(Timestamp::from_seconds(600)));
        assert_eq!(beat.next(Timestamp::from_seconds(600)), Some(Timestamp::from_seconds(1_500)));
        assert_eq!(beat.next(Timestamp::from_seconds(-301)), Some(Timestamp::from_seconds(-300)));
    }

    #[test]
    fn a_moment_fires_once() {
        let beat = Beat::Once(Timestamp::from_seconds(9));
        assert_eq!(beat.next(Timestamp::from_seconds(8)), Some(Timestamp::from_seconds(9)));
        assert_eq!(beat.next(Timestamp::from_seconds(9)), None);
    }

    #[test]
    fn what_cannot_be_understood_is_named_by_its_field() {
        let wrong = [
            (Trigger::Every { interval: "0s".into(), anchor: None }, "/trigger/interval"),
            (Trigger::Every { interval: "soon".into(), anchor: None }, "/trigger/interval"),
            (Trigger::Cron { expression: "61 * * * *".into(), zone: "UTC".into() }, "/trigger/expression"),
            (Trigger::Cron { expression: "* * * * *".into(), zone: "Mars/Phobos".into() }, "/trigger/zone"),
        ];
        for (trigger, field) in wrong {
            assert_eq!(trigger.read(Timestamp::EPOCH).unwrap_err().field, field);
        }
    }

    proptest! {
        #[test]
        fn an_interval_is_strictly_later_and_never_further_than_itself(
            seconds in 1_u32..1_000_000, anchor in -1_000_000_000_i64..4_000_000_000, after in 0_i64..4_000_000_000,
        ) {
            let beat = every(&format!("{seconds}s"), anchor);
            let after = Timestamp::from_seconds(after);
            let next = beat.next(after).unwrap();
            prop_assert!(next > after && next.since(after) <= Duration::from_secs(seconds.into()));
            prop_assert_eq!((next.seconds() - anchor).rem_euclid(i64::from(seconds)), 0);
        }
    }
}

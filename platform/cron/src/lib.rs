//! When something is to happen again, as people write it: cron expressions in the zones of people, and intervals.
//!
//! The rule for clock changes. An expression names either *clock times* or a *beat*. It is a beat when its seconds or
//! minutes have a `*`, a step or a range, or when its hours are every hour: it goes on by real time through both
//! changes, so an hour that comes twice has its beats twice. Everything else names clock times: one that is left out
//! when the clock goes forward fires once, at the first moment after the gap; one that comes twice when it goes back
//! fires once, the first time.
//!
//! The expression itself is walked without any zone, where no such thing as a gap exists; the rule above is what
//! turns clock times into moments.

use std::time::Duration;

use croner::{Cron, errors::CronError};
use jiff::{
    Timestamp as Moment,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};

/// Shortest interval.
const SHORTEST: Duration = Duration::from_secs(1);
/// Longest interval: ten years.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
/// Longest expression.
pub const MAX_LENGTH: usize = 200;
/// Clock changes looked through for one beat: with two a year, two centuries.
const MAX_CHANGES: usize = 400;
/// Clock times looked at that are not behind the wanted moment: those of an hour that comes twice.
const MAX_REPEATED: usize = 8_000;

/// An expression that was understood.
#[derive(Clone, Debug)]
pub struct Expression {
    cron: Cron,
    is_beat: bool,
}

impl Expression {
    /// Reads five fields, six with seconds first, seven with years last, or a nickname such as `@daily`.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_LENGTH {
            return Err(format!("must have at most {MAX_LENGTH} bytes"));
        }
        let cron: Cron = text.parse().map_err(|error: CronError| in_words(&error))?;
        Ok(Self { cron, is_beat: is_beat(text) })
    }

    /// Whether there was or will be such a time since 1970; the 31st of February never comes.
    pub fn ever_comes(&self) -> bool {
        self.next(&TimeZone::UTC, Moment::UNIX_EPOCH).is_some()
    }

    /// The first moment after this one.
    pub fn next(&self, zone: &TimeZone, after: Moment) -> Option<Moment> {
        if self.is_beat { self.next_beat(zone, after) } else { self.next_clock_time(zone, after) }
    }

    /// Between two changes the clock runs evenly, so each such stretch is walked on its own.
    fn next_beat(&self, zone: &TimeZone, after: Moment) -> Option<Moment> {
        let (mut from, mut inclusive) = (after, false);
        for _ in 0..MAX_CHANGES {
            let offset = zone.to_offset(from);
            let clock = self.clock_time(offset.to_datetime(from), inclusive)?;
            let moment = offset.to_timestamp(clock).ok()?;
            match zone.following(from).next() {
                Some(change) if moment >= change.timestamp() => {
                    (from, inclusive) = (change.timestamp(), true);
                }
                _ => return Some(moment),
            }
        }
        None
    }

    fn next_clock_time(&self, zone: &TimeZone, after: Moment) -> Option<Moment> {
        let mut clock = zone.to_datetime(after);
        for _ in 0..MAX_REPEATED {
            clock = self.clock_time(clock, false)?;
            let moment = first_moment(zone, clock)?;
            if moment > after {
                return Some(moment);
            }
        }
        None
    }

    fn clock_time(&self, from: DateTime, inclusive: bool) -> Option<DateTime> {
        let from = from.to_zoned(TimeZone::UTC).ok()?;
        self.cron.find_next_occurrence(&from, inclusive).ok().map(|found| found.datetime())
    }
}

/// When a clock shows this time first; the end of the gap when it never does.
fn first_moment(zone: &TimeZone, clock: DateTime) -> Option<Moment> {
    match zone.to_ambiguous_timestamp(clock).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(clock).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(clock).ok(),
        AmbiguousOffset::Gap { after, .. } => {
            // Read with the offset after the gap it lies before the change, so the change is the next one.
            let earlier = after.to_timestamp(clock).ok()?;
            zone.following(earlier).next().map(|change| change.timestamp())
        }
    }
}

fn is_beat(text: &str) -> bool {
    if text.trim().eq_ignore_ascii_case("@hourly") {
        return true;
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    let (finer, hours) = match fields.as_slice() {
        [minutes, hours, _, _, _] => (vec![*minutes], *hours),
        [seconds, minutes, hours, ..] => (vec![*seconds, *minutes], *hours),
        _ => return false,
    };
    let steps = |field: &&str| field.contains(['*', '/', '-']);
    finer.iter().any(steps) || ["*", "*/1", "0-23"].contains(&hours)
}

fn in_words(error: &CronError) -> String {
    let said = match error {
        CronError::InvalidPattern(said)
        | CronError::IllegalCharacters(said)
        | CronError::ComponentError(said) => said.clone(),
        other => other.to_string(),
    };
    format!("is no cron expression: {}", said.trim_end_matches('.'))
}

/// The zone of that name.
///
/// # Errors
/// When there is none.
pub fn zone(name: &str) -> Result<TimeZone, String> {
    let known = TimeZone::get(name).ok();
    known.ok_or_else(|| format!("must be an IANA time zone such as Europe/Stockholm; {name:?} is none"))
}

/// An interval such as `15m` or `1day 6h`.
///
/// # Errors
/// When it is none, or is shorter than a second or longer than ten years.
pub fn interval(text: &str) -> Result<Duration, String> {
    let interval = humantime::parse_duration(text)
        .map_err(|error| format!("must be a duration such as 15m or 6h: {error}"))?;
    let is_allowed = (SHORTEST..=LONGEST).contains(&interval);
    is_allowed.then_some(interval).ok_or_else(|| "must be 1s to 10 years".to_owned())
}

#[cfg(test)]
mod tests;

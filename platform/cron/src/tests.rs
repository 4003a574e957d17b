//! Every clock change of five zones over ten years, and properties of any expression.

use std::collections::BTreeSet;

use jiff::{SignedDuration, ToSpan};
use proptest::prelude::*;

use super::*;

/// North and south, half an hour only (Lord Howe), and a change at midnight (Santiago).
const ZONES: [&str; 5] =
    ["Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca"];

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

/// The moments of an expression within a stretch of time.
fn between(expression: &str, zone: &TimeZone, (from, until): (Moment, Moment)) -> Vec<Moment> {
    let expression = Expression::parse(expression).unwrap();
    let next = |after: &Moment| expression.next(zone, *after).filter(|next| *next < until);
    std::iter::successors(next(&from), next).collect()
}

/// The clock changes of a zone within ten years: before and after, in seconds.
fn changes(zone: &TimeZone) -> Vec<(Moment, i32, i32)> {
    let (from, until) = (moment("2020-01-01T00:00:00Z"), moment("2030-01-01T00:00:00Z"));
    let within = zone.following(from).take_while(|change| change.timestamp() < until);
    let offsets = |at: Moment| {
        let before = zone.to_offset(at - 1.second());
        (at, before.seconds(), zone.to_offset(at).seconds())
    };
    within.map(|change| offsets(change.timestamp())).filter(|(_, before, after)| before != after).collect()
}

fn every_change(mut check: impl FnMut(&TimeZone, Moment, i32, i32)) {
    let mut seen = 0;
    for name in ZONES {
        let zone = zone(name).unwrap();
        for (at, before, after) in changes(&zone) {
            check(&zone, at, before, after);
            seen += 1;
        }
    }
    assert!(seen >= 90, "ten years have {seen} changes");
}

#[test]
fn a_clock_time_in_a_gap_fires_once_at_the_end_of_the_gap() {
    let mut gaps = 0;
    every_change(|zone, at, before, after| {
        if after < before {
            return;
        }
        gaps += 1;
        // What the clock would show a minute after the change, had it not been changed.
        let left_out = jiff::tz::Offset::from_seconds(before).unwrap().to_datetime(at + 1.minute());
        let daily = format!("{} {} * * *", left_out.minute(), left_out.hour());
        let around = (at - 12.hours(), at + 12.hours());
        assert_eq!(between(&daily, zone, around), [at], "{daily} around {at}");
    });
    assert!(gaps >= 45);
}

#[test]
fn a_clock_time_that_comes_twice_fires_once_the_first_time() {
    let mut folds = 0;
    every_change(|zone, at, before, after| {
        if after > before {
            return;
        }
        folds += 1;
        let twice = at - 1.minute();
        let clock = zone.to_datetime(twice);
        let daily = format!("{} {} * * *", clock.minute(), clock.hour());
        let around = (at - 12.hours(), at + 12.hours());
        assert_eq!(between(&daily, zone, around), [twice], "{daily} around {at}");
    });
    assert!(folds >= 45);
}

#[test]
fn a_beat_goes_on_by_real_time_through_every_change() {
    every_change(|zone, at, before, after| {
        let around = (at - 3.hours(), at + 3.hours());
        let beats = between("*/10 * * * *", zone, around);
        let gaps: BTreeSet<i64> =
            beats.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_secs()).collect();
        assert_eq!(gaps, BTreeSet::from([600]), "around {at}");
        if (after - before) % 3_600 == 0 {
            let hours = between("0 * * * *", zone, around);
            let even =
                hours.windows(2).all(|pair| pair[1].duration_since(pair[0]) == SignedDuration::from_hours(1));
            assert!(even && hours.contains(&at), "around {at}: {hours:?}");
        }
    });
}

#[test]
fn every_day_has_each_clock_time_exactly_once() {
    for name in ZONES {
        let zone = zone(name).unwrap();
        let decade = (moment("2020-01-01T12:00:00Z"), moment("2030-01-01T12:00:00Z"));
        for daily in ["30 2 * * *", "0 0 * * *", "45 23 * * *", "30 1 * * *"] {
            let days: Vec<_> =
                between(daily, &zone, decade).iter().map(|at| zone.to_datetime(*at).date()).collect();
            let unique: BTreeSet<_> = days.iter().collect();
            assert_eq!(unique.len(), days.len(), "{daily} in {name} fired twice on a day");
            let missing = days.windows(2).find(|pair| pair[0].tomorrow().unwrap() != pair[1]);
            assert_eq!(missing, None, "{daily} in {name} left out a day");
        }
    }
}

#[test]
fn what_was_left_out_of_one_hour_is_one_fire() {
    let stockholm = zone("Europe/Stockholm").unwrap();
    let night = (moment("2026-03-28T22:00:00Z"), moment("2026-03-29T06:00:00Z"));
    let fires = between("15,45 2,4 * * *", &stockholm, night);
    let expected =
        ["2026-03-29T01:00:00Z", "2026-03-29T02:15:00Z", "2026-03-29T02:45:00Z"].map(moment).to_vec();
    assert_eq!(fires, expected);
}

#[test]
fn seconds_years_nicknames_and_special_days_are_understood() {
    let utc = TimeZone::UTC;
    let after = moment("2026-01-01T00:00:00Z");
    let cases = [
        ("*/20 * * * * *", "2026-01-01T00:00:20Z"),
        ("@daily", "2026-01-02T00:00:00Z"),
        ("@hourly", "2026-01-01T01:00:00Z"),
        ("0 9 L * *", "2026-01-31T09:00:00Z"),
        ("0 9 * * MON#2", "2026-01-12T09:00:00Z"),
        ("0 0 29 2 *", "2028-02-29T00:00:00Z"),
        ("0 0 12 1 1 * 2031", "2031-01-01T12:00:00Z"),
    ];
    for (text, expected) in cases {
        assert_eq!(Expression::parse(text).unwrap().next(&utc, after), Some(moment(expected)), "{text}");
    }
}

#[test]
fn a_time_that_never_comes_has_no_next() {
    let after = moment("2026-01-01T00:00:00Z");
    for text in ["0 0 31 2 *", "0 0 0 1 1 * 2020"] {
        let next = Expression::parse(text).ok().and_then(|never| never.next(&TimeZone::UTC, after));
        assert_eq!(next, None, "{text}");
    }
    assert!(!Expression::parse("0 0 31 2 *").unwrap().ever_comes());
    assert!(Expression::parse("0 0 0 1 1 * 2020").unwrap().ever_comes());
    assert!(Expression::parse("0 0 29 2 *").unwrap().ever_comes());
}

#[test]
fn an_interval_is_a_second_to_ten_years() {
    assert_eq!(interval("1day 6h"), Ok(Duration::from_secs(30 * 60 * 60)));
    for wrong in ["", "soon", "6", "0s", "999ms", "11years"] {
        assert!(interval(wrong).unwrap_err().starts_with("must be "), "{wrong}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_next_time_is_strictly_later_and_shows_on_the_clock(
        expression in "(\\*|[0-5]?[0-9]|\\*/[1-9]|[0-9],[3-5][0-9]) (\\*|1?[0-9]|2[0-3]|\\*/[2-6]|1,2) \\* \\* (\\*|[0-6])",
        zone_index in 0_usize..5,
        start in 1_577_836_800_i64..1_893_456_000,
    ) {
        let zone = zone(ZONES[zone_index]).unwrap();
        let parsed = Expression::parse(&expression).unwrap();
        let mut at = Moment::from_second(start).unwrap();
        for _ in 0..20 {
            let next = parsed.next(&zone, at).unwrap();
            prop_assert!(next > at, "{} after {} gave {}", expression, at, next);
            let clock = zone.to_datetime(next).to_zoned(TimeZone::UTC).unwrap();
            let ends_a_gap = zone.to_offset(next).seconds() > zone.to_offset(next - 1.second()).seconds();
            prop_assert!(ends_a_gap || parsed.cron.is_time_matching(&clock).unwrap(), "{} at {}", expression, clock);
            at = next;
        }
    }

    #[test]
    fn whatever_is_typed_is_understood_or_refused(text in "\\PC{0,60}") {
        if let Ok(expression) = Expression::parse(&text) {
            let _may_never_come = expression.next(&TimeZone::UTC, Moment::from_second(1_700_000_000).unwrap());
        }
    }
}

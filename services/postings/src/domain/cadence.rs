//! When sources are synced, as settings say it: each source its own, or one for all as OpenJobs had it.

use std::collections::BTreeMap;

use metier_cron::Expression;

/// When a source is synced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cadence {
    /// Only when somebody asks for it.
    Off,
    /// At clock times.
    Cron(String),
    /// Again and again, such as `6h`.
    Every(String),
}

/// The longest interval that OpenJobs' variable may name, in hours: a year.
const LONGEST_HOURS: u32 = 366 * 24;

/// Why a setting cannot be followed: its name, and what is wrong.
type Wrong = (String, String);

impl Cadence {
    /// What a setting says: `off`, `every` and an interval, or a cron expression.
    ///
    /// # Errors
    /// What is wrong with it, in words that go on from its name.
    pub fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        match text.strip_prefix("every ") {
            _ if text.is_empty() || text == "off" => Ok(Self::Off),
            Some(interval) => Self::every(interval.trim()),
            None => Self::cron(text),
        }
    }

    fn every(interval: &str) -> Result<Self, String> {
        metier_cron::interval(interval)?;
        Ok(Self::Every(interval.to_owned()))
    }

    fn cron(text: &str) -> Result<Self, String> {
        let expression = Expression::parse(text)?;
        let cadence = expression.ever_comes().then(|| Self::Cron(text.to_owned()));
        cadence.ok_or_else(|| "names a time that never comes".to_owned())
    }

    fn of_hours(text: &str) -> Result<Self, String> {
        let hours = text.parse().ok().filter(|hours: &u32| (1..=LONGEST_HOURS).contains(hours));
        let hours = hours.ok_or_else(|| format!("must be whole hours, 1 to {LONGEST_HOURS}"))?;
        Ok(Self::Every(format!("{hours}h")))
    }
}

/// When every source is synced that has no cadence of its own, and on which clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cadences {
    /// Of sources that say nothing themselves.
    pub of_others: Cadence,
    /// Of those that do.
    pub of: BTreeMap<String, Cadence>,
    /// The zone whose clock cron expressions mean.
    pub zone: String,
}

impl Cadences {
    /// What sources say themselves and, for all others, OpenJobs' variables: `CRON_SCHEDULE` goes before
    /// `SYNC_INTERVAL_HOURS`. Expressions mean the clock of `TZ`.
    ///
    /// # Errors
    /// The first setting that cannot be followed, by name, and what is wrong with it.
    pub fn read(
        variable: impl Fn(&str) -> Option<String>,
        own: &BTreeMap<String, String>,
    ) -> Result<Self, Wrong> {
        let variable =
            |name: &str| variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let named = |name: &str, read: fn(&str) -> Result<Cadence, String>| {
            let cadence = variable(name).map(|text| read(&text)).transpose();
            cadence.map_err(|wrong| (name.to_owned(), wrong))
        };
        let (cron, hours) =
            (named("CRON_SCHEDULE", Cadence::cron)?, named("SYNC_INTERVAL_HOURS", Cadence::of_hours)?);
        let of = own.iter().map(|(source, text)| {
            let wrong = |wrong| (format!("postings.sources.{source}.schedule"), wrong);
            Ok((source.clone(), Cadence::read(text).map_err(wrong)?))
        });
        // POSIX allows a colon before the name of a zone.
        let zone = variable("TZ").map(|zone| zone.trim_start_matches(':').to_owned());
        let zone = zone.filter(|zone| !zone.starts_with('/')).unwrap_or_else(|| "UTC".to_owned());
        let of_others = cron.or(hours).unwrap_or(Cadence::Off);
        Self { of_others, of: of.collect::<Result<_, Wrong>>()?, zone }.on_a_known_clock()
    }

    /// When this source is synced.
    pub fn of(&self, source: &str) -> &Cadence {
        self.of.get(source).unwrap_or(&self.of_others)
    }

    /// A zone that nobody asks about may be anything.
    fn on_a_known_clock(self) -> Result<Self, Wrong> {
        let is_clock_time = |cadence: &Cadence| matches!(cadence, Cadence::Cron(_));
        if is_clock_time(&self.of_others) || self.of.values().any(is_clock_time) {
            metier_cron::zone(&self.zone).map_err(|wrong| ("TZ".to_owned(), wrong))?;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)], own: &[(&str, &str)]) -> Result<Cadences, Wrong> {
        let find =
            |name: &str| variables.iter().find(|(one, _)| *one == name).map(|(_, text)| (*text).into());
        let own = own.iter().map(|(source, text)| ((*source).to_owned(), (*text).to_owned()));
        Cadences::read(find, &own.collect())
    }

    #[test]
    fn a_setting_is_off_an_interval_or_an_expression() {
        assert_eq!(Cadence::read("off"), Ok(Cadence::Off));
        assert_eq!(Cadence::read(" "), Ok(Cadence::Off));
        assert_eq!(Cadence::read("every 6h"), Ok(Cadence::Every("6h".into())));
        assert_eq!(Cadence::read(" 0 6 * * * "), Ok(Cadence::Cron("0 6 * * *".into())));
        assert_eq!(Cadence::read("@daily"), Ok(Cadence::Cron("@daily".into())));
    }

    #[test]
    fn openjobs_expression_goes_before_its_interval() {
        let both = read(&[("CRON_SCHEDULE", "0 6 * * *"), ("SYNC_INTERVAL_HOURS", "6")], &[]).unwrap();
        assert_eq!(both.of("eures"), &Cadence::Cron("0 6 * * *".into()));
        let hours = read(&[("CRON_SCHEDULE", ""), ("SYNC_INTERVAL_HOURS", "6")], &[]).unwrap();
        assert_eq!(hours.of("eures"), &Cadence::Every("6h".into()));
        assert_eq!(read(&[], &[]).unwrap().of("eures"), &Cadence::Off);
    }

    #[test]
    fn what_cannot_be_followed_is_named() {
        let cases = [
            ("SYNC_INTERVAL_HOURS", "0", "whole hours"),
            ("SYNC_INTERVAL_HOURS", "-1", "whole hours"),
            ("SYNC_INTERVAL_HOURS", "1.5", "whole hours"),
            ("SYNC_INTERVAL_HOURS", "six", "whole hours"),
            ("SYNC_INTERVAL_HOURS", "9999999", "whole hours"),
            ("CRON_SCHEDULE", "61 * * * *", "is no cron expression"),
            ("CRON_SCHEDULE", "every day", "is no cron expression"),
            ("CRON_SCHEDULE", "0 0 31 2 *", "never comes"),
        ];
        for (name, text, expected) in cases {
            let (at, wrong) = read(&[(name, text)], &[]).unwrap_err();
            assert!(at == name && wrong.contains(expected), "{name}={text}: {at} {wrong}");
        }
        for (text, expected) in [("every now", "duration"), ("often", "cron"), ("every 0s", "1s to")] {
            let (at, wrong) = read(&[], &[("eures", text)]).unwrap_err();
            assert!(
                at == "postings.sources.eures.schedule" && wrong.contains(expected),
                "{text}: {at} {wrong}"
            );
        }
    }

    #[test]
    fn a_source_of_its_own_mind_goes_first() {
        let cadences = read(&[("CRON_SCHEDULE", "@daily")], &[("eures", "off")]).unwrap();
        assert_eq!(cadences.of("eures"), &Cadence::Off);
        assert_eq!(cadences.of("demo"), &Cadence::Cron("@daily".into()));
    }

    #[test]
    fn the_clock_is_that_of_the_zone_that_the_environment_names() {
        assert_eq!(read(&[], &[]).unwrap().zone, "UTC");
        assert_eq!(read(&[("TZ", ":Europe/Stockholm")], &[]).unwrap().zone, "Europe/Stockholm");
        assert_eq!(read(&[("TZ", ":/etc/localtime")], &[]).unwrap().zone, "UTC");
        let (at, _) = read(&[("TZ", "Mars/Phobos"), ("CRON_SCHEDULE", "@daily")], &[]).unwrap_err();
        assert_eq!(at, "TZ");
        assert!(read(&[("TZ", "Mars/Phobos"), ("SYNC_INTERVAL_HOURS", "6")], &[]).is_ok());
    }
}

//! Calendars: named times at which nothing is to start.

use jiff::{
    Timestamp as Moment,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use metier_contract_scheduler::CalendarId;
use metier_core::{Fault, Timestamp, Violation, WorkspaceId};
use serde::{Deserialize, Serialize};

use super::schedule::is_name;

/// Most windows of a calendar.
const MAX_WINDOWS: usize = 500;
/// Longest reason.
const MAX_REASON: usize = 200;

/// A stretch of clock time at which nothing starts. What is left out does not matter; all that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// From this day on, `2026-12-24`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Up to and including this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// On these days of the week: `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weekdays: Vec<String>,
    /// From this time of the day on, `22:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<String>,
    /// Before this time of the day; one before `starts` is on the next morning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<String>,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// A calendar as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Which.
    pub id: CalendarId,
    /// Where.
    pub workspace: WorkspaceId,
    /// Unique in its workspace.
    pub name: String,
    /// The IANA zone whose clock is meant.
    pub zone: String,
    /// When nothing starts.
    pub windows: Vec<Window>,
    /// Counts changes, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// Checks what somebody says of a calendar.
///
/// # Errors
/// `invalid_parameters` naming every field at fault.
pub fn check(name: &str, zone: &str, windows: &[Window]) -> Result<(), Fault> {
    let mut wrong = Vec::new();
    let mut add = |field: String, message: String| wrong.push(Violation { field, message });
    if !is_name(name) {
        add("/name".into(), "must be 1 to 100 of A-Z a-z 0-9 - _ .".into());
    }
    if let Err(message) = metier_cron::zone(zone) {
        add("/zone".into(), message);
    }
    if windows.len() > MAX_WINDOWS {
        add("/windows".into(), format!("must have at most {MAX_WINDOWS} entries"));
    }
    for (place, window) in windows.iter().enumerate().take(MAX_WINDOWS) {
        if let Err((field, message)) = Days::read(window) {
            add(format!("/windows/{place}/{field}"), message.to_owned());
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Fault::violations(wrong)) }
}

/// A window, understood.
#[derive(Clone, Debug)]
struct Days {
    from: Option<Date>,
    to: Option<Date>,
    weekdays: Vec<Weekday>,
    starts: Option<Time>,
    ends: Option<Time>,
}

type Wrong = (&'static str, &'static str);

impl Days {
    fn read(window: &Window) -> Result<Self, Wrong> {
        let day = |field, text: &Option<String>| {
            let parse =
                |text: &String| text.parse::<Date>().map_err(|_| (field, "must be a day such as 2026-12-24"));
            text.as_ref().map(parse).transpose()
        };
        let time = |field, text: &Option<String>| {
            let parse =
                |text: &String| text.parse::<Time>().map_err(|_| (field, "must be a time such as 22:00"));
            text.as_ref().map(parse).transpose()
        };
        let read = Self {
            from: day("from", &window.from)?,
            to: day("to", &window.to)?,
            weekdays: window.weekdays.iter().map(|text| weekday(text)).collect::<Result<_, _>>()?,
            starts: time("starts", &window.starts)?,
            ends: time("ends", &window.ends)?,
        };
        if read.from.zip(read.to).is_some_and(|(from, to)| from > to) {
            return Err(("to", "must not be before from"));
        }
        if read.starts.is_some() && read.starts == read.ends {
            return Err(("ends", "must differ from starts; leave both out for whole days"));
        }
        if window == &(Window { reason: window.reason.clone(), ..Window::default() }) {
            return Err((
                "from",
                "is required, or to, weekdays, starts or ends: a window of all times stops everything",
            ));
        }
        if window.reason.len() > MAX_REASON {
            return Err(("reason", "must have at most 200 bytes"));
        }
        Ok(read)
    }

    /// A window over midnight belongs to the day on which it starts.
    fn covers(&self, zone: &TimeZone, at: Moment) -> bool {
        let clock = zone.to_datetime(at);
        let (mut date, time) = (clock.date(), clock.time());
        let in_time = match (self.starts, self.ends) {
            (Some(starts), Some(ends)) if starts > ends => {
                if time < ends {
                    date = date.yesterday().unwrap_or(date);
                }
                time >= starts || time < ends
            }
            (starts, ends) => {
                starts.is_none_or(|starts| time >= starts) && ends.is_none_or(|ends| time < ends)
            }
        };
        in_time
            && self.from.is_none_or(|from| date >= from)
            && self.to.is_none_or(|to| date <= to)
            && (self.weekdays.is_empty() || self.weekdays.contains(&date.weekday()))
    }
}

fn weekday(text: &str) -> Result<Weekday, Wrong> {
    let days = [
        ("mon", Weekday::Monday),
        ("tue", Weekday::Tuesday),
        ("wed", Weekday::Wednesday),
        ("thu", Weekday::Thursday),
        ("fri", Weekday::Friday),
        ("sat", Weekday::Saturday),
        ("sun", Weekday::Sunday),
    ];
    let found = days.iter().find(|(name, _)| *name == text).map(|(_, day)| *day);
    found.ok_or(("weekdays", "must be of mon, tue, wed, thu, fri, sat, sun"))
}

/// Calendars, understood, asked whether a moment is held back.
#[derive(Clone, Debug, Default)]
pub struct Blackouts(Vec<Blackout>);

/// One calendar of them.
#[derive(Clone, Debug)]
struct Blackout {
    name: String,
    zone: TimeZone,
    /// Each with its reason.
    windows: Vec<(Days, String)>,
}

impl Blackouts {
    /// Understands calendars that were checked when they were saved.
    pub fn of(calendars: &[Calendar]) -> Self {
        let read = |calendar: &Calendar| {
            let windows = calendar.windows.iter();
            let days = windows.filter_map(|window| Some((Days::read(window).ok()?, window.reason.clone())));
            let zone = metier_cron::zone(&calendar.zone).ok()?;
            Some(Blackout { name: calendar.name.clone(), zone, windows: days.collect() })
        };
        Self(calendars.iter().filter_map(read).collect())
    }

    /// Why nothing starts at this moment.
    pub fn reason(&self, at: Timestamp) -> Option<String> {
        let at = Moment::from_microsecond(at.micros()).ok()?;
        self.0.iter().find_map(|Blackout { name, zone, windows }| {
            let (_, reason) = windows.iter().find(|(days, _)| days.covers(zone, at))?;
            let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            Some(format!("calendar {name} holds it back{why}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use metier_core::Id;

    use super::*;

    fn calendar(windows: Vec<Window>) -> Blackouts {
        Blackouts::of(&[Calendar {
            id: Id::from_uuid(uuid::Uuid::nil()),
            workspace: WorkspaceId::DEFAULT,
            name: "quiet".into(),
            zone: "Europe/Stockholm".into(),
            windows,
            version: 1,
            created_at: Timestamp::EPOCH,
            updated_at: Timestamp::EPOCH,
        }])
    }

    fn held(blackouts: &Blackouts, at: &str) -> bool {
        blackouts.reason(Timestamp::parse(at).unwrap()).is_some()
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_on_which_it_starts() {
        let (starts, ends) = (Some("22:00".into()), Some("06:00".into()));
        let friday =
            calendar(vec![Window { weekdays: vec!["fri".into()], starts, ends, ..Window::default() }]);
        assert!(held(&friday, "2026-11-20T21:00:00Z") && held(&friday, "2026-11-21T04:59:00Z"));
        assert!(!held(&friday, "2026-11-21T05:00:00Z") && !held(&friday, "2026-11-20T04:00:00Z"));
    }

    #[test]
    fn days_are_those_of_the_calendars_zone_and_the_last_one_counts() {
        let (from, to) = (Some("2026-12-24".into()), Some("2026-12-26".into()));
        let holidays = calendar(vec![Window { from, to, reason: "holidays".into(), ..Window::default() }]);
        assert!(held(&holidays, "2026-12-23T23:00:00Z") && held(&holidays, "2026-12-26T22:59:00Z"));
        assert!(!held(&holidays, "2026-12-23T22:59:00Z") && !held(&holidays, "2026-12-26T23:00:00Z"));
        let why = holidays.reason(Timestamp::parse("2026-12-25T12:00:00Z").unwrap());
        assert_eq!(why.as_deref(), Some("calendar quiet holds it back: holidays"));
    }

    #[test]
    fn what_is_wrong_is_named_by_window_and_field() {
        let windows = [
            Window { from: Some("tomorrow".into()), ..Window::default() },
            Window { weekdays: vec!["friday".into()], ..Window::default() },
            Window { starts: Some("25:00".into()), ..Window::default() },
            Window { reason: "always".into(), ..Window::default() },
        ];
        let fault = check("quiet", "Europe/Atlantis", &windows).unwrap_err();
        let fields: Vec<_> = fault.violations.iter().map(|one| one.field.as_str()).collect();
        let expected =
            ["/zone", "/windows/0/from", "/windows/1/weekdays", "/windows/2/starts", "/windows/3/from"];
        assert_eq!(fields, expected);
    }
}

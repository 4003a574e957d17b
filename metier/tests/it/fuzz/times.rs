//! Times and zones: cron expressions out of their own pieces, intervals, moments and calendars at every edge.

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};

use super::{
    requests::{Body, Request},
    values::text,
};

/// What a field of an expression is made of.
const PIECES: &[&str] = &[
    "*",
    "?",
    "L",
    "W",
    "LW",
    "#",
    "/",
    "-",
    ",",
    "0",
    "1",
    "5",
    "7",
    "12",
    "23",
    "24",
    "29",
    "30",
    "31",
    "59",
    "60",
    "99999999999",
    "MON",
    "mon",
    "SUN-SAT",
    "JAN",
    "FEB",
    "DEC-JAN",
    "MON#5",
    "5L",
    "15W",
    "*/0",
    "*/1",
    "*/59",
    "0-59/7",
    "1-1",
    "5-1",
    "H",
    "\u{661}",
    "-0",
    "+1",
    "",
];
const ZONES: &[&str] = &[
    "UTC",
    "Europe/Stockholm",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Etc/GMT+12",
    "GMT0",
    "EST5EDT",
    "europe/stockholm",
    "Mars/Olympus",
    "..",
    "../../etc/passwd",
    "/etc/localtime",
    "posixrules",
    "tzdata.zi",
    "UTC\u{0}",
    "+02:00",
    "Local",
    "",
];
const INTERVALS: &[&str] = &[
    "1s",
    "0s",
    "1ms",
    "10years",
    "11years",
    "1day 6h",
    "1h1h1h",
    "99999999999999999999s",
    "-1s",
    "1e9s",
    "1.5h",
    "1M",
    "s",
    "1",
];
const MOMENTS: &[&str] = &[
    "1970-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "+10000-01-01T00:00:00Z",
    "-0001-01-01T00:00:00Z",
    "2026-03-29T02:30:00+01:00",
    "2026-02-29T00:00:00Z",
    "2026-06-30T23:59:60Z",
    "2026-01-01",
    "2038-01-19T03:14:08Z",
    "2030-01-01T00:00:00.999999999Z",
    "2030-01-01T00:00:00+99:99",
    "now",
];
const DAYS: &[&str] = &[
    "2026-12-24",
    "2026-02-30",
    "0000-00-00",
    "9999-12-31",
    "-9999-01-01",
    "24.12.2026",
    "2026-12-24T00:00:00Z",
    "",
];
const HOURS: &[&str] = &["00:00", "24:00", "23:59", "25:00", "7:5", "08:00:00", "-1:00", "noon"];

pub fn request() -> BoxedStrategy<Request> {
    prop_oneof![4 => schedule(), 1 => calendar()].boxed()
}

fn expression() -> BoxedStrategy<String> {
    let field = vec(select(PIECES), 1..4).prop_map(|pieces| pieces.concat());
    prop_oneof![
        6 => vec(field, 0..8).prop_map(|fields| fields.join(" ")),
        1 => (1_usize..3_000).prop_map(|count| format!("{}1 * * * *", "1,".repeat(count))),
        1 => text(),
    ]
    .boxed()
}

fn trigger() -> BoxedStrategy<Value> {
    let zone = prop_oneof![5 => select(ZONES).prop_map(str::to_owned), 1 => text()];
    let cron = (expression(), zone)
        .prop_map(|(expression, zone)| json!({ "type": "cron", "expression": expression, "zone": zone }));
    let every = (select(INTERVALS), select(MOMENTS))
        .prop_map(|(interval, anchor)| json!({ "type": "every", "interval": interval, "anchor": anchor }));
    let once = select(MOMENTS).prop_map(|at| json!({ "type": "once", "at": at }));
    prop_oneof![5 => cron, 2 => every, 1 => once].boxed()
}

fn schedule() -> BoxedStrategy<Request> {
    let bound = || prop_oneof![3 => Just(None), 1 => select(MOMENTS).prop_map(Some)];
    let count = select(&["", "?count=500", "?count=501", "?count=0", "?count=-1"][..]);
    let doors = select(&["schedules/preview", "schedules/preview", "schedules/preview", "schedules"][..]);
    (doors, trigger(), bound(), bound(), count, any::<u32>())
        .prop_map(|(door, trigger, start_at, end_at, count, number)| {
            let name = if door == "schedules" { format!("fuzz-{number}") } else { "fuzz".into() };
            let body = json!({ "name": name, "trigger": trigger, "start_at": start_at, "end_at": end_at,
                "start": { "kind": "fibonacci", "queue": "fuzz-times" }, "jitter_seconds": 60 });
            Request::post(format!("/api/v1/{door}{count}"), Body::json(body.to_string()))
        })
        .boxed()
}

fn calendar() -> BoxedStrategy<Request> {
    let window = (select(DAYS), select(DAYS), select(HOURS), select(HOURS)).prop_map(|(from, to, starts, ends)| {
        json!({ "from": from, "to": to, "starts": starts, "ends": ends, "weekdays": ["monday"], "reason": "r" })
    });
    (select(ZONES), vec(window, 0..40), any::<u32>())
        .prop_map(|(zone, windows, number)| {
            let body = json!({ "name": format!("fuzz-{number}"), "zone": zone, "windows": windows });
            Request::post("/api/v1/calendars", Body::json(body.to_string()))
        })
        .boxed()
}

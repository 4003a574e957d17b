//! Values that are nearly right: JSON of every shape, and texts that parsers trip over.

use proptest::{collection::vec, prelude::*, sample::select, strategy::Union};
use serde_json::{Map, Number, Value};

/// Words that mean something somewhere.
const WORDS: &[&str] = &[
    "",
    " ",
    "fuzz",
    "default",
    "succeeded",
    "failed",
    "queued,running",
    "*",
    "*:*",
    "null",
    "0",
    "-1",
    "true",
    "2026-02-30T25:61:00Z",
    "9999999999999999999",
    "1e400",
    "../../etc/passwd",
    "%00",
    "%",
    "a%2Fb",
    "'; DROP TABLE runs;--",
    "00000000-0000-0000-0000-000000000000",
    "0198c0de-0000-7000-8000-000000000000",
    "Europe/Stockholm",
    "Mars/Olympus",
    "\u{0}",
    "\u{202e}",
    "ß\u{301}",
    "👩‍🚀",
    "\r\n\r\nGET / HTTP/1.1",
];
/// Schedules that are nearly right, too.
const CRONS: &[&str] = &[
    "* * * * *",
    "0 0 31 2 *",
    "*/0 * * * *",
    "60 * * * *",
    "0 0 * * 7#6",
    "0 0 L * *",
    "@daily",
    "@reboot",
    "* * * * * *",
    "0-59/1 0-23/1 1-31/1 1-12/1 0-7/1",
    "1,2,3,,4 * * * *",
    "-1 * * * *",
    "5-1 * * * *",
    "* * * *",
    "0 0 29 2 MON#5",
    "99999999999999999999 * * * *",
    "R/PT0S",
    "PT1S",
    "0s",
    "1ns",
    "100y",
];

/// A text that means something, or anything at all.
pub fn text() -> BoxedStrategy<String> {
    prop_oneof![
        4 => select(WORDS).prop_map(str::to_owned),
        2 => select(CRONS).prop_map(str::to_owned),
        2 => "[0-9*/,LW# -]{0,24}",
        3 => any::<String>(),
        1 => (1_usize..20_000).prop_map(|length| "x".repeat(length)),
    ]
    .boxed()
}

fn number() -> BoxedStrategy<Value> {
    let edges: &[i64] =
        &[0, 1, -1, 2, 100, 1_000, 1_001, 100_000, 100_001, i64::MAX, i64::MIN, 1 << 53, 4_102_444_800];
    prop_oneof![
        4 => select(edges).prop_map(Value::from),
        2 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(|number| Number::from_f64(number).map_or(Value::Null, Value::Number)),
    ]
    .boxed()
}

/// Any JSON.
pub fn json() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        4 => number(),
        4 => text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec((text(), inner), 0..4).prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
    .boxed()
}

/// How a right value is made wrong.
#[derive(Clone, Debug)]
enum Change {
    Replace(Value),
    Remove,
    Wrap,
    Add(String, Value),
}

/// A right value with some things changed, wherever they are; sometimes none.
pub fn changed(right: Value) -> BoxedStrategy<Value> {
    let change = Union::new_weighted(vec![
        (6, json().prop_map(Change::Replace).boxed()),
        (2, Just(Change::Remove).boxed()),
        (1, Just(Change::Wrap).boxed()),
        (1, (text(), json()).prop_map(|(name, value)| Change::Add(name, value)).boxed()),
    ]);
    vec((any::<prop::sample::Index>(), change), 0..3)
        .prop_map(move |changes| {
            let mut value = right.clone();
            for (place, change) in changes {
                let places = places(&value);
                let place: &String = place.get(&places);
                apply(&mut value, place, change);
            }
            value
        })
        .boxed()
}

/// Every place in a value, as JSON pointers.
fn places(value: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let escape = |key: &str| key.replace('~', "~0").replace('/', "~1");
    let below: Vec<(String, &Value)> = match value {
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        }
        Value::Object(fields) => fields.iter().map(|(key, item)| (escape(key), item)).collect(),
        _ => Vec::new(),
    };
    for (name, item) in below {
        found.extend(places(item).into_iter().map(|place| format!("/{name}{place}")));
    }
    found
}

fn apply(value: &mut Value, place: &str, change: Change) {
    if let (Change::Remove, Some((parent, key))) = (&change, place.rsplit_once('/')) {
        let key = key.replace("~1", "/").replace("~0", "~");
        match value.pointer_mut(parent) {
            Some(Value::Object(fields)) => drop(fields.remove(&key)),
            Some(Value::Array(items)) => drop(items.pop()),
            _ => {}
        }
        return;
    }
    let Some(found) = value.pointer_mut(place) else { return };
    match change {
        Change::Replace(other) => *found = other,
        Change::Wrap => *found = Value::Array(vec![found.take()]),
        Change::Add(name, other) => {
            if let Value::Object(fields) = found {
                fields.insert(name, other);
            }
        }
        Change::Remove => {}
    }
}

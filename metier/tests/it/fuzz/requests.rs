//! Requests that begin as right ones: the worker protocol, submissions, definitions, schedules, and every list.

use std::fmt;

use proptest::{prelude::*, sample::select};
use reqwest::Method;
use serde_json::{Value, json};

use super::values::{changed, text};

/// A claim may wait; not here.
const LONGEST_WAIT: u64 = 50;
/// Characters of a body that are told.
const SHOWN: usize = 4_000;

#[derive(Clone, Debug)]
pub struct Request {
    pub method: Method,
    pub path: String,
    pub body: Option<Body>,
}

/// What is sent, as what.
#[derive(Clone)]
pub struct Body {
    pub kind: String,
    pub bytes: Vec<u8>,
}

impl Body {
    pub fn json(text: impl Into<Vec<u8>>) -> Self {
        Self { kind: "application/json".into(), bytes: text.into() }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start: String = String::from_utf8_lossy(&self.bytes).chars().take(SHOWN).collect();
        write!(formatter, "{} bytes of {}: {start:?}", self.bytes.len(), self.kind)
    }
}

impl Request {
    pub fn post(path: impl Into<String>, body: Body) -> Self {
        Self { method: Method::POST, path: path.into(), body: Some(body) }
    }

    /// Whether somebody may have only so many of what it makes.
    pub fn is_bounded(&self) -> bool {
        self.path.starts_with("/api/v1/uploads")
    }
}

const LISTS: &[&str] = &[
    "runs",
    "jobs",
    "kinds",
    "queues",
    "workers",
    "users",
    "api-keys",
    "roles",
    "schedules",
    "calendars",
    "products",
    "categories",
    "sources",
    "postings",
    "tasks",
    "runs/1/tasks",
    "runs/1/results",
    "runs/1/tasks/0/output",
];
const PARAMETERS: &[&str] = &[
    "limit",
    "after",
    "sort",
    "state",
    "kind",
    "queue",
    "created_after",
    "created_before",
    "owner",
    "q",
    "role",
    "attempt",
    "source",
    "category",
    "price_from",
    "unknown",
];
const THINGS: &[&str] = &[
    "runs",
    "jobs",
    "kinds",
    "queues",
    "users",
    "api-keys",
    "schedules",
    "calendars",
    "products",
    "categories",
    "sources",
    "postings",
];

/// Any of them.
pub fn request() -> BoxedStrategy<Request> {
    prop_oneof![5 => body(), 3 => list(), 2 => thing(), 1 => garbage()].boxed()
}

/// Where something can be sent, and something right to send there.
fn right() -> Vec<(&'static str, Value)> {
    let lease = "0198c0de-0000-7000-8000-000000000000";
    let outcome = json!({ "lease": lease, "task": 1, "outcome": "succeeded", "result": { "n": 1 }, "error_code": "x",
        "error_message": "y", "retry_after_ms": 5 });
    let kind = json!({ "name": "fuzz", "version": 1, "description": "d", "parameter_schema": { "type": "object",
        "properties": { "n": { "type": "integer", "minimum": 0 } } }, "permissions": ["products:read"], "timeout_ms": 1_000,
        "max_attempts": 2, "backoff_ms": 10, "max_backoff_ms": 20 });
    let claim = json!({ "worker": "w", "kinds": [{ "name": "fuzz", "version": 1 }], "queues": ["fuzz"], "max_tasks": 2,
        "wait_ms": 10, "completions": [outcome] });
    let run = json!({ "kind": "fuzz", "kind_version": 1, "items": [{ "n": 1 }, { "n": 2 }], "queue": "fuzz", "priority": 5,
        "max_attempts": 2, "timeout_ms": 1_000, "run_at": "2030-01-01T00:00:00Z" });
    let trigger = json!({ "type": "cron", "expression": "0 3 * * *", "zone": "Europe/Stockholm" });
    let schedule = json!({ "name": "fuzz", "description": "d", "trigger": trigger, "missed": "skip", "overlap": "allow",
        "start": { "kind": "fuzz", "items": [{ "n": 1 }], "queue": "fuzz", "priority": 1 }, "calendars": ["fuzz"],
        "jitter_seconds": 5, "start_at": "2030-01-01T00:00:00Z", "end_at": "2031-01-01T00:00:00Z", "max_runs": 3 });
    let every = json!({ "name": "often", "trigger": { "type": "every", "interval": "6h", "anchor": "2030-01-01T00:00:00Z" },
        "start": { "job": "fuzz" } });
    let window = json!({ "from": "2026-12-24", "to": "2026-12-26", "weekdays": ["monday"], "starts": "08:00", "ends": "09:00",
        "reason": "holidays" });
    vec![
        ("worker/register", json!({ "worker": "w", "kinds": [kind] })),
        ("worker/claim", claim),
        ("worker/complete", json!({ "completions": [outcome] })),
        (
            "worker/heartbeat",
            json!({ "lease": lease, "wait_ms": 0,
            "progress": [{ "task": 1, "thousandths": 500, "message": "half" }] }),
        ),
        (
            "worker/output",
            json!({ "lease": lease,
            "chunks": [{ "task": 1, "stream": "stdout", "text": "hello", "at": "2026-01-01T00:00:00Z" }] }),
        ),
        ("runs", run),
        (
            "jobs",
            json!({ "name": "fuzz", "description": "d", "kind": "fuzz", "parameters": { "n": 1 }, "queue": "fuzz",
            "priority": 1, "max_attempts": 2, "timeout_ms": 5_000 }),
        ),
        ("schedules", schedule.clone()),
        ("schedules/preview", schedule),
        ("schedules/preview", every),
        ("calendars", json!({ "name": "fuzz", "zone": "Europe/Stockholm", "windows": [window] })),
        ("categories", json!({ "name": "fuzz", "surcharge_percent": "12.5" })),
        (
            "products",
            json!({ "name": "fuzz", "category": "fuzz", "price": "9.99", "stock": 3, "rating": "4.5",
            "description": "d" }),
        ),
        (
            "api-keys",
            json!({ "name": "fuzz", "grants": ["runs:read"], "kinds": ["fuzz"], "queues": ["fuzz"],
            "expires_at": "2030-01-01T00:00:00Z" }),
        ),
        (
            "users",
            json!({ "email": "fuzz@example.org", "display_name": "Fuzz", "role": "viewer",
            "password": "correct horse battery", "extra_grants": ["products:create"] }),
        ),
        ("roles", json!({ "name": "fuzz", "description": "d", "grants": ["products:create"] })),
        ("sources", json!({ "name": "fuzz", "url": "http://127.0.0.1:9" })),
    ]
}

fn body() -> BoxedStrategy<Request> {
    select(right())
        .prop_flat_map(|(path, right)| changed(right).prop_map(move |body| (path, body)))
        .prop_map(|(path, mut body)| {
            if let Some(wait) = body.get_mut("wait_ms").filter(|wait| wait.as_u64() > Some(LONGEST_WAIT)) {
                *wait = LONGEST_WAIT.into();
            }
            Request::post(format!("/api/v1/{path}"), Body::json(body.to_string()))
        })
        .boxed()
}

fn list() -> BoxedStrategy<Request> {
    let parameter = (select(PARAMETERS), text());
    (select(LISTS), prop::collection::vec(parameter, 0..4))
        .prop_map(|(list, parameters)| {
            let query = form(&parameters);
            Request { method: Method::GET, path: format!("/api/v1/{list}?{query}"), body: None }
        })
        .boxed()
}

/// At most what a door takes of one line.
fn form(parameters: &[(&str, String)]) -> String {
    let short = |text: &str| text.chars().take(300).collect::<String>();
    let pairs = parameters.iter().map(|(name, value)| (*name, short(value)));
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// One thing by a name that it may not have, and what can be done with it.
fn thing() -> BoxedStrategy<Request> {
    let act = select(
        &[
            "",
            "/cancel",
            "/retry",
            "/pause",
            "/resume",
            "/tasks/0",
            "/sync",
            "/archive",
            "/fires",
            "/versions",
        ][..],
    );
    let method = select(vec![Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE]);
    (select(THINGS), text(), act, method)
        .prop_map(|(things, name, act, method)| {
            let name: String = name.chars().take(200).collect();
            let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
            let body = (method != Method::GET).then(|| Body::json("{}"));
            Request { method, path: format!("/api/v1/{things}/{name}{act}"), body }
        })
        .boxed()
}

/// What is no JSON at all, or too much of it.
fn garbage() -> BoxedStrategy<Request> {
    let paths: Vec<&'static str> = right().into_iter().map(|(path, _)| path).collect();
    let body = prop_oneof![
        3 => any::<String>(),
        1 => (1_usize..3_000).prop_map(|depth| "[".repeat(depth)),
        1 => (1_usize..3_000).prop_map(|depth| format!("{}{}", "{\"a\":".repeat(depth), "1")),
        1 => Just("{\"worker\":\"w\",\"worker\":\"w\"}".to_owned()),
        1 => Just("\u{feff}{}".to_owned()),
    ];
    (select(paths), body)
        .prop_map(|(path, body)| Request::post(format!("/api/v1/{path}"), Body::json(body)))
        .boxed()
}

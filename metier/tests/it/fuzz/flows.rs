//! Documents of workflows: right ones made wrong, deep ones, large ones, rings, and languages within texts.

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};

use super::{
    requests::{Body, Request},
    values::changed,
};

/// Pieces of conditions and references.
const PIECES: &[&str] = &[
    "steps.",
    "a",
    ".state",
    ".output",
    ".error",
    "inputs.",
    "n",
    "item",
    "index",
    " == ",
    " != ",
    " < ",
    " and ",
    " or ",
    "not ",
    "(",
    ")",
    "[0]",
    "[-1]",
    "[99999999999999999999]",
    "'succeeded'",
    "\"",
    "'",
    "1",
    "1e999",
    "-",
    "true",
    "null",
    "${",
    "}",
    "$${",
    "${inputs.n}",
    "${steps.a.output}",
    "exists(",
    "size(",
    " ",
    "\u{0}",
    "é",
    "👩‍🚀",
];
/// Schemas that cost much, or lead elsewhere.
const SCHEMAS: &[&str] = &[
    r##"{"$ref": "#"}"##,
    r##"{"$ref": "http://127.0.0.1:9/schema.json"}"##,
    r##"{"$ref": "file:///etc/passwd"}"##,
    r##"{"type": "string", "pattern": "(a+)+$", "default": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"}"##,
    r##"{"type": "string", "pattern": "(?<!x", "default": ""}"##,
    r##"{"type": "string", "pattern": "[a-z]{1000}{1000}"}"##,
    r##"{"type": "array", "items": {"$ref": "#/items"}, "default": [[[[]]]]}"##,
    r##"{"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a", "default": 1}"##,
    r##"{"allOf": [{"$ref": "#"}, {"$ref": "#"}]}"##,
    r##"{"type": "integer", "multipleOf": 0, "default": 1}"##,
    r##"{"type": "number", "multipleOf": 1e-300, "default": 1e300}"##,
    r##"{"minimum": 1e400}"##,
    "true",
    "false",
    "null",
];

pub fn request() -> BoxedStrategy<Request> {
    let document = prop_oneof![
        4 => changed(right()),
        3 => language(),
        2 => schema(),
        1 => deep(),
        2 => large(),
        1 => ring(),
    ];
    let doors = select(&["workflows/validate", "workflows/validate", "jobs"][..]);
    (doors, document)
        .prop_map(|(door, mut document)| {
            if let (Some(fields), "jobs") = (document.as_object_mut(), door) {
                fields.entry("name").or_insert_with(|| "fuzz-flow".into());
            }
            Request::post(format!("/api/v1/{door}"), Body::json(document.to_string()))
        })
        .boxed()
}

/// Something of everything that a document can have.
fn right() -> Value {
    json!({
        "inputs": { "n": { "type": "integer", "default": 3 }, "day": { "type": "string" } },
        "steps": [
            { "name": "a", "kind": "fibonacci", "parameters": { "iterations": "${inputs.n}" }, "max_attempts": 2,
              "timeout": "5m", "queue": "fuzz", "priority": 3, "requires": ["gpu"] },
            { "name": "b", "needs": ["a"], "kind": "fibonacci", "for_each": [1, 2], "max_parallel": 2,
              "parameters": { "iterations": "${item}" }, "when": "inputs.n > 2 and steps.a.state == 'succeeded'" },
            { "name": "c", "needs": ["a"], "after": "failure", "timer": { "for": "90s" } },
            { "name": "d", "needs": ["a"], "timer": { "until": "${inputs.day}" } },
            { "name": "e", "needs": ["b"], "signal": { "name": "go", "timeout": "1h" } },
            { "name": "f", "needs": ["e"], "approval": { "who": { "roles": ["admin"] }, "message": "m", "timeout": "1h",
              "on_timeout": "reject" } },
            { "name": "g", "needs": ["b"], "kind": "fibonacci", "items": "${steps.b.output}" },
            { "name": "h", "workflow": "fuzz-flow", "inputs": { "n": 1 } },
        ],
        "on_failure": [{ "name": "x", "kind": "fibonacci" }],
        "finally": [{ "name": "z", "kind": "fibonacci" }],
        "outputs": { "all": "${steps.b.output}", "first": "${steps.a.output}" },
    })
}

/// Conditions and references made of pieces.
fn language() -> BoxedStrategy<Value> {
    let text = prop_oneof![
        4 => vec(select(PIECES), 0..24).prop_map(|pieces| pieces.concat()),
        1 => (select(&["(", "not ", "${", "[", "-", "inputs.n and "][..]), 1_usize..4_000)
            .prop_map(|(piece, count)| piece.repeat(count)),
        1 => (1_usize..4_000).prop_map(|depth| format!("{}1{}", "(".repeat(depth), ")".repeat(depth))),
    ];
    let places = select(
        &[
            "/steps/0/parameters/iterations",
            "/steps/1/when",
            "/steps/3/timer/until",
            "/steps/1/for_each",
            "/steps/4/signal/timeout",
            "/outputs/all",
            "/steps/0/timeout",
        ][..],
    );
    (places, text)
        .prop_map(|(place, text)| {
            let mut document = right();
            if let Some(found) = document.pointer_mut(place) {
                *found = text.into();
            }
            document
        })
        .boxed()
}

fn schema() -> BoxedStrategy<Value> {
    let schemas = vec(select(SCHEMAS), 1..3);
    schemas
        .prop_map(|schemas| {
            let mut document = right();
            for (place, schema) in schemas.into_iter().enumerate() {
                // Numbers that JSON allows and we do not are sent as they are elsewhere.
                document["inputs"][format!("s{place}")] = serde_json::from_str(schema).unwrap_or(Value::Null);
            }
            document
        })
        .boxed()
}

/// Parameters within parameters.
fn deep() -> BoxedStrategy<Value> {
    (1_usize..120, any::<bool>())
        .prop_map(|(depth, is_list)| {
            let within = |inner: Value, _| if is_list { json!([inner]) } else { json!({ "a": inner }) };
            let mut document = right();
            document["steps"][0]["parameters"] = (0..depth).fold(json!("${inputs.n}"), within);
            document
        })
        .boxed()
}

/// Many steps, each after many.
fn large() -> BoxedStrategy<Value> {
    (1_usize..260, 0_usize..110, 1_usize..60)
        .prop_map(|(count, needs, length)| {
            let name = |position: usize| format!("{}{position}", "s".repeat(length));
            let step = |position: usize| {
                let needed: Vec<String> = (position.saturating_sub(needs)..position).map(name).collect();
                json!({ "name": name(position), "needs": needed, "kind": "fibonacci",
                    "when": format!("steps.{}.state == 'succeeded'", name(position.saturating_sub(1))) })
            };
            json!({ "steps": (0..count).map(step).collect::<Vec<_>>() })
        })
        .boxed()
}

/// Steps that wait for one another.
fn ring() -> BoxedStrategy<Value> {
    (1_usize..200, 1_usize..7)
        .prop_map(|(count, reach)| {
            let step = |position: usize| {
                let needed: Vec<String> =
                    (1..=reach).map(|far| format!("s{}", (position + far) % count)).collect();
                json!({ "name": format!("s{position}"), "needs": needed, "kind": "fibonacci" })
            };
            json!({ "steps": (0..count).map(step).collect::<Vec<_>>() })
        })
        .boxed()
}

//! Questions in GraphQL: deep, repeated under many names, with fragments that name one another, in batches.

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};

use super::{
    requests::{Body, Request},
    values,
};

/// What a document is made of.
const PIECES: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "!",
    "...",
    "@",
    "$",
    "=",
    "|",
    "&",
    "query",
    "mutation",
    "subscription",
    "fragment",
    "on",
    "Query",
    "jobs",
    "job",
    "jobsMetadata",
    "users",
    "me",
    "id",
    "name",
    "status",
    "first",
    "1",
    "-1",
    "1e400",
    "1.5",
    "true",
    "null",
    "\"a\"",
    "\"\"\"b\"\"\"",
    "\"\\u{110000}\"",
    "\"\\ud800\"",
    "#c\n",
    "@include(if: true)",
    "@skip(if: $x)",
    "@defer",
    "$x",
    "__typename",
    "__schema",
    "__type(name: \"Query\")",
    ",",
    "\u{feff}",
    "\u{0}",
];
const RUN: &str =
    "mutation R($input: ExecuteJobInput!) { executeJob(executeJobInput: $input) { id status } }";
const USER: &str =
    "mutation U($input: CreateUserInput!) { createUser(createUserInput: $input) { id email } }";

pub fn request() -> BoxedStrategy<Request> {
    let doors = select(&["/jobs/graphql", "/jobs/graphql", "/auth/graphql"][..]);
    let asked = prop_oneof![3 => document().prop_map(|query| json!({ "query": query })), 2 => variables(), 1 => envelope()];
    (doors, asked).prop_map(|(door, asked)| Request::post(door, Body::json(asked.to_string()))).boxed()
}

fn document() -> BoxedStrategy<String> {
    prop_oneof![
        4 => vec(select(PIECES), 0..60).prop_map(|pieces| pieces.join(" ")),
        1 => (1_usize..5_000).prop_map(|depth| "{a".repeat(depth)),
        1 => (1_usize..2_000).prop_map(|depth| format!("{}__typename{}", "{__schema".repeat(depth), "}".repeat(depth))),
        1 => (1_usize..60).prop_map(|depth| format!(
            "{{__type(name: \"Query\") {{fields {{type {}{{name}}{} }} }} }}",
            "{ofType ".repeat(depth), "}".repeat(depth)
        )),
        1 => (1_usize..5_000).prop_map(aliases),
        1 => (1_usize..300).prop_map(rings),
        1 => (1_usize..24).prop_map(doublings),
        1 => (1_usize..2_000).prop_map(|depth| format!("{{job(id: {}1{}) {{id}} }}", "[".repeat(depth), "]".repeat(depth))),
        1 => (1_usize..2_000).prop_map(|count| format!("{{jobsMetadata {{name {} }} }}", "@include(if: true)".repeat(count))),
        1 => (1_usize..60_000).prop_map(|length| format!("{{jobs(name: \"{}\") {{id}} }}", "x".repeat(length))),
        1 => (1_usize..2_000).prop_map(|count| "query A { __typename } ".repeat(count)),
        1 => values::text(),
    ]
    .boxed()
}

/// The same under many names.
fn aliases(count: usize) -> String {
    let fields: String =
        (0..count).map(|number| format!("a{number}: jobs(first: 500) {{id name status}} ")).collect();
    format!("{{{fields}}}")
}

/// Fragments that come back to themselves.
fn rings(count: usize) -> String {
    let fragments: String = (0..count)
        .map(|number| format!("fragment F{number} on Query {{...F{}}} ", (number + 1) % count))
        .collect();
    format!("{{...F0}} {fragments}")
}

/// Fragments each of which stands twice in the next: so many in all as two to that power.
fn doublings(count: usize) -> String {
    let fragments: String = (1..=count)
        .map(|number| format!("fragment F{number} on Query {{a: __typename ...F{0} ...F{0}}} ", number - 1))
        .collect();
    format!("{{...F{count}}} fragment F0 on Query {{__typename}} {fragments}")
}

/// Values beside a question that is right.
fn variables() -> BoxedStrategy<Value> {
    let run = json!({ "input": { "name": "Fibonacci", "data": [{ "iterations": 1 }] } });
    let user = json!({ "input": { "email": "fuzz@example.org", "password": "correct horse battery" } });
    let deep = (1_usize..300).prop_map(|depth| {
        let inner = (0..depth).fold(json!(1), |inner, _| json!([inner]));
        json!({ "input": { "name": "Fibonacci", "data": inner } })
    });
    prop_oneof![
        3 => values::changed(run).prop_map(|variables| json!({ "query": RUN, "variables": variables })),
        1 => values::changed(user).prop_map(|variables| json!({ "query": USER, "variables": variables })),
        1 => deep.prop_map(|variables| json!({ "query": RUN, "variables": variables })),
    ]
    .boxed()
}

/// What is around a question: batches, names of operations, extensions.
fn envelope() -> BoxedStrategy<Value> {
    let right = json!({ "query": "query A { jobsMetadata { name } }", "operationName": "A", "variables": {}, "extensions": {
        "persistedQuery": { "version": 1, "sha256Hash": "00" } } });
    let batch = (1_usize..2_000).prop_map(|count| json!(vec![json!({ "query": "{ __typename }" }); count]));
    prop_oneof![3 => values::changed(right), 1 => batch, 1 => values::json()].boxed()
}

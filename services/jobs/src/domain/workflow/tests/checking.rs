//! What is found wrong with a document before it is saved.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::{
    kind::{Catalogue, Kind, KindName},
    workflow::{
        check::{Known, check, check_inputs},
        graph::{Format, draw},
        read::{SCHEMA, read},
    },
};

fn known() -> Known {
    let schema = json!({"type": "object", "required": ["n"], "additionalProperties": false,
        "properties": {"n": {"type": "integer"}, "text": {"type": "string"}, "rows": {"type": "array", "items": {"type": "integer"}}}});
    let kind = |id, name: &str| Kind::unvalidated(id, KindName { name: name.into(), version: 1 });
    let kinds = Catalogue::new(vec![kind(1, "count").with_schema(schema).unwrap(), kind(2, "any")]);
    let inner = json!({"inputs": {"n": {"type": "integer"}}, "outputs": {"sum": "${steps.a.output}"},
        "steps": [{"name": "a", "kind": "count", "parameters": {"n": "${inputs.n}"}}]});
    let back = json!({"steps": [{"name": "a", "workflow": "outer"}]});
    let workflows = [("inner", inner), ("back", back)];
    let workflows: BTreeMap<_, _> =
        workflows.map(|(name, value)| (name.to_owned(), read(&value).unwrap())).into();
    Known { kinds, workflows, other_jobs: ["plain".to_owned()].into(), own_name: Some("outer".into()) }
}

/// What is found: step, place and message.
fn found(value: &Value) -> Vec<(String, String, String)> {
    let findings = read(value).map_or_else(|findings| findings, |document| check(&document, &known()));
    findings.into_iter().map(|one| (one.step.unwrap_or_default(), one.path, one.message)).collect()
}

/// Asserts that this one thing is found.
fn finds(value: Value, step: &str, path: &str, message: &str) {
    let found = found(&value);
    let is_found =
        |(at, place, text): &(String, String, String)| at == step && place == path && text.contains(message);
    assert!(found.iter().any(is_found), "{found:#?}");
}

#[test]
fn a_good_document_has_no_findings() {
    let good = json!({
        "inputs": {"n": {"type": "integer"}, "names": {"type": "array", "items": {"type": "string"}, "default": []}},
        "steps": [
            {"name": "a", "kind": "count", "parameters": {"n": "${inputs.n}", "text": "n is ${inputs.n}"}},
            {"name": "b", "needs": ["a"], "kind": "count", "when": "steps.a.output.x > 3 and inputs.n == 1",
             "for_each": "${inputs.names}", "parameters": {"n": "${index}", "text": "${item}"}},
            {"name": "c", "needs": ["b"], "workflow": "inner", "inputs": {"n": "${steps.b.output[0]}"}},
            {"name": "d", "needs": ["c"], "kind": "any", "parameters": {"sum": "${steps.c.output.sum}"}},
            {"name": "e", "kind": "count", "items": [{"n": 1}, {"n": "${inputs.n}"}]},
        ],
        "finally": [{"name": "z", "kind": "any", "parameters": {"state": "${steps.a.state}"}}],
        "outputs": {"sum": "${steps.c.output.sum}"},
    });
    assert_eq!(found(&good), []);
}

#[test]
fn the_form_is_checked_and_each_finding_names_its_step_and_place() {
    finds(json!({}), "", "", "steps");
    finds(json!({"steps": []}), "", "/steps", "");
    finds(json!({"steps": [{"name": "a", "kind": 1}]}), "a", "/steps/0/kind", "string");
    finds(json!({"steps": [{"name": "a", "kind": "any", "nedds": []}]}), "a", "/steps/0", "nedds");
    finds(json!({"steps": [{"name": "1 a", "kind": "any"}]}), "1 a", "/steps/0/name", "");
    finds(json!({"steps": [{"name": "a"}]}), "a", "/steps/0", "has none");
    finds(
        json!({"steps": [{"name": "a", "kind": "any", "timer": {"for": "1s"}}]}),
        "a",
        "/steps/0",
        "kind and timer",
    );
    finds(json!({"steps": [{"name": "a", "timer": {"for": "soon"}}]}), "a", "/steps/0/timer/for", "duration");
    finds(
        json!({"steps": [{"name": "a", "timer": {"until": "soon"}}]}),
        "a",
        "/steps/0/timer/until",
        "moment",
    );
    finds(
        json!({"steps": [{"name": "a", "timer": {"for": "1s"}, "queue": "x"}]}),
        "a",
        "/steps/0/queue",
        "goes with kind",
    );
    finds(
        json!({"steps": [{"name": "a", "kind": "any", "when": "1 +"}]}),
        "a",
        "/steps/0/when",
        "at character",
    );
    finds(
        json!({"steps": [{"name": "a", "kind": "any", "parameters": ["${x}"]}]}),
        "a",
        "/steps/0/parameters/0",
        "expected",
    );
    let who = json!({"users": ["maria"]});
    finds(
        json!({"steps": [{"name": "a", "approval": {"who": who}}]}),
        "a",
        "/steps/0/approval/who/users/0",
        "id of a user",
    );
    finds(
        json!({"inputs": {"n": {"type": "whole"}}, "steps": [{"name": "a", "kind": "any"}]}),
        "",
        "/inputs/n",
        "JSON Schema",
    );
}

#[test]
fn rings_missing_and_unreachable_steps_are_found() {
    let step = |name: &str, needs: &[&str]| json!({"name": name, "kind": "any", "needs": needs});
    finds(
        json!({"steps": [step("a", &["c"]), step("b", &["a"]), step("c", &["b"])]}),
        "a",
        "/steps/0/needs",
        "a needs c needs b needs a",
    );
    finds(
        json!({"steps": [step("a", &["x"]), step("b", &[])]}),
        "a",
        "/steps/0/needs/0",
        "there is no step x; there are: a, b",
    );
    finds(json!({"steps": [step("a", &["a"])]}), "a", "/steps/0/needs/0", "cannot need itself");
    finds(json!({"steps": [step("a", &[]), step("a", &[])]}), "a", "/steps/1/name", "already");
    finds(
        json!({"steps": [step("a", &[])], "finally": [step("z", &["a"])]}),
        "z",
        "/finally/0/needs/0",
        "not among the steps of finally",
    );
    finds(
        json!({"steps": [{"name": "a", "kind": "any", "after": "failure"}]}),
        "a",
        "/steps/0/after",
        "never done",
    );
    finds(
        json!({"steps": [{"name": "a", "kind": "any", "when": "false"}]}),
        "a",
        "/steps/0/when",
        "never holds",
    );
}

#[test]
fn references_are_followed() {
    let two = |parameters: Value, needs: &[&str]| {
        json!({"inputs": {"n": {"type": "integer"}}, "steps": [{"name": "a", "kind": "any"},
            {"name": "b", "kind": "any", "needs": needs, "parameters": parameters}]})
    };
    finds(
        two(json!({"x": "${inputs.m}"}), &[]),
        "b",
        "/steps/1/parameters/x",
        "no input \"m\"; there are: n",
    );
    finds(two(json!({"x": "${steps.c.output}"}), &[]), "b", "/steps/1/parameters/x", "no step c");
    finds(
        two(json!({"x": "${steps.a.output}"}), &[]),
        "b",
        "/steps/1/parameters/x",
        "add it to the needs of b",
    );
    finds(two(json!({"x": "${item}"}), &[]), "b", "/steps/1/parameters/x", "for_each");
    finds(two(json!({"x": "${inputs.n.m}"}), &[]), "b", "/steps/1/parameters/x", "integer has no \"m\"");
    finds(
        json!({"steps": [{"name": "a", "kind": "any"}], "outputs": {"x": "${steps.b.state}"}}),
        "",
        "/outputs/x",
        "no step b",
    );
    let inner = json!({"steps": [{"name": "a", "workflow": "inner", "inputs": {"n": 1}},
        {"name": "b", "needs": ["a"], "kind": "any", "parameters": "${steps.a.output.total}"}]});
    finds(inner, "b", "/steps/1/parameters", "there are: sum");
}

#[test]
fn kinds_parameters_and_types_are_checked() {
    let count = |parameters: Value| {
        json!({"inputs": {"text": {"type": "string"}, "list": {"type": "array"}},
            "steps": [{"name": "a", "kind": "count", "parameters": parameters}]})
    };
    finds(json!({"steps": [{"name": "a", "kind": "cuont"}]}), "a", "/steps/0/kind", "known are: any, count");
    finds(
        json!({"steps": [{"name": "a", "kind": "workflow"}]}),
        "a",
        "/steps/0/kind",
        "no kind to be used here",
    );
    finds(
        count(json!({"n": "${inputs.text}"})),
        "a",
        "/steps/0/parameters/n",
        "must be integer, and is string",
    );
    finds(count(json!({"n": "x"})), "a", "/steps/0/parameters/n", "integer");
    finds(
        count(json!({"text": "${inputs.text}"})),
        "a",
        "/steps/0/parameters",
        "\"n\" is a required property",
    );
    finds(count(json!({"n": 1, "m": "${inputs.text}"})), "a", "/steps/0/parameters/m", "no \"m\"");
    finds(
        count(json!({"n": 1, "rows": [1, "${inputs.text}"]})),
        "a",
        "/steps/0/parameters/rows/1",
        "must be integer",
    );
    finds(
        count(json!({"n": 1, "text": "${inputs.list}"})),
        "a",
        "/steps/0/parameters/text",
        "must be string, and is array",
    );
    let when = |when: &str| json!({"inputs": {"n": {"type": "integer"}}, "steps": [{"name": "a", "kind": "any", "when": when}]});
    finds(when("inputs.n == 'x'"), "a", "/steps/0/when", "compares number with string");
    finds(when("inputs.n"), "a", "/steps/0/when", "compare it");
    let each = json!({"inputs": {"n": {"type": "integer"}}, "steps": [{"name": "a", "kind": "any", "for_each": "${inputs.n}"}]});
    finds(each, "a", "/steps/0/for_each", "must be array, and is integer");
}

#[test]
fn workflows_within_workflows_are_checked() {
    let step = |job: &str, inputs: Value| json!({"inputs": {"t": {"type": "string"}}, "steps": [{"name": "a", "workflow": job, "inputs": inputs}]});
    finds(step("none", json!({})), "a", "/steps/0/workflow", "there is no job none");
    finds(step("plain", json!({})), "a", "/steps/0/workflow", "has no steps");
    finds(step("outer", json!({})), "a", "/steps/0/workflow", "cannot run itself");
    finds(step("back", json!({})), "a", "/steps/0/workflow", "runs this one");
    finds(step("inner", json!({})), "a", "/steps/0/inputs", "\"n\" is a required property");
    finds(
        step("inner", json!({"n": "${inputs.t}"})),
        "a",
        "/steps/0/inputs/n",
        "must be integer, and is string",
    );
    finds(step("inner", json!({"n": 1, "m": 2})), "a", "/steps/0/inputs", "'m' was unexpected");
}

#[test]
fn inputs_are_checked_and_completed() {
    let document =
        read(&json!({"inputs": {"n": {"type": "integer"}, "m": {"type": "integer", "default": 5}},
        "steps": [{"name": "a", "kind": "any"}]}))
        .unwrap();
    assert!(check_inputs(&document, &json!({"n": 1})).is_ok());
    assert_eq!(check_inputs(&document, &json!({"n": "x"})).unwrap_err()[0].0, "/n");
    assert!(check_inputs(&document, &json!({})).unwrap_err()[0].1.contains("\"n\""));
    assert!(check_inputs(&document, &json!({"n": 1, "x": 1})).is_err());
    let given = json!({"n": 1}).as_object().unwrap().clone();
    assert_eq!(document.with_defaults(given)["m"], 5);
}

#[test]
fn the_published_schema_is_one_and_a_document_too_large_is_refused() {
    jsonschema::validator_for(&serde_json::from_str(SCHEMA).unwrap()).unwrap();
    let large = json!({"steps": [{"name": "a", "kind": "any", "description": "x".repeat(300_000)}]});
    finds(large, "", "", "at most 262144 bytes");
}

#[test]
fn a_workflow_is_drawn() {
    let document = read(&json!({"steps": [{"name": "a", "kind": "any"}, {"name": "b", "needs": ["a"], "after": "end", "timer": {"for": "1s"}}],
        "finally": [{"name": "z", "kind": "any"}]})).unwrap();
    let mermaid = draw(&document, None, Format::Mermaid);
    for line in ["flowchart TB", "s0[\"a<br/>any\"]", "s0 -->|end| s1", "steps -.-> finally"] {
        assert!(mermaid.contains(line), "{mermaid}");
    }
    let dot = draw(&document, None, Format::Dot);
    assert!(dot.contains("s0 -> s1 [label=end];") && dot.contains("cluster_finally"), "{dot}");
}

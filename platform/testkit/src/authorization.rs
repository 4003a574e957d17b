//! Every endpoint times every kind of caller, held against one table.
//!
//! The endpoints come from OpenAPI documents, so a new one without a row fails, and so does a row without an
//! endpoint. The test says how to call: it makes what the path names and knows the callers' tokens.
//!
//! ```text
//!                      anonymous  user    other   admin
//! GET /api/v1/users    sign_in    no      no      yes
//! GET /api/v1/keys/{id} sign_in   yes     hidden  yes
//! ```
//!
//! | word | status | |
//! |---|---|---|
//! | `sign_in` | 401 | nobody, or nobody we can verify |
//! | `no` | 403 | known and not allowed |
//! | `hidden` | 404 | it is there, but not for this caller |
//! | `yes` | 2xx, 409, 412 | authorization let it pass |
//!
//! Anything else is a failure of the test: a request that is malformed says nothing about authorization.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// One operation of an API.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// Its path with parameters in braces.
    pub path: String,
    /// A body made from the examples of its description, when it takes one.
    pub body: Option<Value>,
    /// Names of the headers it requires, in lower case.
    pub headers: Vec<String>,
    /// Whether its description says that it is for everybody.
    pub open: bool,
}

impl Endpoint {
    /// `GET /api/v1/users`, as rows begin.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The path with every parameter replaced by its value.
    ///
    /// # Panics
    ///
    /// When a parameter has no value.
    pub fn filled(&self, values: &[(&str, String)]) -> String {
        let mut path = self.path.clone();
        for (name, value) in values {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        assert!(!path.contains('{'), "{} has a parameter without a value", self.name());
        path
    }
}

/// The operations an OpenAPI document describes, in its order.
pub fn endpoints(document: &Value) -> Vec<Endpoint> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, item)| {
        METHODS.iter().filter_map(move |method| Some((path, *method, item.get(method)?)))
    });
    operations.map(|(path, method, operation)| endpoint(document, path, method, operation)).collect()
}

fn endpoint(document: &Value, path: &str, method: &str, operation: &Value) -> Endpoint {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let required = parameters.filter(|one| one["in"] == "header" && one["required"] == json!(true));
    let headers = required.filter_map(|one| one["name"].as_str()).map(str::to_ascii_lowercase).collect();
    let schema = operation.pointer("/requestBody/content/application~1json/schema");
    let body = schema.map(|schema| example(document, schema));
    let mut security = operation["security"].as_array().into_iter().flatten();
    let open = security.any(|one| *one == json!({}));
    Endpoint { method: method.to_ascii_uppercase(), path: path.to_owned(), body, headers, open }
}

/// A value that fits the schema: its examples where it has them, required properties only.
fn example(document: &Value, schema: &Value) -> Value {
    let given = schema.get("example").or_else(|| schema.get("examples")?.get(0));
    if let Some(given) = given {
        return given.clone();
    }
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        let target = target.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        return target.map_or(Value::Null, |target| example(document, target));
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let parts = parts.iter().map(|part| example(document, part));
        return Value::Object(parts.filter_map(|part| part.as_object().cloned()).flatten().collect());
    }
    for choice in ["oneOf", "anyOf"] {
        let choices = schema.get(choice).and_then(Value::as_array).into_iter().flatten();
        if let Some(first) = choices.into_iter().find(|choice| choice["type"] != "null") {
            return example(document, first);
        }
    }
    plain(document, schema)
}

fn plain(document: &Value, schema: &Value) -> Value {
    if let Some(first) = schema.get("enum").and_then(|values| values.get(0)) {
        return first.clone();
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.clone(),
        one => vec![one.clone()],
    };
    let kind = kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null");
    match (kind, schema["format"].as_str()) {
        (Some("object"), _) => Value::Object(required(document, schema)),
        (Some("array"), _) => json!([]),
        (Some("integer" | "number"), _) => schema.get("minimum").cloned().unwrap_or(json!(1)),
        (Some("boolean"), _) => json!(true),
        (_, Some("uuid")) => json!("01900000-0000-7000-8000-000000000000"),
        (_, Some("date-time")) => json!("2100-01-01T00:00:00Z"),
        _ => json!("text"),
    }
}

fn required(document: &Value, schema: &Value) -> Map<String, Value> {
    let names = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    names.map(|name| (name.to_owned(), example(document, &schema["properties"][name]))).collect()
}

/// Who may call what.
#[derive(Clone, Debug)]
pub struct Table {
    actors: Vec<String>,
    rows: BTreeMap<String, Vec<String>>,
}

impl Table {
    /// Reads a table: the first line names the callers, each other line is an endpoint and a word for each.
    /// Empty lines and lines beginning with `#` are left out.
    ///
    /// # Panics
    ///
    /// When a row has not one known word per caller, or comes twice.
    pub fn parse(text: &str) -> Self {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let actors = lines.next().map(words).unwrap_or_default();
        let mut rows = BTreeMap::new();
        for line in lines {
            let mut cells = words(line);
            assert_eq!(cells.len(), actors.len() + 2, "not one word per caller: {line}");
            let expected = cells.split_off(2);
            let known = |word: &String| ["sign_in", "no", "hidden", "yes"].contains(&word.as_str());
            assert!(expected.iter().all(known), "an unknown word: {line}");
            assert!(rows.insert(cells.join(" "), expected).is_none(), "a row comes twice: {line}");
        }
        Self { actors, rows }
    }

    /// What a caller hears of an endpoint.
    pub fn word(&self, endpoint: &Endpoint, actor: &str) -> Option<&str> {
        let column = self.actors.iter().position(|known| known == actor)?;
        self.rows.get(&endpoint.name())?.get(column).map(String::as_str)
    }

    /// The callers, in the order of the columns.
    pub fn actors(&self) -> &[String] {
        &self.actors
    }
}

/// Calls every endpoint as every caller and holds the answers against the table. `call` answers the status.
///
/// # Panics
///
/// When anything differs; the message lists every difference.
pub async fn walk(endpoints: &[Endpoint], table: &Table, call: impl AsyncFn(&Endpoint, &str) -> u16) {
    let mut wrong = unmatched(endpoints, table);
    for endpoint in endpoints {
        let Some(expected) = table.rows.get(&endpoint.name()) else { continue };
        for (actor, expected) in table.actors.iter().zip(expected) {
            let status = call(endpoint, actor).await;
            let answered = word(status);
            if answered != expected {
                wrong.push(format!("{} as {actor}: {expected} expected, {status} answered", endpoint.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "authorization differs from the table:\n{}", wrong.join("\n"));
}

fn unmatched(endpoints: &[Endpoint], table: &Table) -> Vec<String> {
    let names: Vec<String> = endpoints.iter().map(Endpoint::name).collect();
    let missing = names.iter().filter(|name| !table.rows.contains_key(*name));
    let missing = missing.map(|name| format!("{name} has no row"));
    let gone = table.rows.keys().filter(|name| !names.contains(name));
    missing.chain(gone.map(|name| format!("{name} has a row and is in no document"))).collect()
}

fn word(status: u16) -> &'static str {
    match status {
        401 => "sign_in",
        403 => "no",
        404 => "hidden",
        200..=299 | 409 | 412 => "yes",
        _ => "an answer that says nothing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        json!({
            "paths": {
                "/things": { "post": { "security": [{}], "requestBody": { "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/NewThing" } } } } } },
                "/things/{id}": {
                    "get": {},
                    "delete": { "parameters": [{ "name": "If-Match", "in": "header", "required": true }] }
                }
            },
            "components": { "schemas": { "NewThing": {
                "type": "object", "required": ["name", "size", "kind"],
                "properties": {
                    "name": { "type": "string", "example": "hammer" },
                    "size": { "type": "integer", "minimum": 3 },
                    "kind": { "oneOf": [{ "type": "null" }, { "type": "string", "enum": ["a", "b"] }] },
                    "note": { "type": "string" }
                }
            } } }
        })
    }

    fn table(text: &str) -> Table {
        Table::parse(text)
    }

    #[test]
    fn endpoints_come_with_a_body_that_fits() {
        let endpoints = endpoints(&document());
        let names: Vec<String> = endpoints.iter().map(Endpoint::name).collect();
        assert_eq!(names, ["POST /things", "GET /things/{id}", "DELETE /things/{id}"]);
        assert_eq!(endpoints[0].body, Some(json!({ "name": "hammer", "size": 3, "kind": "a" })));
        assert_eq!(endpoints[2].headers, ["if-match"]);
        assert_eq!(endpoints[1].filled(&[("id", "7".into())]), "/things/7");
    }

    const GOOD: &str = "
        nobody   owner
        # things
        POST /things        sign_in yes
        GET /things/{id}    hidden  yes
        DELETE /things/{id} no      yes";

    async fn answers(endpoint: &Endpoint, actor: &str) -> u16 {
        match (actor, endpoint.method.as_str()) {
            ("owner", _) => 200,
            (_, "POST") => 401,
            (_, "GET") => 404,
            _ => 403,
        }
    }

    #[test]
    fn the_table_knows_what_a_caller_hears_and_the_document_who_is_let_in() {
        let (table, endpoints) = (table(GOOD), endpoints(&document()));
        assert_eq!(table.word(&endpoints[1], "nobody"), Some("hidden"));
        assert_eq!(table.word(&endpoints[1], "stranger"), None);
        assert_eq!(endpoints.iter().map(|one| one.open).collect::<Vec<_>>(), [true, false, false]);
    }

    #[tokio::test]
    async fn answers_as_in_the_table_pass() {
        walk(&endpoints(&document()), &table(GOOD), answers).await;
    }

    #[tokio::test]
    #[should_panic(expected = "GET /things/{id} as nobody: yes expected, 404 answered")]
    async fn another_answer_fails() {
        walk(&endpoints(&document()), &table(&GOOD.replace("hidden ", "yes    ")), answers).await;
    }

    #[tokio::test]
    #[should_panic(expected = "GET /things/{id} has no row")]
    async fn an_endpoint_without_a_row_fails() {
        let text: String =
            GOOD.lines().filter(|line| !line.contains("GET")).map(|line| format!("{line}\n")).collect();
        walk(&endpoints(&document()), &table(&text), answers).await;
    }

    #[tokio::test]
    #[should_panic(expected = "GET /other has a row and is in no document")]
    async fn a_row_without_an_endpoint_fails() {
        walk(&endpoints(&document()), &table(&format!("{GOOD}\nGET /other yes yes")), answers).await;
    }

    #[tokio::test]
    #[should_panic(expected = "yes expected, 400 answered")]
    async fn a_malformed_request_proves_nothing() {
        walk(
            &endpoints(&document()),
            &table(GOOD),
            async |_, actor| if actor == "owner" { 400 } else { 401 },
        )
        .await;
    }
}

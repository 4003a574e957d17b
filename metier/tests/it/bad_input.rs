//! What is wrong with a request is told in a problem with a stable code, and nothing comes of the request.

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::platform::{Person, Platform, Topology, client, system_tests};

const MANY: usize = 100_001;
const MEGABYTE: usize = 1024 * 1024;

/// A running platform and its administrator.
struct World {
    platform: Platform,
    person: Person,
    door: String,
}

impl World {
    async fn start(topology: Topology) -> Self {
        let platform = Platform::start(topology).await;
        let person = Person::sign_in(&platform.api("identity")).await;
        // Once a run was taken, the worker has said what it handles.
        person.submit(&platform, &json!({ "kind": "fibonacci", "items": [] })).await;
        let door = platform.api("gateway");
        Self { platform, person, door }
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        client().request(method, format!("{}{path}", self.door)).bearer_auth(self.person.token())
    }

    /// A submission as it stands.
    fn submission(&self, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.ask(Method::POST, "/api/v1/runs").header("content-type", "application/json").body(body)
    }

    /// How many runs there are, in whatever state.
    async fn runs(&self) -> i64 {
        let counts = self.person.find(format!("{}/api/v1/runs/counts", self.door)).await.unwrap();
        counts.as_array().unwrap().iter().map(|row| row["count"].as_i64().unwrap()).sum()
    }

    /// Sends a request that must be refused and leave every run as it is. Answers the problem.
    async fn refuses(&self, request: RequestBuilder, status: u16, code: &str) -> Value {
        let before = self.runs().await;
        let problem = problem(answered(request).await, status, code).await;
        assert_eq!(self.runs().await, before, "{problem} left runs behind");
        problem
    }
}

/// The answer to a request. Who is refused for the size of a body hears it before all of it is sent, and the connection is
/// closed then: a sender that did not look at the answer in time sees a broken pipe instead, and sends again.
async fn answered(request: RequestBuilder) -> Response {
    for _ in 0..10 {
        match request.try_clone().unwrap().send().await {
            Ok(answer) => return answer,
            Err(error) => assert!(error.is_request(), "{error:?}"),
        }
    }
    request.send().await.unwrap()
}

/// The problem of an answer, complete as RFC 9457 has it.
async fn problem(answer: Response, status: u16, code: &str) -> Value {
    let (answered, headers) = (answer.status(), answer.headers().clone());
    let text = answer.text().await.unwrap();
    assert_eq!(answered, status, "{code} expected: {text}");
    assert_eq!(headers["content-type"], "application/problem+json", "{text}");
    let problem: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&problem["code"], &problem["status"]), (&json!(code), &json!(status)), "{problem}");
    assert_eq!(problem["type"], format!("/errors/{code}"), "{problem}");
    assert_eq!(headers["x-correlation-id"], problem["correlation_id"].as_str().unwrap());
    for field in ["title", "detail"] {
        assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "no {field}: {problem}");
    }
    problem
}

fn fibonacci(parameters: &Value) -> String {
    json!({ "kind": "fibonacci", "parameters": parameters }).to_string()
}

system_tests!(heavy_bad_input_is_told_and_changes_nothing);

/// All of it in one world: what starts and stops is most of the time.
async fn heavy_bad_input_is_told_and_changes_nothing(topology: Topology) {
    let world = World::start(topology).await;
    strangers_are_told_nothing(&world).await;
    bodies_that_cannot_be_read(&world).await;
    bodies_that_are_too_much(&world).await;
    work_that_cannot_be_done(&world).await;
    nothing_to_do(&world).await;
    keys_used_twice(&world).await;
    versions_that_are_gone(&world).await;
    queries_that_mean_nothing(&world).await;
    places_that_are_not_there(&world).await;
    world.platform.stop().await;
}

/// Whoever is nobody hears that, and not what is wrong with what they sent.
async fn strangers_are_told_nothing(world: &World) {
    for body in ["{", r#"{"kind":"make-gold"}"#, ""] {
        let request = client().post(format!("{}/api/v1/runs?colour=red", world.door));
        let request = request.header("content-type", "application/json").body(body);
        world.refuses(request, 401, "unauthenticated").await;
    }
    let untyped = client().post(format!("{}/api/v1/products", world.door)).body("x");
    world.refuses(untyped, 401, "unauthenticated").await;
}

async fn bodies_that_cannot_be_read(world: &World) {
    world.refuses(world.submission(r#"{"kind":"#), 400, "malformed_json").await;
    world.refuses(world.submission(""), 400, "malformed_json").await;
    world.refuses(world.submission(&b"{\"kind\":\"\xff\xfe\"}"[..]), 400, "not_utf8").await;
    let whole = fibonacci(&json!({ "iterations": 1 }));
    for wrong in ["text/plain", "application/x-www-form-urlencoded"] {
        let request = world.ask(Method::POST, "/api/v1/runs").header("content-type", wrong);
        world.refuses(request.body(whole.clone()), 415, "unsupported_media_type").await;
    }
    let untyped = world.ask(Method::POST, "/api/v1/runs").body(whole);
    world.refuses(untyped, 415, "unsupported_media_type").await;
}

async fn bodies_that_are_too_much(world: &World) {
    for depth in [100, 100_000] {
        let nested = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let body = format!(r#"{{"kind":"fibonacci","parameters":{nested}}}"#);
        world.refuses(world.submission(body), 400, "too_deep").await;
    }
    let items = vec![json!({ "iterations": 1 }); MANY];
    let body = json!({ "kind": "fibonacci", "items": items }).to_string();
    let problem = world.refuses(world.submission(body), 400, "too_many_items").await;
    assert!(problem["detail"].as_str().unwrap().contains("100000"), "it does not say the limit: {problem}");
    let large = fibonacci(&json!({ "iterations": 1, "filling": "x".repeat(20 * MEGABYTE) }));
    let problem = world.refuses(world.submission(large), 413, "body_too_large").await;
    assert!(problem["detail"].as_str().unwrap().contains("limit of"), "{problem}");
}

async fn work_that_cannot_be_done(world: &World) {
    let unknown = json!({ "kind": "make-gold", "parameters": {} }).to_string();
    let problem = world.refuses(world.submission(unknown), 400, "unknown_kind").await;
    assert!(problem["detail"].as_str().unwrap().contains("make-gold"), "{problem}");
    let items = json!([{ "iterations": 1 }, { "iterations": 2 }, { "iterations": "three" }]);
    let body = json!({ "kind": "fibonacci", "items": items }).to_string();
    let problem = world.refuses(world.submission(body), 400, "invalid_parameters").await;
    assert_eq!(problem["violations"][0]["field"], "/items/2/iterations", "{problem}");
    let both = json!({ "kind": "fibonacci", "parameters": { "iterations": 1 }, "items": [] }).to_string();
    world.refuses(world.submission(both), 400, "invalid_parameters").await;
    let misspelt = json!({ "kind": "fibonacci", "parameter": { "iterations": 1 } }).to_string();
    world.refuses(world.submission(misspelt), 400, "invalid_parameters").await;
}

/// No items are no mistake.
async fn nothing_to_do(world: &World) {
    let empty = json!({ "kind": "fibonacci", "items": [] }).to_string();
    let answer = world.submission(empty).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let run: Value = answer.json().await.unwrap();
    assert_eq!((&run["state"], &run["size"]), (&json!("succeeded"), &json!(0)), "{run}");
}

async fn keys_used_twice(world: &World) {
    let keyed = |iterations: u32| {
        let body = fibonacci(&json!({ "iterations": iterations }));
        world.submission(body).header("idempotency-key", "used-twice")
    };
    let first: Value = keyed(1).send().await.unwrap().json().await.unwrap();
    let again: Value = keyed(1).send().await.unwrap().json().await.unwrap();
    assert!(first["id"].is_string() && first["id"] == again["id"], "{first} and {again}");
    world.refuses(keyed(2), 409, "idempotency_key_reused").await;
}

async fn versions_that_are_gone(world: &World) {
    let definition =
        |iterations: u32| json!({ "kind": "fibonacci", "parameters": { "iterations": iterations } });
    let mut named = definition(1);
    named["name"] = json!("nightly");
    let made = world.ask(Method::POST, "/api/v1/jobs").json(&named).send().await.unwrap();
    let seen = made.headers()["etag"].clone();
    let change = |iterations| world.ask(Method::PUT, "/api/v1/jobs/nightly").json(&definition(iterations));
    assert_eq!(change(2).header("if-match", &seen).send().await.unwrap().status(), 200);
    world.refuses(change(3).header("if-match", &seen), 412, "stale_version").await;
    world.refuses(change(3), 428, "precondition_required").await;
    let job = world.person.find(format!("{}/api/v1/jobs/nightly", world.door)).await.unwrap();
    assert_eq!((&job["version"], &job["parameters"]["iterations"]), (&json!(2), &json!(2)), "{job}");
}

async fn queries_that_mean_nothing(world: &World) {
    for (query, field) in [
        ("colour=red", "colour"),
        ("after=nowhere", "after"),
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=100000", "limit"),
        ("limit=many", "limit"),
        ("state=purple", "state"),
        ("sort=owner", "sort"),
        ("created_after=yesterday", "created_after"),
    ] {
        let request = world.ask(Method::GET, &format!("/api/v1/runs?{query}"));
        let problem = world.refuses(request, 400, "invalid_parameters").await;
        assert_eq!(problem["violations"][0]["field"], field, "{problem}");
    }
}

async fn places_that_are_not_there(world: &World) {
    for path in ["/nothing", "/api/v1/nothing", "/api/v1/runs/not-an-id", "/api/v1/runs/9999999"] {
        world.refuses(world.ask(Method::GET, path), 404, "not_found").await;
    }
    for (method, path) in [(Method::DELETE, "/api/v1/runs"), (Method::PUT, "/api/v1/kinds")] {
        let before = world.runs().await;
        let answer = world.ask(method, path).send().await.unwrap();
        assert!(answer.headers().contains_key("allow"), "{path} does not say what is allowed");
        problem(answer, 405, "method_not_allowed").await;
        assert_eq!(world.runs().await, before);
    }
}

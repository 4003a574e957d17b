//! The callers, what belongs to them, and how each endpoint is called.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use metier_auth::{Claims, SigningKeys, Subject};
use metier_core::{Actor, Clock, Random, Role, Timestamp, WorkspaceId};
use metier_testkit::authorization::Endpoint;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::platform::{EMAIL, PASSWORD, Person, Platform, client};

/// Nothing has this id.
pub const NOTHING: &str = "01900000-0000-7000-8000-00000000dead";
/// Far enough that no worker takes it.
const LATER: &str = "2100-01-01T00:00:00Z";

/// Where all products belong.
pub const CATEGORY: &str = "Shown";

/// Everybody who calls.
pub struct Cast {
    door: String,
    tokens: Vec<(&'static str, String)>,
    numbers: AtomicU32,
}

impl Cast {
    /// Makes everybody: people through the API, by the administrator; a stranger and an ended token with the
    /// keys of the installation, for there is no second workspace yet and nobody waits ten minutes in a test.
    pub async fn gather(platform: &Platform) -> Self {
        let door = platform.api("gateway");
        let admin = Person::sign_in(&door).await;
        admin.submit(platform, &json!({ "kind": "fibonacci", "items": [] })).await;
        let mut cast = Self { door, tokens: Vec::new(), numbers: AtomicU32::new(0) };
        cast.tokens.push(("admin", admin.token().to_owned()));
        let category = json!({ "name": CATEGORY, "surcharge_percent": "1" });
        cast.made("admin", "/api/v1/categories", &category).await;
        for (name, role) in
            [("viewer", "viewer"), ("user", "user"), ("operator", "operator"), ("other", "user")]
        {
            let wish = json!({ "email": email(name), "password": PASSWORD, "role": role });
            cast.made("admin", "/api/v1/users", &wish).await;
            let person = Person::sign_in_as(&cast.door, &email(name)).await;
            cast.tokens.push((name, person.token().to_owned()));
        }
        let reader = json!({ "name": "out of scope", "grants": ["audit:read"] });
        let worker = json!({ "name": "worker", "grants": ["tasks:claim"], "kinds": ["*"], "queues": ["*"] });
        for (name, wish) in [("key", reader), ("worker", worker)] {
            let key = cast.made("admin", "/api/v1/api-keys", &wish).await;
            cast.tokens.push((name, text(&key, "key")));
        }
        let now = Clock::system().now();
        cast.tokens
            .push(("expired", signed(platform, WorkspaceId::DEFAULT, now.minus(Duration::from_hours(1)))));
        cast.tokens.push(("stranger", signed(platform, WorkspaceId::from_uuid(Uuid::from_u128(7)), now)));
        cast
    }

    /// The description of the whole API.
    pub async fn document(&self) -> Value {
        let url = format!("{}/api/openapi.json", self.door);
        client().get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Calls an endpoint as one of them; the status, as the table has it.
    ///
    /// Rights are looked at first: who is let in may hear that a thing is not there.
    /// Only where the path names something that is there does 404 say that it is hidden.
    pub async fn call(&self, endpoint: &Endpoint, actor: &str) -> u16 {
        let target = self.target(endpoint).await;
        let is_there = target.is_some();
        let value = target.unwrap_or_else(|| NOTHING.to_owned());
        let names = [
            "id", "name", "calendar", "job", "kind", "limit", "posting", "queue", "run", "schedule",
            "source", "upload", "webhook", "delivery",
        ];
        let mut values: Vec<_> = names.map(|name| (name, value.clone())).into();
        values.push(("index", "0".to_owned()));
        values.push(("step", "one".to_owned()));
        let mut request = self.request(&endpoint.method, &endpoint.filled(&values));
        if endpoint.path.starts_with("/jobs/uploads/") {
            request = request.header("content-type", "multipart/form-data; boundary=b").body(FORM);
        } else if let Some(body) = self.body(endpoint, actor).await {
            request = request.json(&body);
        }
        if ["PUT", "PATCH", "DELETE"].contains(&endpoint.method.as_str()) {
            request = request.header("if-match", "*");
        }
        // Signing out would end the session that the other rows need.
        if endpoint.path != "/api/v1/auth/logout" {
            request = self.signed(request, actor);
        }
        match request.send().await.unwrap().status().as_u16() {
            404 if is_there => 404,
            404 => 200,
            other => other,
        }
    }

    /// Calls an endpoint with a request that is wrong in its query and its body; the status.
    pub async fn call_wrongly(&self, endpoint: &Endpoint, actor: &str) -> u16 {
        let names = [
            "id", "name", "calendar", "job", "kind", "limit", "posting", "queue", "run", "schedule",
            "source", "upload", "webhook", "delivery",
        ];
        let mut values: Vec<_> = names.map(|name| (name, NOTHING.to_owned())).into();
        values.push(("index", "first".to_owned()));
        values.push(("step", "one".to_owned()));
        let path = format!("{}?limit=none&colour=red", endpoint.filled(&values));
        let mut request = self.request(&endpoint.method, &path).header("content-type", "application/json");
        if endpoint.body.is_some() {
            request = request.body("{ no JSON");
        }
        self.signed(request, actor).send().await.unwrap().status().as_u16()
    }

    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        client().request(Method::from_bytes(method.as_bytes()).unwrap(), format!("{}{path}", self.door))
    }

    /// The token or key of one of them.
    pub fn token(&self, actor: &str) -> String {
        self.tokens.iter().find(|(known, _)| *known == actor).unwrap().1.clone()
    }

    /// The request with what shows who they are.
    pub fn signed(&self, request: RequestBuilder, actor: &str) -> RequestBuilder {
        if actor == "anonymous" {
            return request;
        }
        let (_, token) = self.tokens.iter().find(|(known, _)| *known == actor).unwrap();
        request.bearer_auth(token)
    }

    async fn made(&self, actor: &str, path: &str, wish: &Value) -> Value {
        let answer = self.signed(self.request("POST", path), actor).json(wish).send().await.unwrap();
        let status = answer.status();
        let made: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {made}");
        made
    }

    async fn sign_in(&self, name: &str) -> Value {
        let wish = json!({ "email": email(name), "password": PASSWORD });
        self.made("anonymous", "/api/v1/auth/login", &wish).await
    }

    /// What the path names, made for this call: of `user` or of the workspace; nothing where things belong to the
    /// installation.
    async fn target(&self, endpoint: &Endpoint) -> Option<String> {
        let own = |list: &str| endpoint.path.strip_prefix(list).is_some_and(|rest| rest.starts_with("/{"));
        if own("/api/v1/auth/sessions") {
            return Some(self.session().await);
        }
        let name = format!("target{}", self.number());
        let wishes = [
            ("user", "/api/v1/api-keys", "id", json!({ "name": name, "grants": [] })),
            (
                "user",
                "/api/v1/runs",
                "id",
                json!({ "kind": "fibonacci", "parameters": { "iterations": 1 }, "run_at": LATER }),
            ),
            ("admin", "/api/v1/categories", "id", json!({ "name": name, "surcharge_percent": "1" })),
            (
                "admin",
                "/api/v1/jobs",
                "name",
                json!({ "name": name, "kind": "fibonacci", "parameters": { "iterations": 1 } }),
            ),
            ("admin", "/api/v1/products", "id", product(&name)),
            ("admin", "/api/v1/calendars", "name", json!({ "name": name, "zone": "UTC", "windows": [] })),
            ("user", "/api/v1/schedules", "id", schedule(&name)),
            ("user", "/api/v1/webhooks", "id", webhook(&name)),
            ("user", "/api/v1/uploads", "id", json!([])),
            ("admin", "/api/v1/roles", "name", json!({ "name": name, "grants": [] })),
            (
                "admin",
                "/api/v1/users",
                "id",
                json!({ "email": email(&name), "password": PASSWORD, "role": "user" }),
            ),
        ];
        let (owner, list, field, wish) = wishes.into_iter().find(|(_, list, ..)| own(list))?;
        Some(text(&self.made(owner, list, &wish).await, field))
    }

    /// Signs `user` in once more.
    async fn session(&self) -> String {
        let token = text(&self.sign_in("user").await, "access_token");
        let request = self.request("GET", "/api/v1/auth/sessions").bearer_auth(token);
        let sessions: Value = request.send().await.unwrap().json().await.unwrap();
        let own = sessions["items"].as_array().unwrap().iter().find(|one| one["current"] == json!(true));
        text(own.unwrap_or_else(|| panic!("no session is the current one: {sessions}")), "id")
    }

    fn number(&self) -> u32 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// A body that says what its endpoint wants to hear, and new names for what it makes.
    async fn body(&self, endpoint: &Endpoint, actor: &str) -> Option<Value> {
        let mut body = endpoint.body.clone()?;
        let number = self.number();
        let person = ["viewer", "user", "operator", "other"].contains(&actor);
        let email = email(if person { actor } else { "admin" });
        match endpoint.path.as_str() {
            "/api/v1/auth/login" => body = json!({ "email": email, "password": PASSWORD }),
            "/api/v1/auth/refresh" => {
                body = json!({ "refresh_token": self.sign_in("user").await["refresh_token"] });
            }
            "/api/v1/auth/password" => {
                // The same password again, so that all others can go on.
                body = json!({ "current_password": PASSWORD, "new_password": PASSWORD });
            }
            "/api/v1/auth/logout" | "/api/v1/jobs/{job}/runs" => body = json!({}),
            "/api/v1/api-keys" => body["grants"] = json!([]),
            "/api/v1/runs" => body["items"] = json!([]),
            "/api/v1/uploads" => body = json!([]),
            "/api/v1/jobs" => body = json!({ "name": format!("new-{number}"), "kind": "fibonacci" }),
            "/api/v1/jobs/{job}" => body = json!({ "kind": "fibonacci" }),
            "/api/v1/runs/{run}/steps/{step}/approve" | "/api/v1/runs/{run}/steps/{step}/reject" => {
                body = json!({});
            }
            "/api/v1/schedules" | "/api/v1/schedules/preview" | "/api/v1/schedules/{schedule}" => {
                body = schedule(&format!("new-{number}"));
            }
            "/api/v1/calendars" | "/api/v1/calendars/{calendar}" => {
                body = json!({ "name": format!("new-{number}"), "zone": "UTC", "windows": [] });
            }
            "/api/v1/limits/{limit}" => body = json!({ "concurrency": 1 }),
            "/api/v1/webhooks" | "/api/v1/webhooks/{webhook}" => body = webhook(&format!("new-{number}")),
            "/api/v1/products" => body = product(&format!("new{number}")),
            "/api/v1/categories" | "/api/v1/roles" => body["name"] = json!(format!("new{number}")),
            "/api/v1/worker/claim" => body["kinds"] = json!([{ "name": "fibonacci", "version": 1 }]),
            "/api/v1/worker/register" => body["kinds"] = json!([{ "name": "errand" }]),
            "/api/v1/worker/heartbeat" | "/api/v1/worker/output" => body["lease"] = json!(NOTHING),
            "/api/v1/users" => body["email"] = json!(format!("new{number}@example.org")),
            _ => {}
        }
        Some(body)
    }
}

/// A form with a file of no items.
const FORM: &str =
    "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.json\"\r\n\r\n[]\r\n--b--\r\n";

fn product(name: &str) -> Value {
    json!({ "name": name, "category": CATEGORY, "price": "1.00", "stock": 1, "rating": "4.5" })
}

fn schedule(name: &str) -> Value {
    let start = json!({ "kind": "fibonacci", "parameters": { "iterations": 1 } });
    json!({ "name": name, "start": start, "trigger": { "type": "once", "at": LATER } })
}

fn webhook(name: &str) -> Value {
    json!({ "name": name, "url": "https://hooks.example.org/", "types": ["run.failed"] })
}

fn email(name: &str) -> String {
    if name == "admin" { EMAIL.to_owned() } else { format!("{name}@example.org") }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

/// A token of somebody with every right in a workspace, issued at this time.
fn signed(platform: &Platform, workspace: WorkspaceId, at: Timestamp) -> String {
    let random = Random::system();
    let keys = SigningKeys::open(&platform.folder().join("keys"), Clock::system().now(), &random).unwrap();
    let actor = Actor::User { id: random.uuid(at).into() };
    let subject = Subject { actor, workspace, grants: Role::Admin.grants(), session: None, number: None };
    keys.signer().sign(&Claims::new(subject, Claims::ACCESS_LIFETIME, at, &random)).unwrap()
}

//! Every endpoint as every kind of caller, driven by the OpenAPI document.

use std::sync::Arc;

use axum::http::Method;
use metier_auth::ApiKey;
use metier_contract_identity::IdentityClient;
use metier_testkit::authorization::{Endpoint, Table, endpoints, walk};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::world::{PASSWORD, Person, World, on_both};

/// `other` asks for what belongs to `user`; `key` is an API key of the administrator that may read runs;
/// `expired` shows a token that has ended.
const TABLE: &str = "
                                     anonymous expired viewer user   operator other  key    admin
    POST   /api/v1/auth/login            yes     yes     yes    yes    yes      yes    yes    yes
    POST   /api/v1/auth/refresh          yes     yes     yes    yes    yes      yes    yes    yes
    POST   /api/v1/auth/logout           yes     yes     yes    yes    yes      yes    yes    yes
    POST   /api/v1/auth/register         no      no      no     no     no       no     no     no
    GET    /api/v1/auth/me               sign_in sign_in yes    yes    yes      yes    yes    yes
    POST   /api/v1/auth/password         sign_in sign_in yes    yes    yes      yes    no     yes
    GET    /api/v1/auth/sessions         sign_in sign_in yes    yes    yes      yes    no     yes
    DELETE /api/v1/auth/sessions/{id}    sign_in sign_in hidden yes    hidden   hidden no     hidden
    POST   /auth/graphql                yes     yes     yes    yes    yes      yes    yes    yes
    POST   /api/v1/setup                 yes     yes     yes    yes    yes      yes    yes    yes
    GET    /api/v1/users                 sign_in sign_in no     no     no       no     no     yes
    POST   /api/v1/users                 sign_in sign_in no     no     no       no     no     yes
    GET    /api/v1/users/{id}            sign_in sign_in no     no     no       no     no     yes
    PATCH  /api/v1/users/{id}            sign_in sign_in no     no     no       no     no     yes
    DELETE /api/v1/users/{id}            sign_in sign_in no     no     no       no     no     yes
    GET    /api/v1/roles                 sign_in sign_in no     no     no       no     no     yes
    POST   /api/v1/roles                 sign_in sign_in no     no     no       no     no     yes
    GET    /api/v1/roles/{name}          sign_in sign_in no     no     no       no     no     yes
    PATCH  /api/v1/roles/{name}          sign_in sign_in no     no     no       no     no     yes
    DELETE /api/v1/roles/{name}          sign_in sign_in no     no     no       no     no     yes
    GET    /api/v1/api-keys              sign_in sign_in yes    yes    yes      yes    no     yes
    POST   /api/v1/api-keys              sign_in sign_in yes    yes    yes      yes    no     yes
    GET    /api/v1/api-keys/{id}         sign_in sign_in hidden yes    hidden   hidden hidden yes
    DELETE /api/v1/api-keys/{id}         sign_in sign_in hidden yes    hidden   hidden hidden yes
    POST   /api/v1/signing-keys/rotate   sign_in sign_in no     no     no       no     no     yes
    GET    /.well-known/jwks.json        yes     yes     yes    yes    yes      yes    yes    yes
";

/// Callers, and a fresh number for what each call makes.
struct Cast {
    world: World,
    people: Vec<(&'static str, Person)>,
    expired: String,
    key: String,
    made: Mutex<u32>,
}

impl Cast {
    async fn gather(world: World) -> Self {
        let expired = world.admin().await.access;
        world.wait(601);
        let admin = world.person("root@example.org").await;
        let mut people = Vec::new();
        for (name, role) in
            [("viewer", "viewer"), ("user", "user"), ("operator", "operator"), ("other", "user")]
        {
            people.push((name, world.member(&admin, &format!("{name}@example.org"), role).await));
        }
        let wish = json!({ "name": "reader", "grants": ["runs:read"] });
        let key =
            world.post("/api/v1/api-keys", wish).bearer(&admin.access).send().await.expect(201).text("key");
        let gateway = world.sandbox.kit("gateway");
        let client = IdentityClient::new(gateway.link("identity").unwrap());
        let key = client.exchange_api_key(&gateway.ctx(), &ApiKey::parse(&key).unwrap()).await.unwrap();
        let key = key.token.expose().clone();
        people.push(("admin", admin));
        Self { world, people, expired, key, made: Mutex::new(0) }
    }

    fn person(&self, name: &str) -> &Person {
        &self.people.iter().find(|(known, _)| *known == name).unwrap().1
    }

    fn token(&self, actor: &str) -> Option<&str> {
        match actor {
            "anonymous" => None,
            "expired" => Some(&self.expired),
            "key" => Some(&self.key),
            person => Some(&self.person(person).access),
        }
    }

    /// What the path names: made for this call, belonging to `user`.
    async fn named(&self, path: &str, number: u32) -> Vec<(&'static str, String)> {
        let (world, admin, user) = (&self.world, self.person("admin"), self.person("user"));
        let value = if path.starts_with("/api/v1/auth/sessions/") {
            world.person("user@example.org").await.session
        } else if path.starts_with("/api/v1/users/") {
            world.member(admin, &format!("target{number}@example.org"), "user").await.id
        } else if path.starts_with("/api/v1/api-keys/") {
            let wish = json!({ "name": "target", "grants": [] });
            world.post("/api/v1/api-keys", wish).bearer(&user.access).send().await.expect(201).text("id")
        } else if path.starts_with("/api/v1/roles/") {
            let body = json!({ "name": format!("target{number}"), "grants": [] });
            world.post("/api/v1/roles", body).bearer(&admin.access).send().await.expect(201).text("name")
        } else {
            return Vec::new();
        };
        vec![("id", value.clone()), ("name", value)]
    }

    /// A body that succeeds where authorization lets it pass.
    async fn body(&self, endpoint: &Endpoint, actor: &str, number: u32) -> Option<Value> {
        let mut body = endpoint.body.clone()?;
        let email = if actor == "anonymous" || actor == "expired" || actor == "key" { "root" } else { actor };
        let email =
            if email == "admin" { "root@example.org".to_owned() } else { format!("{email}@example.org") };
        match endpoint.path.as_str() {
            "/api/v1/auth/login" => body = json!({ "email": email, "password": PASSWORD }),
            "/api/v1/auth/refresh" => {
                body = json!({ "refresh_token": self.world.person("user@example.org").await.refresh });
            }
            // The same password again, so that all others can go on.
            "/api/v1/auth/password" => {
                body = json!({ "current_password": PASSWORD, "new_password": PASSWORD })
            }
            "/api/v1/users" => body["email"] = json!(format!("new{number}@example.org")),
            "/api/v1/roles" => body["name"] = json!(format!("new{number}")),
            "/api/v1/api-keys" => body["grants"] = json!([]),
            "/api/v1/roles/{name}" | "/api/v1/auth/logout" => body = json!({}),
            _ => {}
        }
        Some(body)
    }

    async fn call(&self, endpoint: &Endpoint, actor: &str) -> u16 {
        let number = {
            let mut made = self.made.lock().await;
            *made += 1;
            *made
        };
        let path = endpoint.filled(&self.named(&endpoint.path, number).await);
        let mut call = self.world.call(Method::from_bytes(endpoint.method.as_bytes()).unwrap(), &path);
        if let Some(body) = self.body(endpoint, actor, number).await {
            call = call.json(body);
        }
        if endpoint.headers.iter().any(|name| name == "if-match") {
            call = call.header("if-match", "*");
        }
        // Signing out would end the session the other rows need.
        let logout = endpoint.path == "/api/v1/auth/logout";
        match self.token(actor) {
            Some(token) if !logout => call.bearer(token).send().await.status.as_u16(),
            _ => call.send().await.status.as_u16(),
        }
    }
}

#[tokio::test]
async fn every_endpoint_answers_every_caller_as_the_table_says() {
    on_both(async |world| {
        let document = world.get("/openapi.json").send().await.expect(200).body;
        let cast = Arc::new(Cast::gather(world).await);
        walk(&endpoints(&document), &Table::parse(TABLE), async |endpoint, actor| {
            cast.call(endpoint, actor).await
        })
        .await;
    })
    .await;
}

//! A person who has signed in and uses the API.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{Platform, client, process::building_client};

const PATIENCE: Duration = Duration::from_secs(90);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The first administrator, as the settings of every [`Platform`] name them.
pub const EMAIL: &str = "ada@example.org";
/// Their password.
pub const PASSWORD: &str = "correct horse battery staple";

/// Someone with a token.
pub struct Person {
    token: String,
    client: Client,
}

impl Person {
    /// Signs the first administrator in.
    pub async fn sign_in(identity: &str) -> Self {
        Self::sign_in_as(identity, EMAIL).await
    }

    /// Signs somebody in whose password is [`PASSWORD`] too.
    pub async fn sign_in_as(identity: &str, email: &str) -> Self {
        let url = format!("{identity}/api/v1/auth/login");
        let answer =
            client().post(url).json(&json!({ "email": email, "password": PASSWORD })).send().await.unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{status} {body}");
        Self::known_by(&body)
    }

    /// Signs the first administrator in; `None` while the service is away or asked too often.
    pub async fn try_sign_in(identity: &str) -> Option<Self> {
        let url = format!("{identity}/api/v1/auth/login");
        let wish = json!({ "email": EMAIL, "password": PASSWORD });
        let answer = client().post(url).json(&wish).send().await.ok()?;
        let status = answer.status();
        let body: Value = answer.json().await.ok()?;
        assert!(status.is_success() || status.is_server_error() || status == 429, "{status} {body}");
        status.is_success().then(|| Self::known_by(&body))
    }

    fn known_by(session: &Value) -> Self {
        Self { token: session["access_token"].as_str().unwrap().to_owned(), client: client() }
    }

    /// The same, for many requests: with connections that are used again, and lost when a process is killed.
    pub fn keeping_connections(self) -> Self {
        Self { client: building_client().build().unwrap(), ..self }
    }

    /// What shows who they are.
    pub fn token(&self) -> &str {
        &self.token
    }

    fn request(&self, method: Method, url: String) -> RequestBuilder {
        self.client.request(method, url).bearer_auth(&self.token)
    }

    /// Asks for something; `None` while the service is away.
    pub async fn find(&self, url: String) -> Option<Value> {
        let answer = self.request(Method::GET, url).send().await.ok()?;
        let status = answer.status();
        let body: Value = answer.json().await.ok()?;
        assert!(status.is_success() || status.is_server_error(), "{status} {body}");
        status.is_success().then_some(body)
    }

    /// Submits a run, as soon as a worker has said that it knows the kind. Answers the run's id.
    pub async fn submit(&self, platform: &Platform, run: &Value) -> String {
        self.submit_at(&platform.api("jobs"), run).await
    }

    /// The same where jobs is at this address.
    pub async fn submit_at(&self, jobs: &str, run: &Value) -> String {
        let began = Instant::now();
        loop {
            let answer =
                self.request(Method::POST, format!("{jobs}/api/v1/runs")).json(run).send().await.unwrap();
            let status = answer.status();
            let body: Value = answer.json().await.unwrap();
            if status.is_success() {
                return body["id"].as_str().unwrap().to_owned();
            }
            assert!(body["code"] == "unknown_kind" && began.elapsed() < PATIENCE, "{status} {body}");
            sleep(LOOK_EVERY).await;
        }
    }

    /// Submits a run under an idempotency key; `None` while the service is away.
    pub async fn try_submit(&self, jobs: &str, run: &Value, key: &str) -> Option<String> {
        let request =
            self.request(Method::POST, format!("{jobs}/api/v1/runs")).header("idempotency-key", key);
        let answer = request.json(run).send().await.ok()?;
        let status = answer.status();
        let body: Value = answer.json().await.ok()?;
        assert!(status.is_success() || status.is_server_error() || status == 429, "{status} {body}");
        status.is_success().then(|| body["id"].as_str().unwrap().to_owned())
    }

    /// Creates something and answers it.
    pub async fn create(&self, url: String, body: &Value) -> Value {
        let answer = self.request(Method::POST, url).json(body).send().await.unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{status} {body}");
        body
    }

    /// Asks for something to be done and answers what came of it.
    pub async fn post(&self, url: String) -> Value {
        let answer = self.request(Method::POST, url).send().await.unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{status} {body}");
        body
    }

    /// Waits until a run has ended, whatever happens to the service meanwhile.
    pub async fn ended(&self, jobs: &str, id: &str) -> Value {
        self.reaches(jobs, id, |run| run["ended_at"].is_string()).await
    }

    /// Waits until a run is as wanted.
    pub async fn reaches(&self, jobs: &str, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let (began, mut last) = (Instant::now(), Value::Null);
        while began.elapsed() < PATIENCE {
            if let Some(run) = self.find(format!("{jobs}/api/v1/runs/{id}")).await {
                if wanted(&run) {
                    return run;
                }
                last = run;
            }
            sleep(LOOK_EVERY).await;
        }
        panic!("the run never came to that: {last}");
    }
}

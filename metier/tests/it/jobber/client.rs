//! A client as Jobber's are: it keeps the cookie it was given and knows nothing else of ours.

use std::time::Duration;

use reqwest::{Response, header::SET_COOKIE};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::platform::{PASSWORD, client};

const PATIENCE: Duration = Duration::from_secs(300);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What a run is asked for.
const JOB: &str = "query Job($id: Float!) { job(id: $id) { id name size completed status startedAt endedAt state failed } }";
/// How a run is submitted.
const EXECUTE: &str = "mutation Execute($input: ExecuteJobInput!) { executeJob(executeJobInput: $input) \
    { id name size completed status startedAt endedAt } }";

/// Someone at the public door.
pub struct Client {
    door: String,
    cookie: Option<String>,
}

impl Client {
    /// Nobody yet.
    pub fn stranger(door: &str) -> Self {
        Self { door: door.to_owned(), cookie: None }
    }

    /// Makes an account and signs in.
    pub async fn new_user(door: &str, email: &str) -> Self {
        let mut client = Self::stranger(door);
        let made = client.create_user(email).await;
        assert_eq!(made["data"]["createUser"]["email"], email, "{made}");
        let signed_in = client.login(email, PASSWORD).await;
        assert_eq!(signed_in["data"]["login"], made["data"]["createUser"], "{signed_in}");
        client
    }

    /// What it shows, `name=value`.
    pub fn cookie(&self) -> &str {
        self.cookie.as_deref().unwrap()
    }

    pub async fn create_user(&self, email: &str) -> Value {
        let query = "mutation($input: CreateUserInput!) { createUser(createUserInput: $input) { id email } }";
        self.auth(query, &json!({ "input": { "email": email, "password": PASSWORD } })).await
    }

    pub async fn login(&mut self, email: &str, password: &str) -> Value {
        let query = "mutation($input: LoginInput!) { login(loginInput: $input) { id email } }";
        let variables = json!({ "input": { "email": email, "password": password } });
        let answer = self.ask("/auth/graphql", query, &variables).await;
        let cookies: Vec<_> = answer.headers().get_all(SET_COOKIE).iter().collect();
        if let [cookie] = cookies.as_slice() {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        body(answer).await
    }

    /// Asks about people.
    pub async fn auth(&self, query: &str, variables: &Value) -> Value {
        body(self.ask("/auth/graphql", query, variables).await).await
    }

    /// Asks about runs.
    pub async fn jobs(&self, query: &str, variables: &Value) -> Value {
        body(self.ask("/jobs/graphql", query, variables).await).await
    }

    /// Asks, and sees the whole answer.
    pub async fn ask(&self, path: &str, query: &str, variables: &Value) -> Response {
        let request = self.request(path).json(&json!({ "query": query, "variables": variables }));
        request.send().await.unwrap()
    }

    /// A request with the cookie.
    pub fn request(&self, path: &str) -> reqwest::RequestBuilder {
        let request = client().post(format!("{}{path}", self.door));
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    /// Uploads a file in a form.
    pub async fn upload(&self, path: &str, file: &str) -> Value {
        let kind = "multipart/form-data; boundary=the-boundary";
        let head = "content-disposition: form-data; name=\"file\"; filename=\"products.json\"\r\n\
            content-type: application/json\r\n";
        let form = format!("--the-boundary\r\n{head}\r\n{file}\r\n--the-boundary--\r\n");
        body(self.request(path).header("content-type", kind).body(form).send().await.unwrap()).await
    }

    /// Submits a run as soon as a worker has said that it knows the kind.
    pub async fn execute(&self, name: &str, data: &Value) -> Value {
        let (began, variables) = (Instant::now(), json!({ "input": { "name": name, "data": data } }));
        loop {
            let answer = self.jobs(EXECUTE, &variables).await;
            if answer["data"].is_object() {
                return answer["data"]["executeJob"].clone();
            }
            let code = &answer["errors"][0]["extensions"]["code"];
            assert!(code == "unknown_kind" && began.elapsed() < PATIENCE, "{answer}");
            sleep(LOOK_EVERY).await;
        }
    }

    /// Waits until a run is as wanted, whatever happens to the service meanwhile.
    pub async fn reaches(&self, id: &Value, wanted: impl Fn(&Value) -> bool) -> Value {
        let (began, mut last) = (Instant::now(), Value::Null);
        while began.elapsed() < PATIENCE {
            let request =
                self.request("/jobs/graphql").json(&json!({ "query": JOB, "variables": { "id": id } }));
            if let Ok(answer) = request.send().await
                && let Ok(answer) = answer.json::<Value>().await
            {
                last = answer;
                if last["data"]["job"].is_object() && wanted(&last["data"]["job"]) {
                    return last["data"]["job"].clone();
                }
            }
            sleep(LOOK_EVERY).await;
        }
        panic!("the run never came to that: {last}");
    }

    /// Waits until a run has ended.
    pub async fn ended(&self, id: &Value) -> Value {
        self.reaches(id, |job| job["status"] != "IN_PROGRESS").await
    }
}

/// The answer as JSON.
pub async fn body(answer: Response) -> Value {
    let status = answer.status();
    let text = answer.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status}: {text}"))
}

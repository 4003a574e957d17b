//! A client that keeps the cookie it was given, and asks by GraphQL.

use anyhow::{Context, Result, bail};
use reqwest::{
    Response,
    header::{COOKIE, SET_COOKIE},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// What is asked of a job.
const FIELDS: &str = "id size completed failed cancelled status state reason";

/// A job as it stands.
#[derive(Deserialize)]
pub struct Job {
    pub id: i64,
    pub size: i64,
    pub completed: i64,
    pub failed: i64,
    pub cancelled: i64,
    pub status: String,
    pub state: String,
    pub reason: Option<String>,
}

/// Someone at the public door.
pub struct Client {
    http: reqwest::Client,
    base_url: String,
    cookie: Option<String>,
}

impl Client {
    /// Nobody yet.
    pub fn new(base_url: &str) -> Result<Self> {
        let base_url = base_url.trim_end_matches('/').to_owned();
        Ok(Self { http: reqwest::Client::builder().build()?, base_url, cookie: None })
    }

    pub async fn create_user(&self, email: &str, password: &str) -> Result<()> {
        let query = "mutation($input: CreateUserInput!) { createUser(createUserInput: $input) { id } }";
        let variables = json!({ "input": { "email": email, "password": password } });
        data(self.ask("/auth/graphql", query, variables).await?).await.map(drop)
    }

    pub async fn login(&mut self, email: &str, password: &str) -> Result<()> {
        let query = "mutation($input: LoginInput!) { login(loginInput: $input) { id } }";
        let variables = json!({ "input": { "email": email, "password": password } });
        let answer = self.ask("/auth/graphql", query, variables).await?;
        let cookie = answer.headers().get(SET_COOKIE).and_then(|cookie| cookie.to_str().ok());
        self.cookie = cookie.and_then(|cookie| cookie.split(';').next()).map(str::to_owned);
        data(answer).await.map(drop)
    }

    pub async fn execute(&self, name: &str, items: Value) -> Result<Job> {
        let query = format!(
            "mutation($input: ExecuteJobInput!) {{ executeJob(executeJobInput: $input) {{ {FIELDS} }} }}"
        );
        let variables = json!({ "input": { "name": name, "data": items } });
        job(self.ask("/jobs/graphql", &query, variables).await?, "executeJob").await
    }

    pub async fn job(&self, id: i64) -> Result<Job> {
        let query = format!("query($id: Float!) {{ job(id: $id) {{ {FIELDS} }} }}");
        job(self.ask("/jobs/graphql", &query, json!({ "id": id })).await?, "job").await
    }

    /// Uploads the items as a file; what a job is given to run it.
    pub async fn upload(&self, items: &Value) -> Result<Value> {
        let form = format!(
            "--load\r\ncontent-disposition: form-data; name=\"file\"; filename=\"items.json\"\r\n\r\n{items}\r\n--load--\r\n"
        );
        let request = self.post("/jobs/uploads/file");
        let request = request.header("content-type", "multipart/form-data; boundary=load").body(form);
        let answer = request.send().await?;
        let status = answer.status();
        let kept: Value = answer.json().await?;
        if !status.is_success() {
            bail!("the upload was refused: {kept}");
        }
        Ok(json!({ "fileName": kept["filename"] }))
    }

    fn post(&self, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.post(format!("{}{path}", self.base_url));
        match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    async fn ask(&self, path: &str, query: &str, variables: Value) -> Result<Response> {
        let request = self.post(path).json(&json!({ "query": query, "variables": variables }));
        request.send().await.with_context(|| format!("{} does not answer", self.base_url))
    }
}

async fn job(answer: Response, field: &str) -> Result<Job> {
    Ok(serde_json::from_value(data(answer).await?[field].take())?)
}

/// What was asked for, or why not.
async fn data(answer: Response) -> Result<Value> {
    let status = answer.status();
    let mut body: Value = answer.json().await.with_context(|| format!("{status} and no JSON"))?;
    match body["errors"].get(0) {
        Some(error) => bail!("{} ({})", error["message"], error["extensions"]["code"]),
        None if status.is_success() => Ok(body["data"].take()),
        None => bail!("{status}: {body}"),
    }
}

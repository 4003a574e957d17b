//! OpenJobs' own client: bare paths on a port of their own, a key in `X-API-Key`, answers in an envelope.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep},
};

use crate::platform::{Person, Platform, Process, Topology, client, free_port};

const PATIENCE: Duration = Duration::from_secs(90);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The rights of a client that does everything OpenJobs' clients do.
const ALL: [&str; 6] =
    ["postings:read", "postings:write", "sources:read", "sources:sync", "sources:manage", "runs:submit"];

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The data of an answer that went well.
    #[track_caller]
    pub fn data(self, status: u16) -> Value {
        assert_eq!((self.status, &self.body["success"]), (status, &json!(true)), "{self:?}");
        self.body["data"].clone()
    }

    /// A refusal, in the envelope.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!(
            (self.status, &self.body["success"], &self.body["code"]),
            (status, &json!(false), &json!(code)),
            "{self:?}"
        );
        assert!(self.body["message"].as_str().is_some_and(|it| !it.is_empty()), "{self:?}");
        self
    }
}

/// A running installation with OpenJobs' door, and a client that may do everything there.
pub struct OpenJobs {
    pub platform: Platform,
    pub admin: Person,
    pub key: String,
    port: u16,
}

impl OpenJobs {
    /// Starts it. No test asks a board on the internet: nothing listens where its plugin is said to be.
    pub async fn start(topology: Topology) -> Self {
        let port = free_port();
        let listen = format!("127.0.0.1:{port}");
        let settings = [
            ("METIER_GATEWAY__OPENJOBS_LISTEN", listen.as_str()),
            ("METIER_GATEWAY__CORS__ORIGINS", "[\"https://front.example\"]"),
            ("PLUGIN_ARBETSFORMEDLINGEN_URL", "http://127.0.0.1:9"),
        ];
        let platform = Platform::start_with(topology, &settings).await;
        let admin = Person::sign_in(&platform.api("gateway")).await;
        let key = key(&platform, &admin, &ALL).await;
        Self { platform, admin, key, port }
    }

    /// A key with these rights.
    pub async fn key(&self, grants: &[&str]) -> String {
        key(&self.platform, &self.admin, grants).await
    }

    /// A request of nobody.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        client().request(method, format!("http://127.0.0.1:{}{path}", self.port))
    }

    /// Asks with the key.
    pub async fn ask(&self, method: &str, path: &str) -> Answer {
        send(self.request(method, path).header("X-API-Key", &self.key)).await
    }

    /// Sends something with the key.
    pub async fn tell(&self, method: &str, path: &str, body: &Value) -> Answer {
        send(self.request(method, path).header("X-API-Key", &self.key).json(body)).await
    }

    /// Asks until the data is as wanted.
    pub async fn reaches(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let data = self.ask("GET", path).await.data(200);
            if wanted(&data) {
                return data;
            }
            assert!(began.elapsed() < PATIENCE, "{path} never came to that: {data}");
            sleep(LOOK_EVERY).await;
        }
    }

    /// Starts a sync of every source, as soon as a worker has said that it knows how.
    pub async fn sync(&self) -> Value {
        let began = Instant::now();
        loop {
            let answer = self.ask("POST", "/sync/manual").await;
            if answer.body["code"] != "unknown_kind" {
                return answer.data(200);
            }
            assert!(began.elapsed() < PATIENCE, "{answer:?}");
            sleep(LOOK_EVERY).await;
        }
    }

    /// The status line for a path that is sent as it is, which no library of a client would do.
    pub async fn raw(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let key = &self.key;
        let head = format!("GET {path} HTTP/1.1\r\nhost: a\r\nx-api-key: {key}\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.lines().next().unwrap_or_default().to_owned()
    }
}

/// A plugin of invented postings, in a process of its own, and its address.
pub async fn invented() -> (Process, String) {
    let mut process = Process::start(&["plugin", "run", "demo", "--port", "0"], &["demo".to_owned()], &[]);
    process.says("listens on http://").await;
    let said = process.said();
    let (_, address) = said.split_once("listens on ").unwrap();
    let address = address.split_whitespace().next().unwrap().to_owned();
    (process, address)
}

async fn key(platform: &Platform, admin: &Person, grants: &[&str]) -> String {
    let url = format!("{}/api/v1/api-keys", platform.api("gateway"));
    let made = admin.create(url, &json!({ "name": "openjobs", "grants": grants })).await;
    made["key"].as_str().unwrap().to_owned()
}

/// Sends a request; what is no JSON is `null`.
pub async fn send(request: RequestBuilder) -> Answer {
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
    Answer { status, headers, body }
}

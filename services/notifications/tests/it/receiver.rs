//! A real receiver on a port of this machine: it keeps what it got, and answers as a test wants.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header::LOCATION};
use serde_json::Value;
use tokio::sync::Notify;

/// Far longer than any of this takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// What arrived.
#[derive(Clone, Debug)]
pub struct Received {
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

/// How the receiver answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manner {
    With(u16),
    Redirecting(String),
}

#[derive(Clone)]
struct Inner {
    received: Arc<Mutex<Vec<Received>>>,
    manner: Arc<Mutex<Manner>>,
    arrived: Arc<Notify>,
}

pub struct Receiver {
    pub address: SocketAddr,
    inner: Inner,
    task: tokio::task::JoinHandle<()>,
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let manner = Arc::new(Mutex::new(Manner::With(204)));
        let inner = Inner { received: Arc::default(), manner, arrived: Arc::default() };
        let router = Router::new().fallback(take).with_state(inner.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, inner, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook?of=me", self.address)
    }

    pub fn answer(&self, manner: Manner) {
        *self.inner.manner.lock().unwrap() = manner;
    }

    /// What arrived, once it is so much; more is a failure.
    pub async fn received(&self, count: usize) -> Vec<Received> {
        let wait = async {
            loop {
                let arrived = self.inner.arrived.notified();
                if self.inner.received.lock().unwrap().len() >= count {
                    return;
                }
                arrived.await;
            }
        };
        let came = tokio::time::timeout(PATIENCE, wait).await;
        let received = self.inner.received.lock().unwrap().clone();
        assert!(came.is_ok() && received.len() == count, "{count} expected: {received:?}");
        received
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take(State(inner): State<Inner>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let body = serde_json::from_str(&text).unwrap();
    inner.received.lock().unwrap().push(Received { headers: head.headers, text, body });
    inner.arrived.notify_waiters();
    match inner.manner.lock().unwrap().clone() {
        Manner::With(status) => (StatusCode::from_u16(status).unwrap(), "thank you\0").into_response(),
        Manner::Redirecting(target) => (StatusCode::FOUND, [(LOCATION, target)]).into_response(),
    }
}

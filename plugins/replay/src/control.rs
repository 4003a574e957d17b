//! The stand-in's own paths: trouble is ordered, ads change, and what was asked is told.

use std::sync::{Mutex, PoisonError};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, Uri},
    routing::{get, patch, post},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Fault, Replay, Trouble};

/// Requests remembered; the oldest are forgotten.
const MEMORY: usize = 10_000;

/// One request to a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The path.
    pub path: String,
    /// The query without keys.
    pub query: Vec<(String, String)>,
}

impl Request {
    /// The value of a query parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What is ordered and what was asked.
#[derive(Debug, Default)]
pub(crate) struct Control {
    troubles: Mutex<Vec<Trouble>>,
    requests: Mutex<Vec<Request>>,
}

impl Control {
    pub(crate) fn order(&self, trouble: Trouble) {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner).push(trouble);
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn clear(&self) {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Remembers the request, and says what it is to suffer.
    pub(crate) fn note(&self, uri: &Uri) -> Option<Fault> {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() == MEMORY {
            requests.remove(0);
        }
        requests.push(Request { path: uri.path().to_owned(), query: query_without_keys(uri) });
        self.take(uri.path())
    }

    fn take(&self, path: &str) -> Option<Fault> {
        let mut troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        troubles.retain(|trouble| trouble.times > 0);
        let trouble = troubles.iter_mut().find(|trouble| path.starts_with(&trouble.path))?;
        if trouble.after > 0 {
            trouble.after -= 1;
            return None;
        }
        trouble.times -= 1;
        Some(trouble.fault.clone())
    }
}

fn query_without_keys(uri: &Uri) -> Vec<(String, String)> {
    let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    pairs
        .filter(|(name, _)| !name.starts_with("app_"))
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

pub(crate) fn routes() -> Router<Replay> {
    Router::new()
        .route("/replay/faults", post(order).delete(clear))
        .route("/replay/requests", get(requests))
        .route("/replay/jobtech/ads/{id}", patch(change_ad).delete(remove_ad))
}

async fn order(State(replay): State<Replay>, Json(trouble): Json<Trouble>) -> StatusCode {
    replay.order(trouble);
    StatusCode::NO_CONTENT
}

async fn clear(State(replay): State<Replay>) -> StatusCode {
    replay.control.clear();
    StatusCode::NO_CONTENT
}

async fn requests(State(replay): State<Replay>) -> Json<Vec<Request>> {
    Json(replay.requests())
}

async fn change_ad(
    State(replay): State<Replay>,
    Path(id): Path<String>,
    Json(patch): Json<Value>,
) -> StatusCode {
    if replay.patch_ad(&id, &patch) { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

async fn remove_ad(State(replay): State<Replay>, Path(id): Path<String>) -> StatusCode {
    if replay.remove_ad(&id) { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

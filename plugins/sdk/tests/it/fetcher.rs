//! A source asked over HTTP, in all its moods.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    body::Body,
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use bytes::Bytes;
use futures::stream;
use metier_plugin_sdk::{Effects, FetchError, Fetcher, Identity, Politeness};
use serde_json::json;
use time::OffsetDateTime;

use crate::support::served;

const POLITE: Politeness = Politeness {
    pause: Duration::ZERO,
    attempts: 3,
    first_wait: Duration::from_millis(1),
    longest_wait: Duration::from_secs(5),
    timeout: Duration::from_secs(5),
    largest_answer: 100_000,
};

/// A fetcher for a source that answers so, by the number of the request.
async fn asked(politeness: Politeness, answer: fn(usize) -> Response) -> (Fetcher, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    let routes =
        Router::new().route("/ads", get(async move || answer(counted.fetch_add(1, Ordering::SeqCst))));
    (fetcher(&served(routes).await, politeness), requests)
}

fn fetcher(address: &str, politeness: Politeness) -> Fetcher {
    let identity = Identity { id: "test", name: "Test", version: "1", prefix: "t", demo: false };
    let effects = Effects::fixed(OffsetDateTime::UNIX_EPOCH);
    Fetcher::build(address.parse().unwrap(), politeness, effects, identity).unwrap()
}

async fn failure(politeness: Politeness, answer: fn(usize) -> Response) -> (FetchError, usize) {
    let (fetcher, requests) = asked(politeness, answer).await;
    let error = fetcher.json("ads", &[("key", "sesame".to_owned())]).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("sesame"), "an error shows the key");
    (error, requests.load(Ordering::SeqCst))
}

#[tokio::test]
async fn a_source_that_recovers_is_asked_until_it_does() {
    let (fetcher, requests) = asked(POLITE, |number| match number {
        0 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        1 => (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "0")]).into_response(),
        _ => Json(json!({"ads": 1})).into_response(),
    })
    .await;
    assert_eq!(fetcher.json("ads", &[]).await.unwrap(), json!({"ads": 1}));
    assert_eq!(requests.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_source_that_does_not_is_given_up_with_what_it_said() {
    let (error, requests) =
        failure(POLITE, |_| (StatusCode::BAD_GATEWAY, "the database is asleep").into_response()).await;
    assert_eq!(
        (error.to_string().as_str(), requests),
        ("the source answered 502: the database is asleep", 3)
    );
    let (error, requests) =
        failure(POLITE, |_| (StatusCode::BAD_REQUEST, "limit is too large").into_response()).await;
    assert_eq!((error.to_string().as_str(), requests), ("the source answered 400: limit is too large", 1));
}

#[tokio::test]
async fn a_pause_longer_than_agreed_is_not_waited_for() {
    let (error, requests) =
        failure(POLITE, |_| (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "3600")]).into_response())
            .await;
    assert!(matches!(error, FetchError::WaitTooLong(wait) if wait.as_secs() == 3600));
    assert_eq!(requests, 1);
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let (error, requests) = failure(POLITE, |_| Redirect::temporary("/elsewhere").into_response()).await;
    assert!(matches!(error, FetchError::Redirected { status: 307 }));
    assert_eq!(requests, 1);
}

#[tokio::test]
async fn an_answer_larger_than_allowed_is_cut_short() {
    let endless = |_| {
        let chunks = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 8_192])));
        Body::from_stream(chunks).into_response()
    };
    let (error, _) = failure(POLITE, endless).await;
    assert_eq!(error.to_string(), "the source's answer is larger than 100000 bytes");
}

#[tokio::test]
async fn an_answer_that_never_comes_is_timed_out() {
    let silent = |_| Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>()).into_response();
    let hasty = Politeness { timeout: Duration::from_millis(50), attempts: 2, ..POLITE };
    let (error, requests) = failure(hasty, silent).await;
    assert!(matches!(error, FetchError::TimedOut(_)), "{error}");
    assert_eq!(requests, 2);
}

#[tokio::test]
async fn what_is_not_json_is_told_from_what_is_cut_off() {
    let (error, requests) = failure(POLITE, |_| "<html>maintenance</html>".into_response()).await;
    assert!(matches!(error, FetchError::NotJson(_)) && requests == 1, "{error}");
    let (error, requests) = failure(POLITE, |_| "{\"results\": [".into_response()).await;
    assert!(matches!(error, FetchError::CutOff(13)) && requests == 3, "{error}");
}

#[tokio::test]
async fn a_source_that_is_not_there_is_told_in_words() {
    let nobody = fetcher("http://127.0.0.1:1", POLITE);
    let error = nobody.json("ads", &[("key", "sesame".to_owned())]).await.unwrap_err();
    assert!(error.to_string().starts_with("the source cannot be reached: "), "{error}");
    assert!(!format!("{error:?}").contains("sesame"));
}

//! The handler against real servers on this machine.

use axum::{
    Router,
    body::{Body, Bytes},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect},
    routing::get,
};
use metier_worker::Stop;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;
use crate::kinds::tests::task;

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn site() -> Router {
    Router::new()
        .route("/text", get(|| async { "hej värld" }))
        .route("/binary", get(|| async { Bytes::from_static(&[0xff, 0x00, 0xfe]) }))
        .route("/large", get(|| async { "x".repeat(USUAL_BYTES + 1) }))
        .route("/gone", get(|| async { StatusCode::GONE }))
        .route(
            "/busy",
            get(|| async { (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "7")]).into_response() }),
        )
        .route("/moved", get(|| async { Redirect::temporary("/text") }))
        .route("/loop", get(|| async { Redirect::temporary("/loop") }))
        .route("/file", get(|| async { Redirect::temporary("file:///etc/passwd") }))
        .route("/endless", get(|| async { Body::from_stream(endless()) }))
}

fn endless() -> impl futures::Stream<Item = Result<Bytes, std::convert::Infallible>> {
    futures::stream::iter(std::iter::repeat_with(|| Ok(Bytes::from_static(&[b'x'; 4_096]))))
}

async fn ask(url: String, settings: HttpSettings) -> Result<Value, TaskError> {
    let parameters = Parameters { url, max_bytes: None };
    match HttpGet::build(settings).unwrap().run(task(&Stop::default()), parameters).await? {
        Done::Result(result) => Ok(result),
        Done::Skipped(reason) => panic!("skipped: {reason}"),
    }
}

const OPEN: HttpSettings = HttpSettings { allow_private_addresses: true };

#[track_caller]
fn permanent(answer: Result<Value, TaskError>) -> String {
    match answer {
        Err(TaskError::Permanent(error)) => error.code.into_owned(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_answer_is_kept_as_text_or_as_bytes() {
    let base = serve(site()).await;
    let text = ask(format!("{base}/moved"), OPEN).await.unwrap();
    let expected = json!({
        "status": 200, "url": format!("{base}/text"), "content_type": "text/plain; charset=utf-8",
        "bytes": 10, "text": "hej värld",
    });
    assert_eq!(text, expected);
    let binary = ask(format!("{base}/binary"), OPEN).await.unwrap();
    assert_eq!((&binary["bytes"], &binary["base64"], binary.get("text")), (&json!(3), &json!("/wD+"), None));
}

#[tokio::test]
async fn what_went_wrong_says_whether_to_ask_again() {
    let base = serve(site()).await;
    assert_eq!(permanent(ask(format!("{base}/gone"), OPEN).await), "http_status");
    assert_eq!(permanent(ask(format!("{base}/large"), OPEN).await), "response_too_large");
    assert_eq!(permanent(ask(format!("{base}/endless"), OPEN).await), "response_too_large");
    assert_eq!(permanent(ask(format!("{base}/loop"), OPEN).await), "too_many_redirects");
    assert_eq!(permanent(ask(format!("{base}/file"), OPEN).await), "http_status");
    assert_eq!(permanent(ask("http://".to_owned(), OPEN).await), "invalid_parameters");
    let busy = ask(format!("{base}/busy"), OPEN).await;
    let Err(TaskError::Retryable(busy)) = busy else { panic!("{busy:?}") };
    assert_eq!(busy.retry_after, Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn nothing_of_a_private_network_is_asked() {
    let base = serve(site()).await;
    let port = base.rsplit(':').next().unwrap().to_owned();
    for host in ["127.0.0.1", "localhost", "[::1]", "169.254.169.254"] {
        let refused = ask(format!("http://{host}:{port}/text"), HttpSettings::default()).await;
        assert_eq!(permanent(refused), "address_not_allowed", "{host}");
    }
}

#[tokio::test]
async fn a_server_that_breaks_off_is_asked_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let _ = connection.read(&mut [0; 1_024]).await;
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await.unwrap();
    });
    let broken = ask(url, OPEN).await;
    assert!(matches!(&broken, Err(TaskError::Retryable(error)) if error.code == "unreachable"), "{broken:?}");
}

#[tokio::test]
async fn a_server_that_never_answers_is_let_go_with_the_task() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let asking = tokio::spawn(ask(url, OPEN));
    let (mut connection, _) = listener.accept().await.unwrap();
    let mut heard = vec![0; 1_024];
    assert!(connection.read(&mut heard).await.unwrap() > 0);
    asking.abort();
    assert_eq!(connection.read(&mut heard).await.unwrap_or(0), 0, "the connection was closed");
}

//! Server-sent events over the shared edge.

use axum::{Router, response::sse::Event, routing::get};
use metier_http::{LastEventId, events, layers};
use tokio::sync::mpsc;
use tokio_stream::{StreamExt, wrappers::UnboundedReceiverStream};
use tokio_util::sync::CancellationToken;

use crate::app::{get_path, options, request, send, text};

fn app(stop: CancellationToken) -> (Router, mpsc::UnboundedSender<Event>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let receiver = std::sync::Arc::new(std::sync::Mutex::new(Some(receiver)));
    let follow = async move |LastEventId(last): LastEventId| {
        let received = UnboundedReceiverStream::new(receiver.lock().unwrap().take().unwrap());
        let begin = Event::default().event("begin").data(last.unwrap_or_default());
        events(tokio_stream::once(begin).chain(received), async move { stop.cancelled().await })
    };
    (layers(Router::new().route("/follow", get(follow)), options()), sender)
}

#[tokio::test]
async fn events_arrive_in_order_until_the_stream_ends() {
    let (app, sender) = app(CancellationToken::new());
    sender.send(Event::default().id("8").data("one")).unwrap();
    drop(sender);
    let resumed = request("GET", "/follow").header("last-event-id", "7").body("".into()).unwrap();
    let response = send(app, resumed).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    assert_eq!(text(response).await, "event: begin\ndata: 7\n\nid: 8\ndata: one\n\n");
}

#[tokio::test]
async fn a_stop_ends_an_open_stream() {
    let stop = CancellationToken::new();
    let (app, _sender) = app(stop.clone());
    let response = send(app, get_path("/follow")).await;
    let mut pieces = response.into_body().into_data_stream();
    assert!(pieces.next().await.unwrap().unwrap().starts_with(b"event: begin"));
    stop.cancel();
    assert!(pieces.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_is_kept_alive() {
    let (app, _sender) = app(CancellationToken::new());
    let response = send(app, get_path("/follow")).await;
    let mut pieces = response.into_body().into_data_stream();
    assert!(pieces.next().await.unwrap().unwrap().starts_with(b"event: begin"));
    assert!(pieces.next().await.unwrap().unwrap().starts_with(b":"));
}

#[tokio::test]
async fn a_last_id_without_bounds_is_refused() {
    let (app, _sender) = app(CancellationToken::new());
    let endless = request("GET", "/follow").header("last-event-id", "x".repeat(513)).body("".into()).unwrap();
    assert_eq!(send(app, endless).await.status(), 400);
}

//! Bodies pass as they come, never collected.

use axum::body::{Body, Bytes};
use futures::StreamExt;
use http_body_util::BodyExt;
use tokio_stream::wrappers::ReceiverStream;

use crate::world::everywhere;

#[tokio::test]
async fn an_event_arrives_while_the_stream_is_open() {
    everywhere(async |world| {
        let response = world.get("/api/v1/runs/stream").open().await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut body = response.into_body();
        let sender = world.shared.stream.lock().unwrap().take().unwrap();
        for text in ["data: one\n\n", "data: two\n\n"] {
            sender.send(Bytes::from(text)).await.unwrap();
            let frame = body.frame().await.unwrap().unwrap();
            assert_eq!(frame.into_data().unwrap(), text);
        }
        drop(sender);
        assert!(body.frame().await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_client_that_goes_away_ends_the_stream_at_the_service() {
    everywhere(async |world| {
        let response = world.get("/api/v1/runs/stream").open().await;
        let sender = world.shared.stream.lock().unwrap().take().unwrap();
        drop(response);
        sender.closed().await;
    })
    .await;
}

#[tokio::test]
async fn a_long_answer_comes_whole() {
    everywhere(async |world| {
        let mut body = world.get("/api/v1/runs/long").open().await.into_body();
        let mut size = 0;
        while let Some(frame) = body.frame().await {
            size += frame.unwrap().into_data().map_or(0, |data| data.len());
        }
        assert_eq!(size, 64 * 1024 * 1024);
    })
    .await;
}

#[tokio::test]
async fn an_upload_reaches_the_service_before_it_ends() {
    everywhere(async |world| {
        let (sender, receiver) = tokio::sync::mpsc::channel::<Bytes>(1);
        let body = Body::from_stream(ReceiverStream::new(receiver).map(Ok::<_, std::convert::Infallible>));
        let upload = world.post("/api/v1/runs/count").body(body).send();
        let feed = async move {
            // With room for one chunk, this only goes on while somebody takes them.
            for _ in 0..64 {
                sender.send(Bytes::from(vec![7_u8; 64 * 1024])).await.unwrap();
            }
        };
        let (answer, ()) = tokio::join!(upload, feed);
        assert_eq!(answer.expect(200).body, 4 * 1024 * 1024);
    })
    .await;
}

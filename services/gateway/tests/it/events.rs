//! What happens in all services, as one stream for each client.

use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use metier_bus::NewEvent;
use metier_core::{UserId, WorkspaceId};
use metier_db::{DbError, sql};
use serde_json::{Value, json};

use crate::world::{World, everywhere};

/// Far longer than any of this takes: a stream that says nothing is a failure, not a test that hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// One client's stream.
struct Stream {
    body: Body,
    text: String,
}

/// What the stream said.
#[derive(Clone, Debug, Default)]
struct Frame {
    name: String,
    id: String,
    data: Value,
}

impl Stream {
    /// The stream and where it begins.
    async fn open(world: &World, token: &str, query: &str, last: Option<&str>) -> (Self, String) {
        let ask = world.get(&format!("/api/v1/events{query}")).bearer(token);
        let ask = if let Some(last) = last { ask.header("last-event-id", last) } else { ask };
        let response = ask.open().await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut stream = Self { body: response.into_body(), text: String::new() };
        let first = stream.frame().await.unwrap();
        assert_eq!((&*first.name, &first.data), ("", &Value::Null), "a stream begins with its place");
        (stream, first.id)
    }

    async fn frame(&mut self) -> Option<Frame> {
        loop {
            if let Some((frame, rest)) = self.text.split_once("\n\n") {
                let (frame, rest) = (frame.to_owned(), rest.to_owned());
                self.text = rest;
                let frame = read(&frame);
                if frame.is_some() {
                    return frame;
                }
                continue;
            }
            let next = tokio::time::timeout(PATIENCE, self.body.frame()).await.unwrap();
            self.text.push_str(std::str::from_utf8(&next?.unwrap().into_data().unwrap()).unwrap());
        }
    }

    /// The next event; places alone are passed over.
    async fn next(&mut self) -> Frame {
        loop {
            let frame = self.frame().await.unwrap();
            if !frame.name.is_empty() {
                return frame;
            }
        }
    }

    async fn subjects(&mut self, count: usize) -> Vec<String> {
        let mut subjects = Vec::new();
        while subjects.len() < count {
            subjects.push(self.next().await.data["subject"].as_str().unwrap().to_owned());
        }
        subjects
    }
}

/// Comments are no frames.
fn read(text: &str) -> Option<Frame> {
    let mut frame = Frame::default();
    let mut is_frame = false;
    for line in text.lines() {
        let Some((field, value)) = line.split_once(": ").filter(|(field, _)| !field.is_empty()) else {
            continue;
        };
        is_frame = true;
        match field {
            "event" => value.clone_into(&mut frame.name),
            "id" => value.clone_into(&mut frame.id),
            "data" => frame.data = serde_json::from_str(value).unwrap(),
            other => panic!("{other}"),
        }
    }
    is_frame.then_some(frame)
}

fn person(number: u128) -> UserId {
    UserId::from_uuid(uuid(number))
}

fn uuid(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

impl World {
    fn person(&self, number: u128, grants: &[&str]) -> String {
        self.token_of(person(number), metier_core::Id::from_uuid(uuid(number)), grants)
    }

    /// Publishes these in one transaction.
    async fn publish(&self, service: &str, events: Vec<NewEvent>) {
        let kit = self.sandbox.kit(service);
        let (outbox, ctx, database) = (kit.outbox.clone(), kit.ctx(), kit.database().unwrap());
        let write = database.write(move |tx| {
            Box::pin(async move {
                for event in events {
                    outbox.publish(tx, &ctx, event).await?;
                }
                Ok::<_, DbError>(())
            })
        });
        write.await.unwrap();
    }

    async fn end_runs(&self, runs: &[(&str, u128)]) {
        let runs: Vec<_> = runs
            .iter()
            .map(|(id, owner)| {
                json!({ "id": id, "owner": person(*owner), "workspace": WorkspaceId::DEFAULT, "state": "failed",
                        "correlation": "thread", "counts": { "failed": 1 } })
            })
            .collect();
        self.publish("jobs", vec![NewEvent::new("run", "run.ended", "batch", json!({ "runs": runs }))]).await;
    }

    async fn sync(&self, source: &str) {
        self.publish("postings", vec![synced(source)]).await;
    }
}

fn synced(source: &str) -> NewEvent {
    NewEvent::new("source", "source.synced", source, json!({ "postings": 3 }))
}

#[tokio::test]
async fn the_events_of_all_services_come_in_one_stream() {
    everywhere(async |world| {
        let token = world.person(1, &["*:*"]);
        let (mut stream, _) = Stream::open(&world, &token, "", None).await;
        world.end_runs(&[("a", 1)]).await;
        let ended = stream.next().await;
        assert_eq!(ended.name, "run.failed");
        assert_eq!(ended.data["correlation_id"], "thread");
        assert_eq!(ended.data["owner"], json!(person(1)));
        assert_eq!(ended.data["data"], json!({ "id": "a", "state": "failed", "counts": { "failed": 1 } }));
        world.sync("eures").await;
        let synced = stream.next().await;
        let data = &synced.data;
        assert_eq!(
            (&*synced.name, &data["type"], &data["subject"]),
            ("source.synced", &json!("source.synced"), &json!("eures"))
        );
        assert!(data["time"].as_str().unwrap().starts_with("2027-01-15T"), "{data}");
    })
    .await;
}

#[tokio::test]
async fn everybody_hears_what_they_may_see_and_what_they_wish() {
    everywhere(async |world| {
        let mine = world.person(1, &["runs:read", "sources:read"]);
        let all = world.person(3, &["runs:read", "runs:read_all", "sources:read"]);
        let none = world.person(1, &["products:read", "sources:read"]);
        let (mut own, _) = Stream::open(&world, &mine, "", None).await;
        let (mut everyones, _) = Stream::open(&world, &all, "", None).await;
        let (mut wished, _) = Stream::open(&world, &all, "?subject=b,c&type=run", None).await;
        let (mut owners, _) = Stream::open(&world, &all, &format!("?owner={}", person(2)), None).await;
        let (mut without, _) = Stream::open(&world, &none, "", None).await;
        world.end_runs(&[("a", 1), ("b", 2), ("c", 1)]).await;
        assert_eq!(own.subjects(2).await, ["a", "c"]);
        assert_eq!(everyones.subjects(3).await, ["a", "b", "c"]);
        assert_eq!(wished.subjects(2).await, ["b", "c"]);
        assert_eq!(owners.subjects(1).await, ["b"]);
        world.sync("eures").await;
        for stream in [&mut own, &mut everyones, &mut without] {
            assert_eq!(stream.subjects(1).await, ["eures"]);
        }
        world.end_runs(&[("d", 2), ("b", 2)]).await;
        assert_eq!(wished.subjects(1).await, ["b"]);
    })
    .await;
}

#[tokio::test]
async fn a_stream_goes_on_where_it_broke_off_even_amid_a_batch() {
    everywhere(async |world| {
        let token = world.person(1, &["*:*"]);
        let (mut stream, begin) = Stream::open(&world, &token, "", None).await;
        world.end_runs(&[("a", 1), ("b", 1), ("c", 1)]).await;
        world.end_runs(&[("d", 1)]).await;
        let mut last = stream.next().await;
        let mut heard = vec![last.data["subject"].clone()];
        for _ in 0..3 {
            drop(stream);
            (stream, _) = Stream::open(&world, &token, "", Some(&last.id)).await;
            last = stream.next().await;
            heard.push(last.data["subject"].clone());
        }
        assert_eq!(heard, ["a", "b", "c", "d"]);
        let (mut again, _) = Stream::open(&world, &token, &format!("?after={begin}"), None).await;
        assert_eq!(again.subjects(4).await, ["a", "b", "c", "d"]);
    })
    .await;
}

/// What a reader hears that comes back with its last id whenever its stream ends, as browsers do.
async fn heard(
    world: &World,
    token: &str,
    (mut stream, mut last): (Stream, String),
    count: usize,
) -> Vec<String> {
    let mut heard = Vec::new();
    while heard.len() < count {
        match stream.frame().await {
            None => (stream, last) = Stream::open(world, token, "", Some(&last)).await,
            Some(frame) => {
                last = if frame.id.is_empty() { last } else { frame.id };
                heard.extend(frame.data["subject"].as_str().map(str::to_owned));
            }
        }
    }
    heard
}

#[tokio::test]
async fn a_service_that_restarts_costs_no_event_and_repeats_none() {
    everywhere(async |mut world| {
        let token = world.person(1, &["*:*"]);
        let (mut stream, _) = Stream::open(&world, &token, "", None).await;
        world.end_runs(&[("before", 1)]).await;
        let before = stream.next().await;
        assert_eq!(before.data["subject"], "before");
        // In one process, the door goes down with it.
        world.sandbox.restart("jobs").await.unwrap();
        world.end_runs(&[("between", 1)]).await;
        world.sync("eures").await;
        world.end_runs(&[("after", 1)]).await;
        let mut heard = heard(&world, &token, (stream, before.id), 3).await;
        heard.retain(|subject| subject != "eures");
        assert_eq!(heard, ["between", "after"]);
    })
    .await;
}

#[tokio::test]
async fn a_slow_client_is_told_so_and_still_hears_everything_once() {
    everywhere(async |world| {
        let token = world.person(1, &["*:*"]);
        let (mut slow, _) = Stream::open(&world, &token, "", None).await;
        let (mut fast, _) = Stream::open(&world, &token, "", None).await;
        let count = 5_000;
        world.publish("postings", (0..count).map(|number| synced(&number.to_string())).collect()).await;
        let expected: Vec<_> = (0..count).map(|number| number.to_string()).collect();
        let (mut heard, mut lagging) = (Vec::new(), 0);
        // The door has gone through all of it before the slow one takes its first.
        fast_forward(&mut fast, &(count - 1).to_string()).await;
        while heard.len() < count {
            let frame = slow.next().await;
            match &*frame.name {
                "stream.lagging" => lagging += 1,
                _ => heard.push(frame.data["subject"].as_str().unwrap().to_owned()),
            }
        }
        assert_eq!(heard, expected);
        assert_eq!(lagging, 1);
    })
    .await;
}

async fn fast_forward(stream: &mut Stream, last: &str) {
    while stream.next().await.data["subject"] != last {}
}

#[tokio::test]
async fn events_that_are_forgotten_are_said_to_be() {
    everywhere(async |world| {
        let token = world.person(1, &["*:*"]);
        let (mut stream, begin) = Stream::open(&world, &token, "", None).await;
        for source in ["1", "2", "3"] {
            world.sync(source).await;
        }
        assert_eq!(stream.subjects(3).await, ["1", "2", "3"]);
        drop(stream);
        let database = world.sandbox.kit("postings").database().unwrap();
        let write = database.write(|tx| {
            Box::pin(async move {
                Ok::<_, DbError>(
                    sql::execute(tx, "DELETE FROM outbox WHERE subject IN ('1', '2')", vec![]).await?,
                )
            })
        });
        write.await.unwrap();
        let (mut late, _) = Stream::open(&world, &token, "?type=source", Some(&begin)).await;
        let mut heard = Vec::new();
        while heard.last().is_none_or(|(name, _)| name != "source.synced") {
            let frame = late.next().await;
            heard.push((frame.name, frame.data["data"]["lost"].clone()));
        }
        assert!(heard.contains(&("stream.gap".to_owned(), json!(2))), "{heard:?}");
    })
    .await;
}

#[tokio::test]
async fn nobody_hears_nothing_and_wrong_wishes_are_refused() {
    everywhere(async |world| {
        world.get("/api/v1/events").send().await.refused(401, "unauthenticated");
        let token = world.person(1, &[]);
        for query in ["?after=nonsense", "?type=No%20Type", "?owner=somebody", "?colour=red"] {
            let answer = world.get(&format!("/api/v1/events{query}")).bearer(&token).send().await;
            answer.refused(400, "invalid_parameters");
        }
        let answer = world.get("/api/v1/events").bearer(&token).header("last-event-id", "jobs").send().await;
        answer.refused(400, "invalid_parameters");
    })
    .await;
}

#[tokio::test]
async fn an_open_stream_does_not_hold_up_the_end() {
    everywhere(async |world| {
        let token = world.person(1, &["*:*"]);
        let (mut stream, _) = Stream::open(&world, &token, "", None).await;
        assert!(world.sandbox.stop().await);
        assert!(stream.frame().await.is_none());
    })
    .await;
}

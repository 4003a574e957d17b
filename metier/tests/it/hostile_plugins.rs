//! Plugins that hang, lie, never stop, point elsewhere or send rubbish: told as they are, and harmless.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{
    board::{Board, Synced},
    platform::{Platform, Topology, client, system_tests},
};

system_tests!(
    heavy_a_plugin_that_hangs_is_given_up,
    heavy_a_plugin_that_lies_about_its_length_or_never_ends_is_cut_off,
    heavy_a_redirect_is_not_followed_and_an_error_page_is_told,
    heavy_one_bad_posting_among_good_ones_costs_only_itself,
);

const HEALTHY: &str = r#"{"status":"healthy","plugin":"Hostile","plugin_id":"hostile","contract":2}"#;

/// What it does when it is asked for postings.
#[derive(Clone, Debug)]
enum Answer {
    /// Nothing, for as long as the connection stands.
    Hang,
    /// These bytes, then the end of the connection.
    Bytes(String),
    /// These bytes, then others without end.
    Endless(String),
}

fn with_length(status: &str, more: &str, length: usize, body: &str) -> Answer {
    Answer::Bytes(format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/x-ndjson\r\n{more}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    ))
}

fn lines(body: &str) -> Answer {
    with_length("200 OK", "", body.len(), body)
}

/// A plugin at a loopback port that speaks HTTP badly on purpose.
async fn plugin(health: Answer, answer: Answer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(converse(connection, health.clone(), answer.clone()));
        }
    });
    url
}

async fn converse(mut connection: TcpStream, health: Answer, answer: Answer) {
    let mut asked = vec![0; 8192];
    let read = connection.read(&mut asked).await.unwrap_or(0);
    let wanted = if asked[..read].starts_with(b"GET /health") { health } else { answer };
    let (text, then) = match wanted {
        Answer::Hang => (String::new(), Some(String::new())),
        Answer::Bytes(text) => (text, None),
        Answer::Endless(text) => (text, Some("x".repeat(64 * 1024))),
    };
    // Whoever hangs up on us is right.
    let mut open = connection.write_all(text.as_bytes()).await.is_ok();
    while let (true, Some(more)) = (open, &then) {
        open = match more.is_empty() {
            true => connection.read(&mut asked).await.is_ok_and(|read| read > 0),
            false => connection.write_all(more.as_bytes()).await.is_ok(),
        };
    }
}

fn posting(id: &str) -> String {
    let posting = json!({ "original_id": id, "title": format!("Welder {id}"), "company": "Ironworks", "remote": "no",
        "description": "Join us in the yard." });
    format!("{}\n", json!({ "type": "posting", "posting": posting }))
}

fn end(fetched: u64) -> String {
    format!("{}\n", json!({ "type": "end", "fetched": fetched, "rejected": 0, "complete": true }))
}

/// The result of syncing a plugin that says it is well.
async fn sync(board: &Board, name: &str, answer: Answer) -> Synced {
    board.add(name, &plugin(lines(HEALTHY), answer).await).await;
    let synced = board.sync(name).await;
    println!("{name}: {} {:?} {}", synced.log["state"], synced.counts(), synced.log["error"]);
    synced
}

/// Fails with this reason after so many entries, and the service is as well as before.
async fn fails(board: &Board, name: &str, answer: Answer, reason: &str, kept: i64) {
    let synced = sync(board, name, answer).await;
    assert!(synced.reason().contains(reason), "{name}: {synced:?}");
    assert_eq!(synced.counts()[0], kept, "{name}: {synced:?}");
    let state = if kept == 0 { "failed" } else { "partial" };
    assert_eq!(synced.log["state"], state, "{name}: {synced:?}");
    assert!(synced.log["ended_at"].is_string(), "{name}: {synced:?}");
}

async fn platform(topology: Topology) -> Platform {
    Platform::start_with(topology, &[("METIER_POSTINGS__SILENCE_SECONDS", "1")]).await
}

async fn is_well(platform: Platform) {
    let ready = client().get(format!("{}/health/ready", platform.api("gateway"))).send().await.unwrap();
    assert_eq!(ready.status(), 204);
    let board = Board::of(&platform).await;
    let good = lines(&[posting("after").as_str(), &end(1)].concat());
    assert_eq!(sync(&board, "good", good).await.counts(), [1, 1, 0, 0, 0]);
    board.finds("q=welders", |page| page["total"].as_u64() > Some(0)).await;
    platform.stop().await;
}

async fn heavy_a_plugin_that_hangs_is_given_up(topology: Topology) {
    let platform = platform(topology).await;
    let board = Board::of(&platform).await;
    let begun = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ncontent-length: 9000\r\n\r\n{}",
        posting("1")
    );
    board.add("mute", &plugin(Answer::Hang, Answer::Hang).await).await;
    let mute = board.sync("mute").await;
    assert!(mute.reason().contains("did not answer in time"), "{mute:?}");
    assert_eq!(board.get("sources/mute").await["condition"], "unreachable");
    fails(&board, "hangs", Answer::Hang, "did not answer in time", 0).await;
    let stalls = stalling(begun).await;
    board.add("stalls", &stalls).await;
    let stalled = board.sync("stalls").await;
    assert!(stalled.reason().contains("could not be read"), "{stalled:?}");
    assert_eq!(stalled.counts()[0], 1, "what came before the silence is kept: {stalled:?}");
    is_well(platform).await;
}

/// A plugin that begins its answer and then says nothing more.
async fn stalling(begun: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let begun = begun.clone();
            tokio::spawn(async move {
                let mut asked = vec![0; 8192];
                let read = connection.read(&mut asked).await.unwrap_or(0);
                if asked[..read].starts_with(b"GET /health") {
                    return converse_once(&mut connection, HEALTHY).await;
                }
                let _gone = connection.write_all(begun.as_bytes()).await;
                while connection.read(&mut asked).await.is_ok_and(|read| read > 0) {}
            });
        }
    });
    url
}

async fn converse_once(connection: &mut TcpStream, body: &str) {
    let Answer::Bytes(text) = lines(body) else { return };
    let _gone = connection.write_all(text.as_bytes()).await;
}

async fn heavy_a_plugin_that_lies_about_its_length_or_never_ends_is_cut_off(topology: Topology) {
    let platform = platform(topology).await;
    let board = Board::of(&platform).await;
    let whole = [posting("1").as_str(), &posting("2"), &end(2)].concat();
    let more_than_it_has = with_length("200 OK", "", whole.len() + 5_000, &posting("1"));
    fails(&board, "short", more_than_it_has, "broke off", 1).await;
    let less_than_it_has = with_length("200 OK", "", posting("1").len() + 10, &whole);
    fails(&board, "long", less_than_it_has, "cut off", 1).await;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ncontent-length: 10000000000\r\n\r\n"
        .to_owned();
    fails(&board, "endless", Answer::Endless(head), "longer than", 0).await;
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10000000000\r\n\r\n".to_owned();
    board.add("endless-health", &plugin(Answer::Endless(head), Answer::Hang).await).await;
    let synced = board.sync("endless-health").await;
    assert!(synced.reason().contains("more than the 1048576 allowed"), "{synced:?}");
    is_well(platform).await;
}

async fn heavy_a_redirect_is_not_followed_and_an_error_page_is_told(topology: Topology) {
    let platform = platform(topology).await;
    let board = Board::of(&platform).await;
    let visits = Arc::new(AtomicUsize::new(0));
    let private = visited(visits.clone()).await;
    let elsewhere = |status: &str| with_length(status, &format!("location: {private}/v2/sync\r\n"), 0, "");
    fails(&board, "redirects", elsewhere("307 Temporary Redirect"), "307", 0).await;
    let bounced = plugin(elsewhere("302 Found"), lines(&end(0))).await;
    board.add("redirects-health", &bounced).await;
    let synced = board.sync("redirects-health").await;
    assert!(synced.reason().contains("redirect"), "{synced:?}");
    assert_eq!(visits.load(Ordering::SeqCst), 0, "it was followed");
    let page = "Internal Server Error";
    fails(&board, "broken", with_length("500 Internal Server Error", "", page.len(), page), "500", 0).await;
    fails(&board, "prose", lines("All our postings are on our homepage.\n"), "without an end", 1).await;
    is_well(platform).await;
}

/// Something at a private address that counts who comes by.
async fn visited(visits: Arc<AtomicUsize>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok(_connection) = listener.accept().await {
            visits.fetch_add(1, Ordering::SeqCst);
        }
    });
    url
}

async fn heavy_one_bad_posting_among_good_ones_costs_only_itself(topology: Topology) {
    let platform = Platform::start(topology).await;
    let board = Board::of(&platform).await;
    let bad = json!({ "type": "posting", "posting": { "original_id": "bad", "title": " " } });
    let body = [posting("1"), format!("{bad}\n"), "{ not json\n".to_owned(), posting("2"), end(4)].concat();
    let synced = sync(&board, "mixed", lines(&body)).await;
    assert_eq!(synced.counts(), [4, 2, 0, 0, 2], "{synced:?}");
    assert_eq!(synced.run["state"], "succeeded", "{synced:?}");
    let told = synced.log["report"]["rejections"].as_array().unwrap();
    assert_eq!(told.len(), 2, "{synced:?}");
    assert!(told.iter().all(|it| it["reason"].as_str().is_some_and(|reason| !reason.is_empty())), "{told:?}");
    assert_eq!(board.sync("mixed").await.counts(), [4, 0, 0, 2, 2]);
    board.counts("q=welders", 2).await;
    platform.stop().await;
}

//! The stand-in, the source before it, and one sync as Metier sees it.

use std::path::Path;

use metier_plugin_eures::{Eures, Settings};
use metier_plugin_replay::Replay;
use metier_plugin_sdk::{
    CancellationToken, Effects, install_crypto_provider, serve, settings,
    wire::{End, Frame, Posting},
};
use serde_json::{Value, json};
use time::{OffsetDateTime, macros::datetime};
use tokio::net::TcpListener;

/// The evening of the newest French ad.
pub const NOW: OffsetDateTime = datetime!(2026-03-07 20:00 UTC);

/// Flags that stand for a key.
pub const KEY: [&str; 4] = ["--app-id", "someone", "--app-key", "sesame"];

/// A running source and the board behind it.
pub struct Source {
    pub replay: Replay,
    pub board: String,
    pub address: String,
}

/// The source with these flags, over the board at this path; nothing, and a printed reason, where no recordings are.
pub async fn source(path: &str, flags: &[&str]) -> Option<Source> {
    install_crypto_provider();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !folder.exists() {
        println!("skipped: the recorded answers are not beside the repository");
        return None;
    }
    let replay = Replay::open(&folder).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let board = format!("http://{}{path}", listener.local_addr().unwrap());
    let served = replay.clone();
    tokio::spawn(
        async move { metier_plugin_replay::serve(&served, listener, CancellationToken::new()).await },
    );
    let address = plugin(&board, flags, NOW).await;
    Some(Source { replay, board, address })
}

/// Starts the plugin alone.
pub async fn plugin(board: &str, flags: &[&str], now: OffsetDateTime) -> String {
    let mut args = vec!["--base-url", board, "--pause-ms", "0", "--retry-wait-ms", "1"];
    if !flags.contains(&"--max-pages") {
        args.extend(["--max-pages", "100"]);
    }
    args.extend(flags);
    let settings: Settings = settings("test", args.iter().map(Into::into)).unwrap();
    let plugin = Eures::new(settings, Effects::fixed(now)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(serve(plugin, listener, CancellationToken::new()));
    address
}

/// What one sync brought.
pub struct Synced {
    pub frames: Vec<Frame>,
}

pub async fn sync(address: &str, checkpoint: &Value, page_size: u32) -> Synced {
    let body = json!({"checkpoint": checkpoint, "page_size": page_size});
    let reply = reqwest::Client::new().post(format!("{address}/v2/sync")).json(&body).send().await.unwrap();
    assert_eq!(reply.status(), 200);
    let text = reply.text().await.unwrap();
    Synced { frames: text.lines().map(|line| Frame::parse(line.as_bytes()).unwrap()).collect() }
}

impl Synced {
    pub fn postings(&self) -> impl Iterator<Item = &Posting> {
        self.frames.iter().filter_map(|frame| match frame {
            Frame::Posting { posting } => Some(&**posting),
            _ => None,
        })
    }

    pub fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.postings().map(|posting| posting.original_id.as_str()).collect();
        ids.sort_unstable();
        ids
    }

    pub fn count(&self, wanted: fn(&Frame) -> bool) -> usize {
        self.frames.iter().filter(|frame| wanted(frame)).count()
    }

    pub fn end(&self) -> &End {
        let Some(Frame::End(end)) = self.frames.last() else { panic!("the stream has no end") };
        end
    }

    pub fn checkpoint(&self) -> Value {
        let mut checkpoints = self.frames.iter().rev().filter_map(|frame| match frame {
            Frame::Checkpoint { checkpoint } => Some(checkpoint.clone()),
            _ => None,
        });
        checkpoints.next().unwrap_or_default()
    }
}

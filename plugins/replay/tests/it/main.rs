//! The stand-in as a plugin meets it: over HTTP, over the recorded answers.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, and says why it skips"
)]

mod adzuna;
mod faults;
mod jobtech;

use std::path::Path;

use metier_plugin_replay::{Replay, serve};
use metier_plugin_sdk::{CancellationToken, install_crypto_provider};
use serde_json::Value;
use tokio::net::TcpListener;

/// A running stand-in.
struct Board {
    replay: Replay,
    address: String,
}

/// The stand-in over the recorded answers; nothing, and a printed reason, where they are absent.
async fn board() -> Option<Board> {
    install_crypto_provider();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !folder.exists() {
        println!("skipped: the recorded answers are not beside the repository");
        return None;
    }
    let replay = Replay::open(&folder).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let served = replay.clone();
    tokio::spawn(async move { serve(&served, listener, CancellationToken::new()).await });
    Some(Board { replay, address })
}

impl Board {
    async fn get(&self, path: &str) -> (u16, Value) {
        let reply = reqwest::get(format!("{}{path}", self.address)).await.unwrap();
        (reply.status().as_u16(), reply.json().await.unwrap_or_default())
    }
}

fn ids(answer: &Value, list: &str) -> Vec<String> {
    answer[list].as_array().unwrap().iter().map(|ad| ad["id"].as_str().unwrap().to_owned()).collect()
}

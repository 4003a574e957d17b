//! The stand-in as a plugin meets it: over HTTP, over the recorded answers.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod adzuna;
mod faults;
mod jobtech;

use metier_plugin_replay::{Board, board};
use metier_plugin_sdk::install_crypto_provider;
use serde_json::Value;

/// The stand-in over the recorded answers; nothing where they are absent.
async fn stand_in() -> Option<Board> {
    install_crypto_provider();
    board().await.unwrap()
}

async fn get(board: &Board, path: &str) -> (u16, Value) {
    let reply = reqwest::get(format!("{}{path}", board.address)).await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap_or_default())
}

fn ids(answer: &Value, list: &str) -> Vec<String> {
    answer[list].as_array().unwrap().iter().map(|ad| ad["id"].as_str().unwrap().to_owned()).collect()
}

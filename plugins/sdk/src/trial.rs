//! A plugin on trial: started on a port of its own, and asked as Metier asks. For tests; behind the feature `trial`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    CancellationToken, SourcePlugin, install_crypto_provider, serve,
    wire::{End, Frame, Posting},
};

/// Starts a plugin for the rest of the test. Answers its address.
///
/// # Panics
/// When no port is to be had.
pub async fn started<P: SourcePlugin>(plugin: P) -> String {
    install_crypto_provider();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(serve(plugin, listener, CancellationToken::new()));
    address
}

/// What one sync brought.
#[derive(Debug, PartialEq)]
pub struct Synced {
    /// Everything, in the order it came.
    pub frames: Vec<Frame>,
}

/// Syncs once, from a checkpoint or from the beginning.
///
/// # Panics
/// When the plugin refuses, or sends what is not of the contract.
pub async fn sync(address: &str, checkpoint: &Value, page_size: u32) -> Synced {
    let body = json!({ "checkpoint": checkpoint, "page_size": page_size }).to_string();
    let request = reqwest::Client::new().post(format!("{address}/v2/sync"));
    let reply = request.header("content-type", "application/json").body(body).send().await.unwrap();
    assert_eq!(reply.status(), 200);
    let text = reply.text().await.unwrap();
    Synced { frames: text.lines().map(|line| Frame::parse(line.as_bytes()).unwrap()).collect() }
}

impl Synced {
    /// The postings among the frames.
    pub fn postings(&self) -> impl Iterator<Item = &Posting> {
        self.frames.iter().filter_map(|frame| match frame {
            Frame::Posting { posting } => Some(&**posting),
            _ => None,
        })
    }

    /// The posting with this id.
    ///
    /// # Panics
    /// When there is none.
    pub fn posting(&self, id: &str) -> &Posting {
        self.postings().find(|posting| posting.original_id == id).unwrap()
    }

    /// The postings' ids, in order.
    pub fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.postings().map(|posting| posting.original_id.as_str()).collect();
        ids.sort_unstable();
        ids
    }

    /// How many frames are wanted.
    pub fn count(&self, wanted: fn(&Frame) -> bool) -> usize {
        self.frames.iter().filter(|frame| wanted(frame)).count()
    }

    /// How it ended.
    ///
    /// # Panics
    /// When it did not.
    pub fn end(&self) -> &End {
        let Some(Frame::End(end)) = self.frames.last() else { panic!("the stream has no end") };
        end
    }

    /// The last checkpoint; null when there was none.
    pub fn checkpoint(&self) -> Value {
        let mut checkpoints = self.frames.iter().rev().filter_map(|frame| match frame {
            Frame::Checkpoint { checkpoint } => Some(checkpoint.clone()),
            _ => None,
        });
        checkpoints.next().unwrap_or_default()
    }
}

//! A plugin whose syncs do what a test wants, and a server for anything.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::Router;
use metier_plugin_sdk::{
    CancellationToken, Identity, Outcome, Pass, Sink, SourcePlugin, SyncError, install_crypto_provider,
    serve,
    wire::{End, Frame, Posting},
};
use serde_json::Value;
use tokio::net::TcpListener;

/// What a sync does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// Sends so many postings, page by page.
    Send(usize),
    /// Sends one page and never goes on.
    Hang,
    /// Panics after one posting.
    Panic,
    /// Fails after one posting.
    Fail,
}

/// A plugin that follows a script.
pub struct Scripted {
    pub script: Script,
    /// Syncs that are running.
    pub running: Arc<AtomicUsize>,
}

/// Counts a sync as running until it is dropped.
struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl SourcePlugin for Scripted {
    type Checkpoint = usize;

    fn identity(&self) -> Identity {
        Identity { id: "scripted", name: "Scripted", version: "1.0.0", prefix: "s", demo: false }
    }

    async fn sync(&self, pass: Pass<usize>, sink: &mut Sink) -> Result<Outcome, SyncError> {
        self.running.fetch_add(1, Ordering::SeqCst);
        let _running = Running(Arc::clone(&self.running));
        let begin = pass.checkpoint.unwrap_or(0);
        let Script::Send(count) = self.script else { return self.misbehave(sink).await };
        for number in begin..count {
            sink.posting(Posting::new(format!("{number:05}"), format!("Posting {number}"))).await?;
            if (number + 1) % pass.page_size == 0 {
                sink.checkpoint(&(number + 1)).await?;
            }
        }
        sink.checkpoint(&0).await?;
        Ok(Outcome { complete: begin == 0, note: None })
    }
}

impl Scripted {
    async fn misbehave(&self, sink: &mut Sink) -> Result<Outcome, SyncError> {
        sink.posting(Posting::new("1", "The first")).await?;
        sink.checkpoint(&1).await?;
        match self.script {
            Script::Panic => panic!("a panic in a plugin, on purpose"),
            Script::Fail => Err(SyncError::Unreadable("it is in Klingon".to_owned())),
            Script::Hang | Script::Send(_) => std::future::pending().await,
        }
    }
}

/// A running scripted plugin.
pub struct Host {
    pub address: String,
    pub stop: CancellationToken,
    pub running: Arc<AtomicUsize>,
}

pub async fn host(script: Script) -> Host {
    install_crypto_provider();
    let running = Arc::new(AtomicUsize::new(0));
    let plugin = Scripted { script, running: Arc::clone(&running) };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    tokio::spawn(serve(plugin, listener, stop.clone()));
    Host { address, stop, running }
}

impl Host {
    pub async fn post(&self, body: &str) -> reqwest::Response {
        let request = reqwest::Client::new().post(format!("{}/v2/sync", self.address));
        request.body(body.to_owned()).send().await.unwrap()
    }

    pub async fn sync(&self, request: &Value) -> Vec<Frame> {
        frames(&self.post(&request.to_string()).await.text().await.unwrap())
    }
}

pub fn frames(text: &str) -> Vec<Frame> {
    text.lines().map(|line| Frame::parse(line.as_bytes()).unwrap()).collect()
}

pub fn end(frames: &[Frame]) -> &End {
    let Some(Frame::End(end)) = frames.last() else { panic!("the stream has no end") };
    end
}

/// Serves any routes on a port of their own.
pub async fn served(routes: Router) -> String {
    install_crypto_provider();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

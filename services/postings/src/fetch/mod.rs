//! Reading a plugin over HTTP, as if it were hostile: its registered origin and no other, no redirects, bounded
//! in time and size.

use std::time::Duration;

use futures::{Stream, StreamExt};
use reqwest::{Client, Response, redirect::Policy};
use serde_json::{Value, json};

use crate::{
    domain::dialect::{self, Health, Limits, Line, Listing, Refusal},
    error::Error,
};

const CONNECT: Duration = Duration::from_secs(5);
/// Silence on a stream after which the plugin counts as hung.
const SILENCE: Duration = Duration::from_secs(60);
const HEALTH: Duration = Duration::from_secs(5);
/// A legacy plugin fetches live before it answers, headless browsers among them: its silence may last this many times
/// as long.
const LEGACY_TIMES: u32 = 6;
const LINE_BYTES: usize = 1 << 20;
/// Bytes of a whole contract 2 stream.
const STREAM_BYTES: u64 = 4 << 30;

/// Reads plugins. Clones share connections.
#[derive(Clone)]
pub struct Fetcher {
    client: Client,
    /// Waits for an answer as long as the request says, however silent the plugin is.
    waiting: Client,
    silence: Duration,
    limits: Limits,
}

impl Fetcher {
    /// A fetcher with the default limits.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new() -> Result<Self, reqwest::Error> {
        Self::patient(SILENCE)
    }

    /// A fetcher to which a plugin counts as hung after this silence.
    ///
    /// # Errors
    /// As [`Fetcher::new`].
    pub fn patient(silence: Duration) -> Result<Self, reqwest::Error> {
        let client = || {
            Client::builder()
                .redirect(Policy::none())
                .connect_timeout(CONNECT)
                .no_proxy()
                .user_agent(concat!("metier/", env!("CARGO_PKG_VERSION")))
        };
        let (client, waiting) = (client().read_timeout(silence).build()?, client().build()?);
        Ok(Self { client, waiting, silence, limits: Limits::default() })
    }

    /// How a plugin says it is.
    ///
    /// # Errors
    /// When it cannot be reached, or its answer is refused.
    pub async fn health(&self, source: &str, base: &str) -> Result<Health, Error> {
        let request = self.client.get(address(base, "health")).timeout(HEALTH);
        let (status, body) = self.whole(source, request.send().await, 1 << 20).await?;
        dialect::read_health(status, &body, &self.limits).map_err(|refusal| refused(source, refusal))
    }

    /// What a legacy plugin has: told to sync, then asked for its list. A failed sync is told, the list still read.
    ///
    /// # Errors
    /// When it cannot be reached, or its list is refused.
    pub async fn listing(&self, source: &str, base: &str) -> Result<Listing, Error> {
        let within = self.silence * LEGACY_TIMES;
        let sync = self.waiting.post(address(base, "sync")).json(&json!({})).timeout(within);
        let (status, body) = self.whole(source, sync.send().await, 1 << 20).await?;
        let told = dialect::read_sync_answer(status, &body, &self.limits);
        let list = self.waiting.get(address(base, "jobs")).timeout(within);
        let (status, body) = self.whole(source, list.send().await, self.limits.body_bytes).await?;
        let listing =
            dialect::read_listing(status, &body, &self.limits).map_err(|refusal| refused(source, refusal))?;
        match told {
            Ok(_) => Ok(listing),
            Err(refusal) if listing.postings.is_empty() => Err(refused(source, refusal)),
            Err(refusal) => Ok(Listing { message: Some(refusal.to_string()), ..listing }),
        }
    }

    /// Begins a contract 2 stream from a checkpoint.
    ///
    /// # Errors
    /// When the plugin cannot be reached or refuses; [`Begun::CheckpointRefused`] is no error.
    pub async fn stream(&self, source: &str, base: &str, ask: Ask) -> Result<Begun, Error> {
        let body = json!({
            "checkpoint": ask.checkpoint,
            "page_size": ask.page_size,
            "deadline_ms": u64::try_from(ask.deadline.as_millis()).unwrap_or(u64::MAX),
        });
        let request =
            self.client.post(address(base, "v2/sync")).json(&body).timeout(ask.deadline + self.silence);
        let response = request.send().await.map_err(|error| unreachable_source(source, &error))?;
        let status = response.status();
        if status == 409 {
            return Ok(Begun::CheckpointRefused);
        }
        if status != 200 {
            let body = bounded(source, response, 1 << 16).await?;
            let message: String = String::from_utf8_lossy(&body).chars().take(300).collect();
            return Err(refused(source, Refusal::Failed { status: status.as_u16(), message }));
        }
        Ok(Begun::Lines(Lines {
            response: Box::pin(response.bytes_stream()),
            buffer: Vec::new(),
            position: 0,
            bytes: 0,
            limits: self.limits,
        }))
    }

    async fn whole(
        &self,
        source: &str,
        response: Result<Response, reqwest::Error>,
        limit: usize,
    ) -> Result<(u16, Vec<u8>), Error> {
        let response = response.map_err(|error| unreachable_source(source, &error))?;
        let status = response.status();
        if status.is_redirection() {
            let why = format!(
                "it answered {status}, a redirect; redirects off a registered origin are not followed"
            );
            return Err(Error::Unreachable { source_name: source.to_owned(), why });
        }
        Ok((status.as_u16(), bounded(source, response, limit).await?))
    }
}

/// What is asked of a contract 2 plugin.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What it gave last time.
    pub checkpoint: Value,
    /// Lines between two checkpoints.
    pub page_size: usize,
    /// When it should end by itself.
    pub deadline: Duration,
}

/// How a stream began.
pub enum Begun {
    /// The plugin does not know the checkpoint: ask again from nothing.
    CheckpointRefused,
    /// Its lines.
    Lines(Lines),
}

type Bytes = std::pin::Pin<Box<dyn Stream<Item = Result<axum::body::Bytes, reqwest::Error>> + Send>>;

/// The lines of a stream as they come.
pub struct Lines {
    response: Bytes,
    buffer: Vec<u8>,
    position: usize,
    bytes: u64,
    limits: Limits,
}

impl Lines {
    /// The next line; `None` when the plugin closed the stream.
    ///
    /// # Errors
    /// A sentence, when the stream broke off, hung, or went over its bounds.
    pub async fn next(&mut self) -> Result<Option<Line>, String> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                if line.trim_ascii().is_empty() {
                    continue;
                }
                return Ok(Some(self.read(&line)));
            }
            if self.buffer.len() > LINE_BYTES {
                return Err(format!("a line is longer than {LINE_BYTES} bytes"));
            }
            match self.response.next().await {
                Some(Ok(chunk)) => self.take(&chunk)?,
                Some(Err(error)) => return Err(reason(&error)),
                None if self.buffer.trim_ascii().is_empty() => return Ok(None),
                None => return Err("the last line was cut off".to_owned()),
            }
        }
    }

    fn take(&mut self, chunk: &[u8]) -> Result<(), String> {
        self.bytes += chunk.len() as u64;
        if self.bytes > STREAM_BYTES {
            return Err(format!("the stream is longer than {STREAM_BYTES} bytes"));
        }
        self.buffer.extend_from_slice(chunk);
        Ok(())
    }

    fn read(&mut self, line: &[u8]) -> Line {
        let position = self.position;
        self.position += 1;
        dialect::read_line(position, line.trim_ascii(), &self.limits)
    }
}

fn address(base: &str, path: &str) -> String {
    format!("{}/{path}", base.trim_end_matches('/'))
}

async fn bounded(source: &str, response: Response, limit: usize) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| unreachable_source(source, &error))?;
        if body.len() + chunk.len() > limit {
            return Err(refused(source, Refusal::TooLarge { bytes: body.len() + chunk.len(), limit }));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn unreachable_source(source: &str, error: &reqwest::Error) -> Error {
    Error::Unreachable { source_name: source.to_owned(), why: reason(error) }
}

fn refused(source: &str, refusal: Refusal) -> Error {
    Error::Refused { source_name: source.to_owned(), refusal }
}

/// What went wrong, without the URL: it may carry a key.
fn reason(error: &reqwest::Error) -> String {
    let what = match () {
        () if error.is_timeout() => "it did not answer in time",
        () if error.is_connect() => "nothing answers at its address",
        () if error.is_body() || error.is_decode() => "its answer broke off",
        () => "the request failed",
    };
    what.to_owned()
}

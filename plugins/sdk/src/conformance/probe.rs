//! Asks the plugin, within the kit's patience, following nothing and taking no more than agreed.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use reqwest::{Client, Method, Response, header, redirect};
use tokio::time::{Instant, timeout};
use url::Url;

use super::{Patience, transcript::Transcript};
use crate::{install_crypto_provider, wire::SyncRequest};

/// How often a busy plugin is asked again.
const TURNS: u32 = 5;

/// The kit's client.
pub(super) struct Probe {
    client: Client,
    base: Url,
    pub(super) patience: Patience,
    redirects: Mutex<Vec<String>>,
}

/// A whole answer.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) kind: String,
    pub(super) body: Vec<u8>,
    pub(super) took: Duration,
}

impl Reply {
    /// The body's beginning as text, for a sentence.
    pub(super) fn excerpt(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(160).collect()
    }
}

impl Probe {
    pub(super) fn build(base: Url, patience: Patience) -> Result<Self, String> {
        install_crypto_provider();
        if base.cannot_be_a_base() {
            return Err(format!("{base} is not an address under which paths can be asked"));
        }
        let client = Client::builder()
            .user_agent(concat!("metier-plugin-verify/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            // After a refused body the plugin may close; the next request must not meet the end of that connection.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { client, base, patience, redirects: Mutex::default() })
    }

    /// What redirected, told as sentences.
    pub(super) fn redirects(&self) -> Vec<String> {
        self.redirects.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) async fn get(&self, path: &str, within: Duration) -> Result<Reply, String> {
        self.ask(Method::GET, path, None, within).await
    }

    pub(super) async fn post(&self, path: &str, body: Vec<u8>, within: Duration) -> Result<Reply, String> {
        self.ask(Method::POST, path, Some(body), within).await
    }

    /// Reads one stream of `/v2/sync`, at most `lines` lines of it; the connection then closes.
    pub(super) async fn stream(&self, request: &SyncRequest, lines: usize) -> Result<Transcript, String> {
        let body = serde_json::to_vec(request).map_err(|error| error.to_string())?;
        let began = Instant::now();
        for _ in 0..TURNS {
            let send = self.send(Method::POST, "v2/sync", Some(body.clone()));
            let response = within(self.patience.answer, "a stream did not begin", send).await??;
            match pause_of(&response) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => {
                    let read = Transcript::read(response, lines, self.patience.bytes);
                    return within(self.patience.stream, "a stream did not end", read).await;
                }
            }
        }
        Err(format!("the plugin was still busy with another sync after {} s", began.elapsed().as_secs()))
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
        limit: Duration,
    ) -> Result<Reply, String> {
        let began = Instant::now();
        let what = format!("{method} /{path} did not answer");
        within(limit, &what, async {
            let response = self.send(method, path, body).await?;
            let status = response.status().as_u16();
            let kind = content_type(&response);
            let body = whole(response, self.patience.bytes).await?;
            Ok(Reply { status, kind, body, took: began.elapsed() })
        })
        .await?
    }

    async fn send(&self, method: Method, path: &str, body: Option<Vec<u8>>) -> Result<Response, String> {
        let mut address = self.base.clone();
        if let Ok(mut segments) = address.path_segments_mut() {
            segments.pop_if_empty().extend(path.split('/'));
        }
        let mut request = self.client.request(method.clone(), address);
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body);
        }
        let response =
            request.send().await.map_err(|error| format!("{method} /{path}: {}", reason(&error)))?;
        if response.status().is_redirection() {
            let target =
                response.headers().get(header::LOCATION).and_then(|it| it.to_str().ok()).unwrap_or("nowhere");
            let told = format!("{method} /{path} redirects to {target}");
            self.redirects.lock().unwrap_or_else(PoisonError::into_inner).push(told);
        }
        Ok(response)
    }
}

/// The innermost reason, which is the telling one.
fn reason(error: &(dyn std::error::Error + 'static)) -> String {
    error.source().map_or_else(|| error.to_string(), reason)
}

/// How long a busy plugin asks to wait, within reason.
fn pause_of(response: &Response) -> Option<Duration> {
    if response.status().as_u16() != 503 {
        return None;
    }
    let asked = response.headers().get(header::RETRY_AFTER).and_then(|it| it.to_str().ok()?.parse().ok());
    Some(Duration::from_secs(asked.unwrap_or(2u64).min(15)))
}

pub(super) fn content_type(response: &Response) -> String {
    let kind =
        response.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

async fn whole(mut response: Response, most: usize) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) =
        response.chunk().await.map_err(|error| format!("the answer broke off: {}", reason(&error)))?
    {
        if body.len() + chunk.len() > most {
            return Err(format!("the answer is larger than {most} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

async fn within<T>(limit: Duration, what: &str, work: impl Future<Output = T>) -> Result<T, String> {
    timeout(limit, work).await.map_err(|_| format!("{what} within {} s", limit.as_secs()))
}

//! One polite client for one source.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, Response, StatusCode, header::RETRY_AFTER, redirect};
use serde_json::Value;
use tokio::{sync::Mutex, time::Instant};
use url::Url;

use super::{FetchError, Politeness, backoff::retry_after, body};
use crate::{Effects, Identity, install_crypto_provider};

/// Asks one source, one request at a time, as its [`Politeness`] allows.
#[derive(Debug, Clone)]
pub struct Fetcher {
    client: Client,
    base: Url,
    politeness: Politeness,
    effects: Effects,
    earliest_next: Arc<Mutex<Option<Instant>>>,
}

/// A try that failed, and how long the source asks us to wait.
struct Failed {
    error: FetchError,
    asked_wait: Option<Duration>,
}

impl From<FetchError> for Failed {
    fn from(error: FetchError) -> Self {
        Self { error, asked_wait: None }
    }
}

impl Fetcher {
    /// A client for the source at `base`, under which every path is looked up.
    pub fn build(
        base: Url,
        politeness: Politeness,
        effects: Effects,
        identity: Identity,
    ) -> Result<Self, FetchError> {
        install_crypto_provider();
        if base.cannot_be_a_base() || !matches!(base.scheme(), "http" | "https") {
            return Err(FetchError::Address("it must begin with http:// or https://".to_owned()));
        }
        let client = Client::builder()
            .user_agent(format!("metier-plugin-{}/{}", identity.id, identity.version))
            .redirect(redirect::Policy::none())
            .timeout(politeness.timeout)
            .build()
            .map_err(FetchError::Setup)?;
        Ok(Self { client, base, politeness, effects, earliest_next: Arc::default() })
    }

    /// The JSON at `path` with this query, retried as politeness allows.
    pub async fn json(&self, path: &str, query: &[(&str, String)]) -> Result<Value, FetchError> {
        let address = self.address(path, query)?;
        let mut retry = 0;
        loop {
            let failed = match self.attempt(address.clone()).await {
                Ok(value) => return Ok(value),
                Err(failed) => failed,
            };
            if !failed.error.is_transient() || retry + 1 >= self.politeness.attempts {
                return Err(failed.error);
            }
            let wait = self.wait(retry, failed.asked_wait)?;
            tracing::warn!(error = %failed.error, wait_ms = wait.as_millis(), "the source is asked again");
            tokio::time::sleep(wait).await;
            retry += 1;
        }
    }

    fn wait(&self, retry: u32, asked: Option<Duration>) -> Result<Duration, FetchError> {
        let ours = self.politeness.wait(retry, self.effects.chance());
        match asked {
            Some(asked) if asked > self.politeness.longest_wait => Err(FetchError::WaitTooLong(asked)),
            Some(asked) => Ok(asked.max(ours)),
            None => Ok(ours),
        }
    }

    async fn attempt(&self, address: Url) -> Result<Value, Failed> {
        self.keep_pause().await;
        let response = self.client.get(address).send().await.map_err(|error| self.unsent(error))?;
        let status = response.status();
        if status.is_redirection() {
            return Err(FetchError::Redirected { status: status.as_u16() }.into());
        }
        if !status.is_success() {
            return Err(self.unwelcome(status, response).await);
        }
        let body = body::read(response, self.politeness.largest_answer, self.politeness.timeout).await?;
        Ok(body::parse(&body)?)
    }

    /// Waits for this request's slot and takes it, so that tasks sharing the client keep the pause together.
    async fn keep_pause(&self) {
        let mut earliest = self.earliest_next.lock().await;
        if let Some(earliest) = *earliest {
            tokio::time::sleep_until(earliest).await;
        }
        *earliest = Some(Instant::now() + self.politeness.pause);
    }

    async fn unwelcome(&self, status: StatusCode, response: Response) -> Failed {
        let header = response.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok());
        let asked_wait = header.and_then(|header| retry_after(header, self.effects.now()));
        let body = body::read(response, 64 * 1024, self.politeness.timeout).await.unwrap_or_default();
        let error = FetchError::Status { status: status.as_u16(), detail: body::excerpt(&body) };
        Failed { error, asked_wait }
    }

    fn unsent(&self, error: reqwest::Error) -> Failed {
        if error.is_timeout() {
            return FetchError::TimedOut(self.politeness.timeout).into();
        }
        FetchError::Connection(root_cause(&error.without_url())).into()
    }

    fn address(&self, path: &str, query: &[(&str, String)]) -> Result<Url, FetchError> {
        let mut address = self.base.clone();
        address
            .path_segments_mut()
            .map_err(|()| FetchError::Address("it has no path".to_owned()))?
            .pop_if_empty()
            .extend(path.split('/').filter(|part| !part.is_empty()));
        if !query.is_empty() {
            address.query_pairs_mut().extend_pairs(query);
        }
        Ok(address)
    }
}

/// The innermost reason, which is the telling one ("Connection refused").
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    fn fetcher(base: &str) -> Fetcher {
        let identity = Identity { id: "test", name: "Test", version: "1", prefix: "t", demo: false };
        let effects = Effects::fixed(OffsetDateTime::UNIX_EPOCH);
        Fetcher::build(base.parse().unwrap(), Politeness::default(), effects, identity).unwrap()
    }

    #[test]
    fn a_path_is_looked_up_under_the_base_with_or_without_a_slash() {
        for base in ["http://source/api", "http://source/api/"] {
            let address = fetcher(base).address("/v1/search", &[("q", "rör & el".into())]).unwrap();
            assert_eq!(address.as_str(), "http://source/api/v1/search?q=r%C3%B6r+%26+el");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn requests_keep_their_pause_even_when_tasks_share_the_client() {
        let fetcher = fetcher("http://source");
        let began = Instant::now();
        tokio::join!(fetcher.keep_pause(), fetcher.keep_pause(), fetcher.keep_pause());
        assert_eq!(began.elapsed().as_secs(), 2);
    }

    #[test]
    fn a_wait_longer_than_agreed_is_given_up_at_once() {
        let error = fetcher("http://source").wait(0, Some(Duration::from_secs(3600))).unwrap_err();
        assert_eq!(error.to_string(), "the source asks to wait 3600 s before the next request");
    }
}

//! Sending over HTTP to wherever somebody wished: to public addresses alone, without following redirects, bounded in
//! time and size.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use metier_core::Fault;
use reqwest::{
    Client, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};

use crate::domain::{delivery::Answer, destination::Guard};

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// For all of it, the answer included.
const WITHIN: Duration = Duration::from_secs(15);
/// What is kept of an answer.
const EXCERPT: usize = 1_024;

/// Sends. Clones share connections.
#[derive(Clone)]
pub struct Sender {
    client: Client,
    guard: Arc<Guard>,
}

/// What is sent.
pub struct Message<'a> {
    /// Where to.
    pub url: &'a str,
    /// Headers besides those of every message.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: String,
}

impl Sender {
    /// Sends to where the guard admits.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(guard: Guard) -> Result<Self, Fault> {
        let guard = Arc::new(guard);
        let client = Client::builder()
            .user_agent(concat!("metier/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(WITHIN)
            .pool_max_idle_per_host(1)
            .dns_resolver(Arc::new(PublicNames(Arc::clone(&guard))))
            .build();
        Ok(Self { client: client.map_err(Fault::internal)?, guard })
    }

    /// Who knows where may be sent to.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Sends one message and says what came of it.
    pub async fn send(&self, message: Message<'_>) -> Answer {
        let began = Instant::now();
        let answer = self.attempt(message).await;
        Answer { took: began.elapsed(), ..answer }
    }

    async fn attempt(&self, message: Message<'_>) -> Answer {
        let url = match self.guard.check(message.url) {
            Ok(url) => url,
            Err(_) => return failed("its address may not be connected to"),
        };
        let mut request = self.client.post(url).header("content-type", "application/json").body(message.body);
        for (name, value) in message.headers {
            request = request.header(name, value);
        }
        match request.send().await {
            Ok(response) => read(response).await,
            Err(error) => failed(reason(&error)),
        }
    }
}

async fn read(mut response: Response) -> Answer {
    let status = response.status().as_u16();
    let mut begin = Vec::new();
    // An answer that breaks off has still said what it is.
    while let Ok(Some(chunk)) = response.chunk().await {
        begin.extend_from_slice(&chunk);
        if begin.len() >= EXCERPT {
            break;
        }
    }
    begin.truncate(EXCERPT);
    let excerpt = String::from_utf8_lossy(&begin).replace('\0', "\u{fffd}");
    let redirected = response.status().is_redirection().then(|| "redirects are not followed".to_owned());
    Answer {
        status: Some(status),
        error: redirected,
        excerpt: (!excerpt.is_empty()).then_some(excerpt),
        took: Duration::ZERO,
    }
}

fn failed(reason: impl Into<String>) -> Answer {
    Answer { status: None, error: Some(reason.into()), excerpt: None, took: Duration::ZERO }
}

/// What went wrong, innermost, without the address: that may hold what is meant for the receiver alone.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string().chars().take(300).collect()
}

/// Names lead to the world alone, whatever they answered when the webhook was made.
struct PublicNames(Arc<Guard>);

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = Arc::clone(&self.0);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let admitted: Vec<SocketAddr> = found.filter(|address| guard.admits(address.ip())).collect();
            if admitted.is_empty() {
                return Err("its name leads to no address that may be connected to".into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(allowed: &[&str]) -> Sender {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        Sender::new(Guard::new(allowed.iter().map(|network| network.parse().unwrap()).collect())).unwrap()
    }

    async fn send(sender: &Sender, url: &str) -> Answer {
        sender.send(Message { url, headers: Vec::new(), body: "{}".to_owned() }).await
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_connected_to() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer = send(&sender(&[]), &format!("http://localhost:{port}/")).await;
        assert_eq!(answer.error.as_deref(), Some("its name leads to no address that may be connected to"));
        let answer = send(&sender(&[]), &format!("http://127.0.0.1:{port}/")).await;
        assert_eq!(answer.error.as_deref(), Some("its address may not be connected to"));
        let nobody_came = tokio::time::timeout(Duration::from_millis(1), listener.accept()).await;
        assert!(nobody_came.is_err());
    }
}

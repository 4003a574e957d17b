//! `http.get`: asks a web address and keeps what it answered.
//!
//! Whoever may submit runs chooses the address, so it is not trusted: only http and https, no credentials in
//! it, no proxy, and no address of a private network, whether it is written out, behind a name or behind a
//! redirect. Names are checked when they are resolved, and the connection goes to the address that was checked.

mod address;
mod answer;
mod error;

use std::{sync::Arc, time::Duration};

use metier_core::Permission;
use metier_worker::{Done, Handler, KindSpec, TaskContext, TaskError};
use reqwest::{Client, redirect};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use self::{
    address::{Resolver, check},
    error::HttpError,
};

const MOST_REDIRECTS: usize = 5;
const MOST_BYTES: usize = 512 * 1024;
const USUAL_BYTES: usize = 64 * 1024;
const TIMEOUT: Duration = Duration::from_mins(1);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Ask addresses outside from within the installation.
const HTTP_GET: Permission = Permission::new("http", "get");

/// The kind.
pub fn kind() -> KindSpec {
    let schema = json!({
        "type": "object",
        "properties": {
            "url": { "type": "string", "pattern": "^https?://", "maxLength": 2_000, "examples": ["https://example.org/"] },
            "max_bytes": {
                "description": "The largest answer taken; 65536 when absent",
                "type": "integer", "minimum": 1, "maximum": MOST_BYTES, "examples": [1024],
            },
        },
        "required": ["url"],
        "additionalProperties": false,
    });
    KindSpec::new("http.get", 1, "Asks a web address and keeps its answer")
        .parameters(schema)
        .permissions([HTTP_GET])
        .timeout(TIMEOUT)
}

/// Which addresses may be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HttpSettings {
    /// Also those of private networks and of this machine.
    pub allow_private_addresses: bool,
}

/// One item.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    url: String,
    max_bytes: Option<usize>,
}

/// The handler. Clones share the connections.
#[derive(Clone)]
pub struct HttpGet {
    client: Client,
    settings: HttpSettings,
}

impl HttpGet {
    /// A client within these settings.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub fn build(settings: HttpSettings) -> Result<Self, reqwest::Error> {
        // Another part of the process may have installed it before.
        drop(rustls::crypto::ring::default_provider().install_default());
        let allow_private = settings.allow_private_addresses;
        let client = Client::builder()
            .user_agent(concat!("metier/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .dns_resolver(Arc::new(Resolver { allow_private }))
            .redirect(redirect::Policy::custom(move |attempt| follow(attempt, allow_private)))
            .connect_timeout(CONNECT_TIMEOUT)
            .build()?;
        Ok(Self { client, settings })
    }
}

fn follow(attempt: redirect::Attempt<'_>, allow_private: bool) -> redirect::Action {
    if attempt.previous().len() > MOST_REDIRECTS {
        return attempt.error(HttpError::TooManyRedirects(MOST_REDIRECTS));
    }
    match check(attempt.url(), allow_private) {
        Ok(()) => attempt.follow(),
        Err(error) => attempt.error(error),
    }
}

impl Handler for HttpGet {
    type Parameters = Parameters;

    async fn run(&self, task: TaskContext, parameters: Parameters) -> Result<Done, TaskError> {
        let url = Url::parse(&parameters.url).map_err(|error| HttpError::NotAnAddress(error.to_string()))?;
        check(&url, self.settings.allow_private_addresses)?;
        let most = parameters.max_bytes.unwrap_or(USUAL_BYTES).min(MOST_BYTES);
        task.progress(0, "asking");
        let response = self.client.get(url).send().await.map_err(HttpError::from)?;
        task.progress(500, format!("answered {}, reading", response.status().as_u16()));
        Done::with(answer::read(response, most).await?)
    }
}

#[cfg(test)]
mod tests;

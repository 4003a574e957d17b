//! Section `gateway` of the settings.

use std::{net::SocketAddr, path::PathBuf};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// What an operator may decide about the public door.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Pages of other origins that may call the API.
    pub cors: CorsConfig,
    /// What one client may ask.
    pub limits: LimitsConfig,
    /// Where OpenJobs' own routes answer, for its clients: `127.0.0.1:8080`. Nowhere unless said.
    pub openjobs_listen: Option<SocketAddr>,
    /// Networks of reverse proxies whose `x-forwarded-for` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// File of the certificate that the door speaks TLS with, and after it those that vouch for it, in PEM
    /// form. Plain HTTP when left out.
    pub tls_certificate: Option<PathBuf>,
    /// File of its private key, in PEM form.
    pub tls_key: Option<PathBuf>,
    /// Services this installation does without: they are not waited for and not reported missing.
    pub without: Vec<String>,
}

/// Pages of other origins.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CorsConfig {
    /// Origins such as `https://console.example.org`; none may call unless named.
    pub origins: Vec<String>,
}

/// What one client, an address or an IPv6 /64, may ask.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct LimitsConfig {
    /// Requests at work at a time, open streams included.
    pub concurrent_per_client: usize,
    /// Requests per minute of one user, key or run, or of one address where nobody is signed in, in the long run.
    pub requests_per_minute: u32,
    /// How many of them may come at once.
    pub requests_burst: u32,
    /// Requests per minute to the routes of sign-in, in the long run.
    pub sign_in_per_minute: u32,
    /// How many of them may come at once.
    pub sign_in_burst: u32,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            concurrent_per_client: 256,
            requests_per_minute: 120_000,
            requests_burst: 120_000,
            sign_in_per_minute: 60,
            sign_in_burst: 60,
        }
    }
}

//! Does a plugin, in whatever language, keep the contract? The kit behind `metier plugin verify URL`.
//!
//! It asks over HTTP what Metier would ask, and some things Metier never would. Each check has an id, and a failed one
//! says why and what to do. A plugin of contract 1 gets the checks that apply to it, and is told so.

mod contract;
mod errors;
mod health;
mod legacy;
mod probe;
mod report;
mod resume;
mod rules;
mod transcript;

use std::time::Duration;

use url::Url;

pub use report::{Check, Report, Verdict};

use self::{probe::Probe, report::Findings};

/// How long the kit waits, and how much it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For an ordinary answer, and for a stream to begin.
    pub answer: Duration,
    /// For one whole stream; the plugin is told three quarters of it as its deadline.
    pub stream: Duration,
    /// For `POST /sync` and `GET /jobs` of contract 1, which fetch before they answer.
    pub legacy: Duration,
    /// The lines read of one stream before the kit has seen enough.
    pub lines: usize,
    /// The bytes read of any one answer.
    pub bytes: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(15),
            stream: Duration::from_secs(120),
            legacy: Duration::from_secs(360),
            lines: 5_000,
            bytes: 256 * 1024 * 1024,
        }
    }
}

/// Verifies the plugin at `url`. A plugin that cannot be asked at all is a report with a failed first check.
pub async fn verify(url: &Url, patience: Patience) -> Report {
    let mut findings = Findings::default();
    let probe = match Probe::build(url.clone(), patience) {
        Ok(probe) => probe,
        Err(why) => {
            findings.fail(&rules::HEALTH_ANSWERS, why);
            return findings.into_report(url, None);
        }
    };
    let health = health::check(&probe, &mut findings).await;
    let Some(health) = health else { return findings.into_report(url, None) };
    if health.contract() < 2 {
        findings.skip_all(&rules::CONTRACT_2, "the plugin announces no contract 2 in /health");
    } else {
        contract::check(&probe, &health, &mut findings).await;
    }
    legacy::check(&probe, &health, &mut findings).await;
    findings.settle_redirects(probe.redirects());
    findings.into_report(url, Some(&health))
}

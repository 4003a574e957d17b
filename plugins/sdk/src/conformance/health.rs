//! The checks of `GET /health`.

use std::time::Duration;

use super::{probe::Probe, report::Findings, rules};
use crate::wire::Health;

/// How soon a plugin says how it is.
const SOON: Duration = Duration::from_secs(5);

/// Checks the health, and hands it on if it reads.
pub(super) async fn check(probe: &Probe, findings: &mut Findings) -> Option<Health> {
    let reply = match probe.get("health", SOON).await {
        Ok(reply) if reply.status == 200 => reply,
        Ok(reply) => {
            findings
                .fail(&rules::HEALTH_ANSWERS, format!("it answers {}: {}", reply.status, reply.excerpt()));
            return None;
        }
        Err(why) => {
            findings.fail(&rules::HEALTH_ANSWERS, why);
            return None;
        }
    };
    findings.pass(&rules::HEALTH_ANSWERS);
    let health: Health = match serde_json::from_slice(&reply.body) {
        Ok(health) => health,
        Err(error) => {
            findings.fail(&rules::HEALTH_SHAPE, format!("{error} in {}", reply.excerpt()));
            return None;
        }
    };
    let nameless = health.plugin.is_empty().then(|| "plugin is missing".to_owned());
    findings.settle(&rules::HEALTH_SHAPE, nameless);
    identity(&health, findings);
    readiness(&health, findings);
    Some(health)
}

fn identity(health: &Health, findings: &mut Findings) {
    let rule = &rules::HEALTH_IDENTITY;
    let good = |id: &str| {
        let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        !id.is_empty() && id.len() <= 64 && id.chars().all(fits)
    };
    match (&health.plugin_id, &health.version) {
        (Some(id), Some(_)) if good(id) => findings.pass(rule),
        (Some(id), Some(_)) => findings.fail(rule, format!("plugin_id is {id:?}")),
        _ if health.contract() < 2 => findings.skip(rule, "contract 1 does not ask for it"),
        _ => findings.fail(rule, "plugin_id or version is missing"),
    }
}

fn readiness(health: &Health, findings: &mut Findings) {
    let rule = &rules::HEALTH_READY;
    if health.is_healthy() {
        return findings.pass(rule);
    }
    match &health.message {
        Some(message) => findings.skip(rule, format!("it says {}: {message}", health.status)),
        None => findings.fail(rule, format!("it says {} without a message", health.status)),
    }
}

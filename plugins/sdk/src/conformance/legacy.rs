//! The checks of contract 1, which plugins of contract 2 keep as well.
//!
//! The dialects that Metier reads pass too: `status: "success"` for `success: true`, `jobs` for `data`, no `count`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    probe::{Probe, Reply},
    report::Findings,
    rules,
};
use crate::wire::{Health, JobPost};

/// Every check of contract 1.
pub(super) async fn check(probe: &Probe, health: &Health, findings: &mut Findings) {
    method(probe, findings).await;
    if !health.is_healthy() {
        let why = format!("the plugin says it is {}", health.status);
        return findings.skip_all(&[&rules::LEGACY_SYNC, &rules::LEGACY_JOBS, &rules::LEGACY_IDS], &why);
    }
    let wrong = match probe.post("sync", b"{}".to_vec(), probe.patience.legacy).await {
        Ok(reply) => sync_fault(&reply),
        Err(why) => Some(why),
    };
    findings.settle(&rules::LEGACY_SYNC, wrong);
    match probe.get("jobs", probe.patience.legacy).await.and_then(|reply| jobs(&reply)) {
        Ok(jobs) => listed(&jobs, findings),
        Err(why) => findings.fail(&rules::LEGACY_JOBS, why),
    }
}

async fn method(probe: &Probe, findings: &mut Findings) {
    let wrong = match probe.get("sync", probe.patience.answer).await {
        Ok(reply) if reply.status == 405 => None,
        Ok(reply) => Some(format!("it is answered {}", reply.status)),
        Err(why) => Some(why),
    };
    findings.settle(&rules::LEGACY_METHOD, wrong);
}

fn sync_fault(reply: &Reply) -> Option<String> {
    if reply.status != 200 {
        return Some(format!("it is answered {}: {}", reply.status, reply.excerpt()));
    }
    match serde_json::from_slice::<Value>(&reply.body) {
        Ok(answer) if succeeded(&answer) => None,
        Ok(_) => Some(format!("it does not say success: {}", reply.excerpt())),
        Err(error) => Some(format!("{error} in {}", reply.excerpt())),
    }
}

fn succeeded(answer: &Value) -> bool {
    answer["success"] == true || answer["status"] == "success"
}

fn jobs(reply: &Reply) -> Result<Vec<JobPost>, String> {
    if reply.status != 200 {
        return Err(format!("it is answered {}: {}", reply.status, reply.excerpt()));
    }
    let mut answer: Value = serde_json::from_slice(&reply.body).map_err(|error| error.to_string())?;
    if !succeeded(&answer) {
        return Err(format!("it does not say success: {}", reply.excerpt()));
    }
    let list = if answer["data"].is_array() { answer["data"].take() } else { answer["jobs"].take() };
    let jobs: Vec<JobPost> =
        serde_json::from_value(list).map_err(|error| format!("the list does not read: {error}"))?;
    match answer["count"].as_u64() {
        Some(count) if count != jobs.len() as u64 => {
            Err(format!("count is {count}, the jobs are {}", jobs.len()))
        }
        _ => Ok(jobs),
    }
}

fn listed(jobs: &[JobPost], findings: &mut Findings) {
    let nameless = jobs.iter().position(|job| job.id.is_empty() || job.title.is_empty());
    let wrong = nameless.map(|place| format!("job number {} has no id or no title", place + 1));
    findings.settle(&rules::LEGACY_JOBS, wrong);
    let mut seen = BTreeSet::new();
    let repeated = jobs.iter().find(|job| !seen.insert(job.id.as_str()));
    findings.settle(&rules::LEGACY_IDS, repeated.map(|job| format!("{} comes twice", job.id)));
}

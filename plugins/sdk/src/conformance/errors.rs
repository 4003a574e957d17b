//! The checks of requests that a plugin must refuse.

use serde_json::json;

use super::{
    probe::{Probe, Reply},
    report::Findings,
    rules::{self, Rule},
};
use crate::wire::Problem;

const PATH: &str = "v2/sync";

/// Every refusal.
pub(super) async fn check(probe: &Probe, findings: &mut Findings) {
    refused(probe, findings, &rules::ERROR_JSON, b"{\"checkpoint\": ".to_vec()).await;
    let wrong_type = json!({"page_size": "many"}).to_string().into_bytes();
    refused(probe, findings, &rules::ERROR_TYPES, wrong_type).await;
    strange_checkpoint(probe, findings).await;
    large(probe, findings).await;
}

async fn refused(probe: &Probe, findings: &mut Findings, rule: &'static Rule, body: Vec<u8>) {
    let wrong = match probe.post(PATH, body, probe.patience.answer).await {
        Ok(reply) if reply.status == 400 => not_a_problem(&reply),
        Ok(reply) => Some(format!("it is answered {}: {}", reply.status, reply.excerpt())),
        Err(why) => Some(why),
    };
    findings.settle(rule, wrong);
}

fn not_a_problem(reply: &Reply) -> Option<String> {
    if reply.kind != "application/problem+json" {
        return Some(format!("the content type is {:?}", reply.kind));
    }
    match serde_json::from_slice::<Problem>(&reply.body) {
        Ok(problem) if problem.status == reply.status => None,
        Ok(problem) => Some(format!("status is {} in the body and {} outside", problem.status, reply.status)),
        Err(error) => Some(format!("the problem document does not read: {error}")),
    }
}

/// The answer may be a stream, so only its status is looked at.
async fn strange_checkpoint(probe: &Probe, findings: &mut Findings) {
    let request = crate::wire::SyncRequest {
        checkpoint: Some(json!({"never": ["written", "by", "this", "plugin"]})),
        page_size: Some(1),
        deadline_ms: Some(1_000),
    };
    let wrong = match probe.stream(&request, 1).await {
        Ok(stream) if matches!(stream.status, 200 | 409) => None,
        Ok(stream) => Some(format!("it is answered {}", stream.status)),
        Err(why) => Some(why),
    };
    findings.settle(&rules::ERROR_CHECKPOINT, wrong);
}

/// A plugin may also close the connection while the body is still being sent.
async fn large(probe: &Probe, findings: &mut Findings) {
    let body = json!({"checkpoint": "x".repeat(1_000_000)}).to_string().into_bytes();
    let wrong = match probe.post(PATH, body, probe.patience.answer).await {
        Ok(reply) if (400..500).contains(&reply.status) => None,
        Ok(reply) => Some(format!("it is answered {} after {} ms", reply.status, reply.took.as_millis())),
        Err(_) => None,
    };
    findings.settle(&rules::ERROR_SIZE, wrong);
}

//! Asking for tasks, and taking what came.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use tonic::Status;

use super::{Call, Dispatcher};
use crate::{
    KindSpec,
    attempt::Claimed,
    kind::milliseconds,
    lease::{Lease, Timing},
    protocol::{ClaimReply, ClaimRequest, RegisterRequest},
    ticket::Ticket,
    worker::Setup,
};

/// An engine that ends its waiting claims sooner than this is about to stop, and is not asked in a hurry.
const LEAST_WAIT: Duration = Duration::from_secs(1);

/// A claim that was answered.
pub(super) struct Claim {
    reply: ClaimReply,
    asked: Instant,
    wait: Duration,
    timing: Timing,
}

impl Claim {
    fn is_cut_short(&self, now: Instant) -> bool {
        self.reply.tasks.is_empty() && now - self.asked < LEAST_WAIT.min(self.wait)
    }
}

impl Dispatcher {
    /// Asks for tasks and tells outcomes, unless claims fail of late: then outcomes had better go alone.
    pub(super) fn call_claim(&mut self, wanted: usize, now: Instant) -> Call<Claim> {
        let carry = self.claim_backoff.until().is_none() && self.report_backoff.is_over(now);
        let carried = if carry { self.pending.take(now) } else { Vec::new() };
        let (setup, known) = (Arc::clone(&self.setup), self.timing);
        let may_wait = carried.is_empty() && self.held.is_empty();
        let wait = if may_wait { setup.options.long_poll } else { Duration::ZERO };
        let request = ClaimRequest {
            worker: setup.options.name.clone(),
            kinds: setup.handlers.kinds().iter().map(KindSpec::reference).collect(),
            queues: setup.options.queues.clone(),
            capabilities: setup.options.capabilities.clone(),
            max_tasks: u32::try_from(wanted).unwrap_or(u32::MAX),
            wait_ms: u32::try_from(milliseconds(wait)).unwrap_or(u32::MAX),
            completions: carried.iter().map(|report| report.completion.clone()).collect(),
        };
        let answer = Box::pin(async move {
            let timing = match known {
                Some(timing) => timing,
                None => register(&setup).await?,
            };
            let asked = Instant::now();
            Ok(Claim { reply: setup.calls.claim(request).await?, asked, wait, timing })
        });
        Call { carried, answer }
    }

    pub(super) fn claimed(&mut self, answer: Result<Claim, Status>, now: Instant) {
        let carried = self.claim.take().map(|call| call.carried).unwrap_or_default();
        match answer {
            Ok(claim) => {
                self.timing = Some(claim.timing);
                if claim.is_cut_short(now) {
                    self.claim_backoff.failed(now, &self.setup.random);
                } else {
                    self.claim_backoff.succeeded();
                }
                self.dry = claim.reply.tasks.is_empty();
                self.answered(carried, &claim.reply.results);
                self.hold(claim.reply, claim.timing, now);
            }
            Err(status) => {
                tracing::warn!(error = %status, "cannot claim tasks; trying again");
                // An engine that forgot us, or one that has just started, is told our kinds again.
                self.timing = None;
                self.claim_backoff.failed(now, &self.setup.random);
                self.pending.put_back(carried, now);
            }
        }
    }

    fn hold(&mut self, reply: ClaimReply, timing: Timing, now: Instant) {
        if reply.tasks.is_empty() {
            return;
        }
        let lease = Arc::new(Lease::new(reply.lease.clone(), &reply.tasks, now, timing));
        let keep = Arc::clone(&lease).keep(self.setup.calls.clone(), self.setup.random.clone());
        tokio::spawn(self.end.clone().run_until_cancelled_owned(keep));
        for task in reply.tasks {
            let kind = task.kind.as_ref().map(|kind| kind.name.clone()).unwrap_or_default();
            let ticket = Ticket::new(Arc::clone(&lease), task.id, kind, self.messages.clone());
            self.held.push_back(Claimed { task, ticket, since: now });
        }
        self.leases.insert(reply.lease, lease);
    }
}

async fn register(setup: &Setup) -> Result<Timing, Status> {
    let kinds = setup.handlers.kinds().iter().map(Into::into).collect();
    let (worker, capabilities) = (setup.options.name.clone(), setup.options.capabilities.clone());
    let request = RegisterRequest { worker, kinds, capabilities };
    Ok(setup.calls.register(request).await?.into())
}

//! Brings the schedules that settings name to the scheduler: at the start, and whenever a source comes or goes.
//!
//! What was declared before and is not named any more is withdrawn. What a person made of a schedule is left alone: that
//! is the scheduler's rule.

use std::{collections::BTreeMap, time::Duration};

use metier_contract_postings::schedule;
use metier_contract_scheduler::{Declared, SERVICE, SchedulerClient};
use metier_core::{Fault, FaultKind};
use metier_harness::Kit;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::cadence::{Cadence, Cadences},
    ops::{Desk, manual::MANUAL},
    store::{self, SOURCES_CHANGED},
};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What is declared, and where.
#[derive(Clone)]
pub struct Schedules {
    /// The sources.
    pub desk: Desk,
    /// The way to the scheduler.
    pub kit: Kit,
    /// What settings say.
    pub cadences: Cadences,
}

impl Schedules {
    /// Keeps what is declared as settings say, until it is told to stop.
    pub async fn keep(self, stop: CancellationToken) -> Result<(), Fault> {
        let mut changed = self.desk.database.signals().subscribe(SOURCES_CHANGED);
        let mut pause = FIRST_PAUSE;
        loop {
            let declared = self.declare().await;
            if let Err(fault) = &declared {
                self.tell(fault);
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = changed.wait() => {}
                () = tokio::time::sleep(pause), if declared.is_err() => {}
            }
            pause = if declared.is_ok() { FIRST_PAUSE } else { LONGEST_PAUSE.min(pause * 2) };
        }
    }

    /// An installation without a scheduler is none of our business unless something should be scheduled.
    fn tell(&self, fault: &Fault) {
        let is_wanted = self.cadences.of_others != Cadence::Off || !self.cadences.of.is_empty();
        if is_wanted {
            tracing::warn!(error = %fault.chain(), "cannot declare the schedules of sources; trying again");
        } else {
            tracing::debug!(error = %fault.chain(), "cannot ask for the schedules of sources; trying again");
        }
    }

    async fn declare(&self) -> Result<(), Fault> {
        let (client, ctx) = (SchedulerClient::new(self.kit.link(SERVICE)?), self.kit.ctx());
        let wanted = self.wanted().await?;
        for name in client.declared(&ctx, schedule::PREFIX).await? {
            if !wanted.contains_key(&name) && client.withdraw(&ctx, &name).await? {
                tracing::info!(name, "a schedule that settings name no more was deleted");
            }
        }
        for (name, (definition, at_once)) in wanted {
            match client.declare(&ctx, Declared { name: name.clone(), definition, at_once }).await {
                Ok(outcome) => tracing::info!(name, outcome, "the schedule of a source"),
                // Asking again would not help; the others are none the worse for it.
                Err(fault) if fault.kind == FaultKind::Invalid => {
                    tracing::error!(name, error = %fault.chain(), "the setting of a schedule is not understood");
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }

    /// Definitions by name, and whether each begins with a sync.
    async fn wanted(&self) -> Result<BTreeMap<String, (Value, bool)>, Fault> {
        let sources = store::sources::list(self.desk.database.reader()).await.map_err(Fault::internal)?;
        let synced = sources.into_iter().map(|source| source.name).filter(|name| name != MANUAL);
        let wanted = synced.filter_map(|name| {
            let (trigger, at_once) = match self.cadences.of(&name) {
                Cadence::Off => return None,
                Cadence::Cron(expression) => (schedule::cron(expression, &self.cadences.zone), false),
                // As with OpenJobs, which syncs at its start unless there is an expression.
                Cadence::Every(interval) => (schedule::every(interval), true),
            };
            Some((schedule::name(&name), (schedule::definition(&name, trigger), at_once)))
        });
        Ok(wanted.collect())
    }
}

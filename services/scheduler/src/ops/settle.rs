//! Noting what became of a fire, once, with its event.

use metier_bus::NewEvent;
use metier_contract_scheduler::event::{SCHEDULE_TRIGGERED, TOPIC_SCHEDULE, TriggeredEvent};
use metier_core::RunId;
use metier_db::Tx;

use super::Scheduler;
use crate::{
    domain::schedule::Schedule,
    error::Error,
    store::{
        fires::{self, Fire, Settled},
        schedules,
    },
};

impl Scheduler {
    /// Notes what became of a fire, unless another replica was faster.
    pub(super) async fn settle(&self, fire: Fire, settled: Settled) -> Result<(), Error> {
        let this = self.clone();
        let write = self.database.write(move |tx| {
            Box::pin(async move {
                if !fires::settle(tx, &fire, &settled, this.clock.now()).await? {
                    return Ok(());
                }
                let Some(schedule) = schedules::get(tx, fire.schedule.uuid()).await? else { return Ok(()) };
                match settled {
                    Settled::Submitted(run_id, run_number, _) => {
                        let data = TriggeredEvent {
                            schedule_id: schedule.id,
                            name: schedule.name.clone(),
                            scheduled_for: fire.scheduled_for,
                            source: fire.source,
                            run_id,
                            run_number,
                        };
                        let event = NewEvent::new(TOPIC_SCHEDULE, SCHEDULE_TRIGGERED, schedule.id, data);
                        let ctx = this.ctx(schedule.workspace);
                        let change = (None::<&RunId>, Some(&run_id));
                        this.record(tx, &ctx, event.owned_by(schedule.owner), change).await
                    }
                    Settled::Skipped(_) | Settled::Failed(_) => this.uncount(tx, &fire, schedule).await,
                }
            })
        });
        write.await
    }

    /// A run that was counted and never started is not one of the runs a schedule has: one that ended for it goes on.
    async fn uncount(&self, tx: &Tx, fire: &Fire, mut seen: Schedule) -> Result<(), Error> {
        while fire.source == "scheduler" && !self.uncounted(tx, &seen).await? {
            // Another fire of it was settled at the same time: both count.
            let Some(changed) = schedules::get(tx, seen.id.uuid()).await? else { return Ok(()) };
            seen = changed;
        }
        Ok(())
    }

    /// Takes one run off, if the schedule is as it was seen. `false` when it is not.
    async fn uncounted(&self, tx: &Tx, seen: &Schedule) -> Result<bool, Error> {
        if seen.fired == 0 {
            return Ok(true);
        }
        let mut after = Schedule { fired: seen.fired - 1, ..seen.clone() };
        if seen.has_ended() && !seen.has_runs_left() {
            let from = self.not_written(tx, seen).await?;
            after.next_at = super::schedules::next(&after.definition, from);
        }
        Ok(schedules::update(tx, &after, seen).await?)
    }
}

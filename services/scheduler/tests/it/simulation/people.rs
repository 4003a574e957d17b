//! What people do to schedules, and how runs end.

use std::sync::Arc;

use metier_contract_scheduler::ScheduleId;
use metier_core::{Actor, Ctx, Grants, WorkspaceId};
use metier_db::DbError;
use metier_scheduler::{domain::schedule::Definition, store::fires};
use metier_testkit::{
    ensure,
    simulation::{Choices, Held},
};
use serde_json::json;

use super::{
    acts::Act,
    world::{Known, World, answer},
};
use crate::{peers::engine, world::somebody};

/// Schedules that there are at most.
const MOST: usize = 4;

fn ctx() -> Ctx {
    Ctx {
        actor: Actor::User { id: somebody() },
        workspace: WorkspaceId::DEFAULT,
        grants: Arc::new(Grants::parse(["*:*"]).unwrap()),
        correlation: "test".parse().unwrap(),
        deadline: None,
    }
}

fn definition(choices: &mut Choices) -> Definition {
    let trigger = match choices.below(4) {
        0 => json!({ "type": "every", "interval": "17m" }),
        1 => json!({ "type": "cron", "expression": "*/20 * * * *", "zone": "Europe/Stockholm" }),
        _ => json!({ "type": "every", "interval": "10m" }),
    };
    let missed = ["skip", "one", "all"][choices.below(3)];
    let overlap = ["allow", "skip", "queue", "cancel_previous"][choices.below(4)];
    let jitter = [0, 0, 90][choices.below(3)];
    let mut definition = json!({
        "start": { "kind": "fibonacci" },
        "trigger": trigger,
        "missed": missed,
        "overlap": overlap,
        "jitter_seconds": jitter,
    });
    if choices.once_in(3) {
        definition["max_runs"] = json!(1 + choices.below(3));
    }
    serde_json::from_value(definition).unwrap()
}

impl World {
    pub async fn create(&mut self, which: usize, choices: &mut Choices) -> Held {
        if self.schedules.len() >= MOST {
            return Ok(());
        }
        let (definition, name) = (definition(choices), format!("s{}", self.schedules.len()));
        let now = self.now(which);
        self.tell(format!("{name} is {}", serde_json::to_string(&definition).unwrap()));
        let made = self.replicas[which].scheduler.create_schedule(&ctx(), (&name, definition), None).await;
        let known = Known { from: now, was_paused: false, had_ended: false };
        self.schedules.insert(answer(made)??.id, known);
        Ok(())
    }

    pub async fn steer(&mut self, act: Act, which: usize, choices: &mut Choices) -> Held {
        let ids: Vec<ScheduleId> = self.schedules.keys().copied().collect();
        let Some(id) = choices.of(&ids) else { return Ok(()) };
        let (scheduler, ctx, text) = (self.replicas[which].scheduler.clone(), ctx(), id.to_string());
        let (does, done) = match act {
            Act::Pause => ("pauses", answer(scheduler.pause_schedule(&ctx, &text).await)?.map(drop)),
            Act::Resume => ("resumes", answer(scheduler.resume_schedule(&ctx, &text).await)?.map(drop)),
            _ => ("starts", answer(scheduler.run_schedule(&ctx, &text).await)?.map(drop)),
        };
        let place = ids.iter().position(|one| one == id).unwrap_or_default();
        self.tell(format!("somebody {does} schedule {place}: {done:?}"));
        let may_be: &[&str] = match act {
            Act::Pause => &[],
            Act::Resume => &["schedule_ended"],
            // Twice in a microsecond.
            _ => &["request_in_progress"],
        };
        let code = done.err().unwrap_or_default();
        ensure!(code.is_empty() || may_be.contains(&code.as_str()), "{act:?} is refused: {code}");
        Ok(())
    }

    /// Nothing comes any more.
    pub async fn pause_all(&mut self) -> Held {
        let ids: Vec<ScheduleId> = self.schedules.keys().copied().collect();
        for id in ids {
            let scheduler = self.replicas[0].scheduler.clone();
            answer(scheduler.pause_schedule(&ctx(), &id.to_string()).await)??;
        }
        Ok(())
    }

    pub async fn end_some(&mut self, choices: &mut Choices) -> Held {
        let open = self.open_runs();
        let Some(key) = choices.of(&open).cloned() else { return Ok(()) };
        let is_told = !choices.once_in(3);
        self.end(&key, is_told).await
    }

    pub async fn end_all(&mut self, is_told: bool) -> Held {
        for key in self.open_runs() {
            self.end(&key, is_told).await?;
        }
        Ok(())
    }

    fn open_runs(&self) -> Vec<String> {
        engine(&self.kit, |engine| {
            let open = engine.runs.iter().filter(|(_, run)| run.2 == "running");
            open.map(|(key, _)| key.clone()).collect()
        })
    }

    async fn end(&mut self, key: &str, is_told: bool) -> Held {
        let ended = engine(&self.kit, |engine| {
            let run = engine.runs.get_mut(key)?;
            run.2 = "succeeded".to_owned();
            Some((run.0, run.1))
        });
        let Some((id, number)) = ended else { return Ok(()) };
        self.tell(format!("run {number} ends{}", if is_told { "" } else { ", and nobody hears of it" }));
        if is_told {
            let write = self
                .database
                .write(move |tx| Box::pin(async move { Ok::<_, DbError>(fires::end_run(tx, id).await?) }));
            write.await.map_err(|error| format!("{error:?}"))?;
        }
        Ok(())
    }
}

//! What holds of schedules after each step.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use metier_contract_scheduler::ScheduleId;
use metier_core::{RunId, Timestamp};
use metier_scheduler::{
    domain::{
        plan::{GRACE, MAX_MISSED},
        schedule::{Missed, Overlap, Schedule},
        trigger::Beat,
    },
    store::{
        fires::{self, Fire},
        schedules,
    },
};
use metier_testkit::{ensure, simulation::Held};

use super::{acts::Act, world::World};
use crate::peers::engine;

/// The shortest time.
const MOMENT: Duration = Duration::from_micros(1);
/// More than there are.
const ALL: u32 = 100_000;

/// Every schedule with its fires, by time.
pub struct Rows(pub BTreeMap<ScheduleId, (Schedule, BTreeMap<Timestamp, Fire>)>);

/// The runs of the engine, by key: id, number, state.
type Runs = BTreeMap<String, (RunId, i64, String)>;

fn key(fire: &Fire) -> String {
    format!("schedule:{}:{}", fire.schedule, fire.scheduled_for.micros())
}

fn is_waiting(fire: &Fire) -> bool {
    ["due", "queued"].contains(&fire.outcome.as_str())
}

impl Rows {
    pub async fn read(world: &World) -> Held<Self> {
        let (mut rows, reader) = (BTreeMap::new(), world.database.reader());
        for id in world.schedules.keys() {
            let schedule = schedules::get(reader, id.uuid()).await.map_err(|error| error.to_string())?;
            let list = fires::list(reader, *id, (None, ALL)).await.map_err(|error| error.to_string())?;
            let list = list.into_iter().map(|fire| (fire.scheduled_for, fire)).collect();
            rows.insert(*id, (schedule.ok_or("a schedule is gone")?, list));
        }
        Ok(Self(rows))
    }

    fn fires(&self) -> impl Iterator<Item = &Fire> {
        self.0.values().flat_map(|(_, fires)| fires.values())
    }

    /// Whether nobody has submitted this fire, or given it up.
    pub fn is_open(&self, fire: &Fire) -> bool {
        self.fires().any(|one| one.id == fire.id && is_waiting(one))
    }

    /// The fires that wait.
    pub fn open(&self) -> Vec<&Fire> {
        self.fires().filter(|fire| is_waiting(fire)).collect()
    }
}

/// Every schedule is as its definition says.
pub async fn tables(world: &mut World, (act, which): (Act, usize), before: &Rows) -> Held {
    let rows = Rows::read(world).await?;
    let now = world.now(which);
    for (place, (id, (schedule, fires))) in rows.0.iter().enumerate() {
        let was = before.0.get(id);
        let fresh: Vec<&Fire> = fires
            .values()
            .filter(|fire| fire.source == "scheduler")
            .filter(|fire| was.is_none_or(|(_, fires)| !fires.contains_key(&fire.scheduled_for)))
            .collect();
        let beat = schedule.definition.trigger.read(now).map_err(|wrong| wrong.message)?;
        counted(schedule, fires)
            .and_then(|()| remember(world, (schedule, &fresh), now))
            .and_then(|()| judged(schedule, &fresh, (act, now)))
            .and_then(|()| complete(world, (schedule, &beat), fires))
            .map_err(|broken| format!("schedule {place} {broken}"))?;
        tell_reasons(world, fires, was.map(|(_, fires)| fires));
    }
    told(world, &rows)
}

/// The story names every reason that is new.
fn tell_reasons(
    world: &mut World,
    fires: &BTreeMap<Timestamp, Fire>,
    before: Option<&BTreeMap<Timestamp, Fire>>,
) {
    for (at, fire) in fires {
        let known = before.and_then(|before| before.get(at)).and_then(|fire| fire.reason.as_ref());
        if let Some(reason) = fire.reason.as_ref().filter(|reason| Some(*reason) != known) {
            world.tell(format!("  {}: {reason}", fire.outcome));
        }
    }
}

/// It counts the runs that it started or is about to, and no more of them than it may.
fn counted(schedule: &Schedule, fires: &BTreeMap<Timestamp, Fire>) -> Held {
    let counts =
        |fire: &&Fire| fire.source == "scheduler" && !["skipped", "failed"].contains(&fire.outcome.as_str());
    let runs = fires.values().filter(counts).count() as i64;
    ensure!(schedule.fired == runs, "counts {} runs, not {runs}", schedule.fired);
    let most = schedule.definition.max_runs.unwrap_or(i64::MAX);
    ensure!(runs <= most, "has {runs} runs, and may have {most}");
    Ok(())
}

/// Follows from when on every time must be written down.
fn remember(world: &mut World, (schedule, fresh): (&Schedule, &[&Fire]), now: Timestamp) -> Held {
    let Some(known) = world.schedules.get_mut(&schedule.id) else { return Ok(()) };
    ensure!(fresh.is_empty() || !known.was_paused, "has fired although it is paused");
    let goes_on_again = (known.was_paused && schedule.paused_at.is_none()) || known.had_ended;
    if let (true, Some(next)) = (goes_on_again, schedule.next_at) {
        known.from = next.minus(MOMENT);
    }
    // Of many that were missed only the latest are looked at.
    if let (true, Some(first)) = (fresh.len() >= MAX_MISSED, fresh.first()) {
        known.from = first.scheduled_for.minus(MOMENT).max(known.from);
    }
    let has_ended = schedule.has_ended();
    let ends = has_ended && !known.had_ended;
    (known.was_paused, known.had_ended) = (schedule.paused_at.is_some(), has_ended);
    if ends {
        world.tell(format!("schedule {} has ended at {now}", schedule.name));
    }
    Ok(())
}

/// What is written down has come, and what was missed becomes what its policy says.
fn judged(schedule: &Schedule, fresh: &[&Fire], (act, now): (Act, Timestamp)) -> Held {
    ensure!(fresh.is_empty() || act == Act::Fire, "has fired by itself: {fresh:?}");
    let due = |fire: &Fire| fire.scheduled_for.plus(schedule.jitter(fire.scheduled_for));
    let is_late = |fire: &Fire| due(fire).plus(GRACE) < now;
    let last_late = fresh.iter().filter(|fire| is_late(fire)).map(|fire| fire.scheduled_for).max();
    for fire in fresh {
        ensure!(due(fire) <= now, "fires for {} at {now}", fire.scheduled_for);
        let fires = match schedule.definition.missed {
            Missed::All => true,
            Missed::One => last_late.is_none_or(|last| fire.scheduled_for >= last),
            Missed::Skip => !is_late(fire),
        };
        let outcome = if fires { "due" } else { "skipped" };
        ensure!(
            fire.outcome == outcome,
            "at {now} {} is {}, not {outcome}",
            fire.scheduled_for,
            fire.outcome
        );
    }
    Ok(())
}

/// Every time is there once, up to the next, and nothing but its times. What was looked at before is not again.
fn complete(
    world: &mut World,
    (schedule, beat): (&Schedule, &Beat),
    fires: &BTreeMap<Timestamp, Fire>,
) -> Held {
    let Some(known) = world.schedules.get_mut(&schedule.id) else { return Ok(()) };
    let own = fires.values().filter(|fire| fire.source == "scheduler" && fire.scheduled_for > known.from);
    let own: BTreeSet<Timestamp> = own.map(|fire| fire.scheduled_for).collect();
    let end = schedule.next_at.or_else(|| Some(own.last()?.plus(MOMENT))).unwrap_or(Timestamp::EPOCH);
    let (mut expected, mut next) = (BTreeSet::new(), schedule.definition.next(beat, known.from));
    while let Some(at) = next.filter(|at| *at < end) {
        expected.insert(at);
        next = schedule.definition.next(beat, at);
    }
    let differs: Vec<_> = own.symmetric_difference(&expected).collect();
    ensure!(differs.is_empty(), "leaves out, or fires for what is none of its times: {differs:?}");
    known.from = expected.last().copied().unwrap_or(known.from);
    Ok(())
}

/// What is said of a fire is what became of it.
fn told(world: &mut World, rows: &Rows) -> Held {
    let runs: Runs = engine(&world.kit, |engine| engine.runs.clone());
    for fire in rows.fires() {
        let run = runs.get(&key(fire));
        match (fire.outcome.as_str(), run) {
            ("submitted", run) => {
                ensure!(
                    run.map(|run| run.0) == fire.run,
                    "the fire of {} has another run",
                    fire.scheduled_for
                );
            }
            ("due" | "queued", Some(_)) => drop(world.untold.insert(key(fire))),
            (outcome, Some(_)) => {
                let is_untold = world.untold.contains(&key(fire));
                ensure!(is_untold, "the fire of {} is {outcome}, and has a run", fire.scheduled_for);
            }
            _ => {}
        }
    }
    Ok(())
}

/// One submission: it starts one run at most, and leaves others alone unless it is to cancel them.
pub fn started(world: &mut World, rows: &Rows, (fire, before, after): (&Fire, &Runs, &Runs)) -> Held {
    let Some(overlap) = fire.request.as_ref().map(|request| request.overlap) else { return Ok(()) };
    let own = format!("schedule:{}:", fire.schedule);
    let others = |runs: &Runs| -> Vec<String> {
        let open = runs.iter().filter(|(one, run)| run.2 == "running" && **one != key(fire));
        open.map(|(one, _)| one.clone())
            .filter(|one| one.starts_with(&own) && !world.untold.contains(one))
            .collect()
    };
    let open_after = others(after);
    let fresh: Vec<&String> = after.keys().filter(|one| !before.contains_key(*one)).collect();
    ensure!(fresh.iter().all(|one| **one == key(fire)), "another run was started: {fresh:?}");
    if !fresh.is_empty() {
        ensure!(
            overlap == Overlap::Allow || open_after.is_empty(),
            "a run was started ({overlap:?}) although {} go on",
            open_after.len()
        );
        world.tell("  starts a run".into());
    }
    for cancelled in before
        .iter()
        .filter(|(one, run)| run.2 == "running" && after.get(*one).is_none_or(|run| run.2 != "running"))
    {
        ensure!(overlap == Overlap::CancelPrevious, "a run was cancelled ({overlap:?})");
        ensure!(*cancelled.0 != key(fire), "the fire of {} cancelled its own run", fire.scheduled_for);
        ensure!(rows.is_open(fire), "the fire of {} was done, and cancelled a run", fire.scheduled_for);
        world.tell("  cancels a run".into());
    }
    Ok(())
}

/// What can only be told at the end: each run has one fire, and each fire that was submitted a run.
pub fn books(world: &World, rows: &Rows) -> Held {
    let runs: Runs = engine(&world.kit, |engine| engine.runs.clone());
    let submitted: BTreeSet<String> =
        rows.fires().filter(|fire| fire.outcome == "submitted").map(key).collect();
    for one in runs.keys().filter(|one| !world.untold.contains(*one)) {
        ensure!(submitted.contains(one), "a run was started, and no fire tells of it");
    }
    ensure!(
        submitted.iter().all(|one| runs.contains_key(one)),
        "a fire tells of a run that was never started"
    );
    Ok(())
}

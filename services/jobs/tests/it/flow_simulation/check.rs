//! What holds of workflows after each step.

use std::collections::BTreeSet;

use metier_jobs::domain::{
    state::{RunState, TaskState},
    workflow::{
        Document,
        document::{After, Phase, Step, Work},
    },
};
use metier_testkit::{ensure, simulation::Held};

use super::{
    rows::{Rows, RunRow, StepRow},
    world::World,
};

/// A run with its document and its steps.
struct Flow<'a> {
    rows: &'a Rows,
    run: &'a RunRow,
    document: &'a Document,
    steps: Vec<&'a StepRow>,
}

/// Every run of a workflow is as its document says.
pub async fn tables(world: &mut World) -> Held {
    let rows = Rows::read(world).await?;
    for run in rows.workflows() {
        let document = &rows.documents[&run.number];
        let flow = Flow { rows: &rows, run, document, steps: rows.steps_of(run.number) };
        ensure!(flow.steps.len() == document.steps.len(), "run {} has other steps", run.number);
        flow.counted()?;
        flow.ended()?;
        for (step, row) in document.steps.iter().zip(&flow.steps) {
            let hold = flow.in_turn(step, row).and_then(|()| flow.runs_of(world, (step, row)));
            hold.map_err(|broken| format!("step {} of run {} {broken}", row.name, run.number))?;
        }
        stopped(world, &flow)?;
    }
    belong(world, &rows)
}

/// A run that is to stop at once starts nothing any more.
fn stopped(world: &mut World, flow: &Flow<'_>) -> Held {
    let (number, epoch) = (flow.run.number, flow.run.epoch);
    if flow.run.stop != Some(2) {
        return Ok(());
    }
    let count = flow.steps.iter().map(|step| flow.rows.children_of(step.task).count()).sum();
    let known = *world.stopped.entry((number, epoch)).or_insert(count);
    ensure!(known == count, "run {number} goes on although it is to stop at once");
    Ok(())
}

/// Whatever a step started is of that step, for as long as it is open, and nothing runs that no step waits for.
fn belong(world: &World, rows: &Rows) -> Held {
    let tied: BTreeSet<i64> = rows.children.iter().map(|child| child.child).collect();
    for run in rows.runs.values().filter(|run| run.parent.is_some() && !run.has_ended()) {
        ensure!(
            tied.contains(&run.number) || world.is_by_hand(rows, run.number),
            "run {} goes on, and no step waits for it",
            run.number
        );
    }
    Ok(())
}

impl World {
    /// Whether somebody did this run again for itself, or one that it is within.
    pub fn is_by_hand(&self, rows: &Rows, mut number: i64) -> bool {
        loop {
            if self.by_hand.contains(&number) {
                return true;
            }
            match rows.runs.get(&number).and_then(|run| run.parent) {
                Some(parent) => number = parent,
                None => return false,
            }
        }
    }
}

impl Flow<'_> {
    fn counted(&self) -> Held {
        let count = |state: TaskState| self.steps.iter().filter(|step| step.task_state() == state).count();
        let counts = format!("{:?}", TaskState::ALL.map(count)).replace(' ', "");
        ensure!(
            self.run.counts == counts,
            "run {} counts {}, not {counts}",
            self.run.number,
            self.run.counts
        );
        Ok(())
    }

    /// It has ended when its steps have, and as they did.
    fn ended(&self) -> Held {
        let number = self.run.number;
        let is_over = self.steps.iter().all(|step| !step.is_open());
        ensure!(
            is_over == self.run.has_ended(),
            "run {number} is {}, its steps {:?}",
            self.run.state,
            self.steps
        );
        if !is_over {
            return Ok(());
        }
        let bad: BTreeSet<&str> =
            self.steps.iter().filter(|step| step.is_bad()).map(|step| step.state.as_str()).collect();
        let is_cancelled = self.run.stop > Some(0) && bad.contains(TaskState::Cancelled.name());
        let expected = match (bad.len(), bad.first()) {
            _ if is_cancelled => RunState::Cancelled.name(),
            (0, _) => RunState::Succeeded.name(),
            (1, Some(only)) => only,
            _ => RunState::Failed.name(),
        };
        ensure!(self.run.state == expected, "run {number} is {}, not {expected}", self.run.state);
        for (step, row) in self.document.steps.iter().zip(&self.steps) {
            let must_be_done = step.phase == Phase::Finally && step.when.is_none() && step.needs.is_empty();
            let was_done = row.task_state() != TaskState::Skipped
                && (row.task_state() != TaskState::Cancelled
                    || self.rows.children_of(row.task).next().is_some());
            ensure!(
                was_done || !must_be_done || self.run.stop == Some(2),
                "run {number} has ended, and its last step {} was not done: {row:?}",
                row.name
            );
        }
        Ok(())
    }

    fn row(&self, name: &str) -> Option<&StepRow> {
        self.steps.iter().find(|row| row.name == name).copied()
    }

    /// It begins no earlier than what it needs has ended as it must.
    fn in_turn(&self, step: &Step, row: &StepRow) -> Held {
        let needs: Vec<&StepRow> = step.needs.iter().filter_map(|need| self.row(need)).collect();
        let is_begun = row.begun_at.is_some() || self.rows.children_of(row.task).next().is_some();
        if is_begun {
            ensure!(needs.iter().all(|need| !need.is_open()), "has begun before {needs:?}");
            let earlier =
                self.document.steps.iter().zip(&self.steps).filter(|(other, _)| other.phase < step.phase);
            for (_, other) in earlier {
                ensure!(!other.is_open(), "has begun before step {}", other.name);
            }
            let is_bad = needs.iter().any(|need| need.is_bad());
            ensure!(step.after != After::Success || !is_bad, "has begun although {needs:?}");
            ensure!(step.after != After::Failure || is_bad, "has begun although {needs:?}");
        }
        let plain = step.phase == Phase::Steps && step.when.is_none() && step.after == After::Success;
        if plain && row.task_state() == TaskState::Skipped {
            let is_good = needs.iter().all(|need| need.task_state() == TaskState::Succeeded);
            ensure!(!is_good, "was skipped although {needs:?}");
        }
        Ok(())
    }

    /// Each of its runs at most once at a time, as many as it may, none that it does not wait for.
    fn runs_of(&self, world: &World, (step, row): (&Step, &StepRow)) -> Held {
        let children: Vec<_> = self.rows.children_of(row.task).collect();
        let open: Vec<_> = children.iter().filter(|(_, run)| !run.has_ended()).collect();
        let places: BTreeSet<i64> = children.iter().map(|(child, _)| child.position).collect();
        ensure!(places.len() == children.len(), "does the same twice: {children:?}");
        let Work::Runs(runs) = &step.work else {
            ensure!(children.is_empty(), "has runs: {children:?}");
            return Ok(());
        };
        let own = open.iter().filter(|(_, run)| !world.is_by_hand(self.rows, run.number)).count();
        ensure!(runs.max_parallel.is_none_or(|most| own <= most), "has {own} runs at a time");
        ensure!(row.is_open() || own == 0, "is {}, and its runs go on: {open:?}", row.state);
        let is_waiting = row.task_state() == TaskState::Waiting;
        ensure!(!is_waiting || children.is_empty(), "waits, and has runs: {children:?}");
        Ok(())
    }
}

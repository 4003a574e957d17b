//! A run without a database: moves are made at once, and runs end as a test says.

use std::collections::BTreeMap;

use metier_core::Timestamp;
use serde_json::{Map, Value, json};

use crate::domain::{
    outcome::Failure,
    state::{RunState, TaskState},
    workflow::{
        advance::{Doing, advance},
        document::{Document, Finding},
        read::read,
        resume::{Again, resume},
        runs::ChildWork,
        standing::{Child, Facts, Standing, Stop},
    },
};

pub struct World {
    pub document: Document,
    pub facts: Facts,
    /// What each run does, by number.
    pub runs: BTreeMap<i64, ChildWork>,
    /// How often each step ended since it was last begun.
    pub ends: Vec<usize>,
}

pub fn document(value: &Value) -> Result<Document, Vec<Finding>> {
    read(value)
}

impl World {
    pub fn new(value: &Value) -> Self {
        Self::with_inputs(value, json!({}))
    }

    pub fn with_inputs(value: &Value, inputs: Value) -> Self {
        let document = document(value).unwrap();
        let inputs: Map<String, Value> = document.with_defaults(inputs.as_object().unwrap().clone());
        let steps = vec![Standing::default(); document.steps.len()];
        let ends = vec![0; steps.len()];
        let now = Timestamp::from_seconds(1_000);
        let facts = Facts { now, run_at: None, inputs, stop: Stop::No, signals: BTreeMap::new(), steps };
        Self { document, facts, runs: BTreeMap::new(), ends }
    }

    /// Makes every move there is, until there is none.
    pub fn go(&mut self) -> &mut Self {
        for _ in 0..10_000 {
            let moves = advance(&self.document, &self.facts);
            assert_eq!(moves, advance(&self.document, &self.facts), "the same facts give the same moves");
            if moves.is_empty() {
                return self;
            }
            for one in moves {
                self.make(one.step, one.what);
            }
        }
        panic!("there are always more moves: {:?}", self.facts);
    }

    fn make(&mut self, position: usize, what: Doing) {
        let now = self.facts.now;
        let standing = &mut self.facts.steps[position];
        assert!(standing.state.is_open(), "a step that has ended is left alone");
        match what {
            Doing::Start(children) => {
                standing.state = TaskState::Running;
                for child in children {
                    let number = i64::try_from(self.runs.len()).unwrap() + 1;
                    self.runs.insert(number, child.work);
                    let state = RunState::Running;
                    standing.children.push(Child { number, position: child.position, state, reason: None });
                }
            }
            Doing::Wait(due) => (standing.begun_at, standing.due_at) = (Some(now), due),
            Doing::End(state, outcome) => {
                standing.state = state;
                (standing.failure, standing.output) = (outcome.clone().err(), outcome.ok());
                self.ends[position] += 1;
            }
            Doing::Stop => {
                let open = standing.children.iter_mut().filter(|child| !child.state.has_ended());
                open.for_each(|child| child.state = RunState::Cancelling);
            }
            Doing::Collect => standing.collected = Some(Ok(json!({"rows": [1, 2, 3]}))),
        }
    }

    pub fn position(&self, step: &str) -> usize {
        self.document.position(step).unwrap()
    }

    pub fn step(&self, step: &str) -> &Standing {
        &self.facts.steps[self.position(step)]
    }

    pub fn state(&self, step: &str) -> TaskState {
        self.step(step).state
    }

    /// Ends the open runs of a step like this.
    pub fn end(&mut self, step: &str, state: RunState) -> &mut Self {
        let position = self.position(step);
        let open = self.facts.steps[position].children.iter_mut().filter(|child| !child.state.has_ended());
        open.for_each(|child| child.state = state);
        self.go()
    }

    /// Ends one run.
    pub fn end_run(&mut self, step: &str, nth: usize, state: RunState) -> &mut Self {
        let position = self.position(step);
        self.facts.steps[position].children[nth].state = state;
        self.go()
    }

    pub fn is_over(&self) -> bool {
        self.facts.steps.iter().all(|standing| !standing.state.is_open())
    }

    /// Begins again with what did not succeed.
    pub fn resume(&mut self) -> Vec<(String, Again)> {
        let again = resume(&self.document, &self.facts.steps);
        for (position, how) in &again {
            let standing = &mut self.facts.steps[*position];
            self.ends[*position] = 0;
            match how {
                Again::Restart => *standing = Standing::default(),
                Again::GoOn => {
                    standing.state = TaskState::Running;
                    standing.failure = None;
                    let bad = standing.children.iter_mut().filter(|child| child.state != RunState::Succeeded);
                    bad.for_each(|child| child.state = RunState::Running);
                }
            }
        }
        self.facts.stop = Stop::No;
        again.into_iter().map(|(position, how)| (self.document.steps[position].name.clone(), how)).collect()
    }

    pub fn refuse(&mut self, step: &str) {
        let position = self.position(step);
        let refused = Failure { code: "unknown_kind".into(), message: "there is no such kind".into() };
        self.facts.steps[position].refused = Some(refused);
    }

    pub fn cancel(&mut self) -> &mut Self {
        self.facts.stop = if self.facts.stop == Stop::No { Stop::Steps } else { Stop::All };
        self.go()
    }

    pub fn later(&mut self, seconds: u64) -> &mut Self {
        self.facts.now = self.facts.now.plus(std::time::Duration::from_secs(seconds));
        self.go()
    }
}

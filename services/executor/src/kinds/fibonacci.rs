//! `fibonacci`: an exact, arbitrarily long number, computed the long way.
//!
//! It adds its way up instead of taking a shortcut, so that its cost is known: it grows with the square of
//! the iterations. That makes it the kind to try out an installation with, from one quick task to hours of
//! load, and the proof that work which only computes can be stopped.

use metier_worker::{BlockingHandler, Done, KindSpec, Permanent, TaskContext, TaskError};
use num_bigint::BigUint;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Most iterations of one task: a result of 208,988 digits.
pub const MAX_ITERATIONS: u32 = 1_000_000;

/// How many additions to make between two looks at the signal to stop.
const STRIDE: u32 = 256;

/// The kind.
pub fn kind() -> KindSpec {
    KindSpec::new("fibonacci", 1, "Computes a Fibonacci number exactly").parameters(json!({
        "type": "object",
        "properties": {
            "iterations": {
                "description": "Which number of the sequence 0, 1, 1, 2, 3, 5, ...; counted from 0",
                "type": "integer",
                "minimum": 0,
                "maximum": MAX_ITERATIONS,
                "examples": [100],
            },
        },
        "required": ["iterations"],
        "additionalProperties": false,
    }))
}

/// One item.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    iterations: u32,
}

/// What one item comes to.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    iterations: u32,
    digits: usize,
    value: String,
}

/// The handler.
pub struct Fibonacci;

impl BlockingHandler for Fibonacci {
    type Parameters = Parameters;

    fn run(&self, task: &TaskContext, Parameters { iterations }: Parameters) -> Result<Done, TaskError> {
        if iterations > MAX_ITERATIONS {
            let message = format!("iterations must be at most {MAX_ITERATIONS}");
            return Err(Permanent::new("invalid_parameters", message).into());
        }
        let value = compute(task, iterations)?.to_string();
        Done::with(Answer { iterations, digits: value.len(), value })
    }
}

fn compute(task: &TaskContext, iterations: u32) -> Result<BigUint, TaskError> {
    let (mut this, mut next) = (BigUint::ZERO, BigUint::from(1_u32));
    for done in 0..iterations {
        if done % STRIDE == 0 {
            task.check()?;
            if done > 0 {
                report(task, done, iterations);
            }
        }
        this += &next;
        std::mem::swap(&mut this, &mut next);
    }
    Ok(this)
}

/// The n-th addition costs n: the share of the work done is that of the squares.
fn report(task: &TaskContext, done: u32, iterations: u32) {
    let square = |count: u32| u64::from(count) * u64::from(count);
    let thousandths = square(done) * 1_000 / square(iterations).max(1);
    task.progress(u32::try_from(thousandths).unwrap_or(1_000), format!("{done} of {iterations} additions"));
}

#[cfg(test)]
mod tests {
    use metier_worker::{Stop, StopCause};
    use proptest::prelude::*;

    use super::*;
    use crate::kinds::tests::task;

    fn answer(iterations: u32) -> serde_json::Value {
        match Fibonacci.run(&task(&Stop::default()), Parameters { iterations }).unwrap() {
            Done::Result(result) => result,
            Done::Skipped(reason) => panic!("skipped: {reason}"),
        }
    }

    #[test]
    fn the_number_is_exact() {
        assert_eq!(answer(0)["value"], "0");
        assert_eq!(answer(1)["value"], "1");
        assert_eq!(answer(10)["value"], "55");
        let hundred = json!({ "iterations": 100, "digits": 21, "value": "354224848179261915075" });
        assert_eq!(answer(100), hundred);
        assert_eq!(answer(5_000)["digits"], 1_045);
    }

    #[test]
    fn it_ends_when_told_to_stop() {
        let stop = Stop::default();
        stop.stop(StopCause::Cancelled);
        let ended = Fibonacci.run(&task(&stop), Parameters { iterations: MAX_ITERATIONS });
        assert_eq!(ended, Err(TaskError::Stopped));
    }

    #[test]
    fn more_than_the_limit_is_refused_for_good() {
        let refused = Fibonacci.run(&task(&Stop::default()), Parameters { iterations: MAX_ITERATIONS + 1 });
        assert!(matches!(refused, Err(TaskError::Permanent(_))), "{refused:?}");
    }

    proptest! {
        #[test]
        fn each_number_is_the_sum_of_the_two_before(n in 2_u32..600) {
            let number = |n| compute(&task(&Stop::default()), n).unwrap();
            prop_assert_eq!(number(n), number(n - 1) + number(n - 2));
        }
    }
}

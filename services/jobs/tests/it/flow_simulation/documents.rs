//! Documents of workflows that follow from choices, and what their steps are to give.

use std::collections::BTreeMap;

use metier_testkit::simulation::Choices;
use serde_json::{Value, json};

/// What somebody wrote, and what each step gives when it succeeds and its document says so.
pub struct Written {
    pub document: Value,
    pub gives: BTreeMap<String, Value>,
}

/// A document. `inner` is a workflow that its steps may run.
pub fn write(choices: &mut Choices, inner: Option<&str>) -> Written {
    let mut writer = Writer { gives: BTreeMap::new(), inner };
    let count = 1 + choices.below(4);
    let steps = writer.part(choices, ("s", count));
    let on_failure = choices.below(2);
    let on_failure = writer.part(choices, ("f", on_failure));
    let finally = choices.below(3);
    let finally = writer.part(choices, ("z", finally));
    let document = json!({
        "inputs": {"odd": {"type": "integer", "default": choices.below(2)}},
        "steps": steps, "on_failure": on_failure, "finally": finally,
    });
    Written { document, gives: writer.gives }
}

struct Writer<'a> {
    gives: BTreeMap<String, Value>,
    inner: Option<&'a str>,
}

impl Writer<'_> {
    /// A part of the document. Its steps need none but those before them, so that there are no rings.
    fn part(&mut self, choices: &mut Choices, (prefix, count): (&str, usize)) -> Vec<Value> {
        (0..count).map(|position| self.step(choices, (prefix, position))).collect()
    }

    fn step(&mut self, choices: &mut Choices, (prefix, position): (&str, usize)) -> Value {
        let name = format!("{prefix}{position}");
        let mut needs: Vec<String> = match position {
            0 => Vec::new(),
            _ => (0..choices.below(3)).map(|_| format!("{prefix}{}", choices.below(position))).collect(),
        };
        needs.sort();
        needs.dedup();
        let mut step = json!({"name": name, "needs": needs});
        if !needs.is_empty() {
            step["after"] = json!(["success", "success", "success", "failure", "end"][choices.below(5)]);
            if choices.once_in(6) {
                step["when"] = json!(format!("steps.{}.state == 'succeeded'", needs[0]));
            }
        }
        if choices.once_in(8) {
            step["when"] = json!("inputs.odd == 1");
        }
        if let Some(gives) = self.work(choices, (&mut step, &needs)) {
            self.gives.insert(name, gives);
        }
        step
    }

    /// What a step does. Answers what it is to give.
    fn work(&self, choices: &mut Choices, (step, needs): (&mut Value, &[String])) -> Option<Value> {
        let n = choices.below(100);
        match (choices.below(12), self.inner) {
            (0, _) => {
                step["timer"] = json!({"for": "30s"});
                Some(Value::Null)
            }
            (1, _) => {
                step["signal"] = json!({"name": "go"});
                if choices.once_in(2) {
                    step["signal"]["timeout"] = json!("50s");
                }
                None
            }
            (2, _) => {
                step["approval"] = json!({"who": {"roles": ["admin"]}});
                if choices.once_in(2) {
                    step["approval"]["timeout"] = json!("70s");
                    step["approval"]["on_timeout"] = json!(["fail", "approve", "reject"][choices.below(3)]);
                }
                None
            }
            (3, _) => {
                (step["kind"], step["max_parallel"]) = (json!("count"), json!(1 + choices.below(2)));
                (step["for_each"], step["parameters"]) = (json!([1, 2, 3]), json!({"n": "${item}"}));
                Some(json!([{"n": 1}, {"n": 2}, {"n": 3}]))
            }
            (4, _) => {
                (step["kind"], step["max_attempts"]) = (json!("count"), json!(1 + choices.below(2)));
                step["items"] = json!([{"n": n}, {"n": 2}]);
                Some(json!([{"n": n}, {"n": 2}]))
            }
            (5 | 6, Some(inner)) => {
                step["workflow"] = json!(inner);
                if choices.once_in(3) {
                    step["for_each"] = json!([1, 2]);
                    return Some(json!([{}, {}]));
                }
                Some(json!({}))
            }
            _ => Some(self.one_task(choices, (step, needs), n)),
        }
    }

    /// One task, which may go on with what a step before gave.
    fn one_task(&self, choices: &mut Choices, (step, needs): (&mut Value, &[String]), n: usize) -> Value {
        (step["kind"], step["max_attempts"]) = (json!("count"), json!(1 + choices.below(2)));
        let before = needs.iter().find_map(|need| Some((need, self.gives.get(need)?.get("n")?)));
        match before.filter(|_| step["after"] == "success") {
            Some((need, before)) => {
                step["parameters"] = json!({"n": format!("${{steps.{need}.output.n}}")});
                json!({"n": before})
            }
            None => {
                step["parameters"] = json!({"n": n});
                json!({"n": n})
            }
        }
    }
}

//! What has to hold before a run's tasks are claimed, beside their order: what a worker must be able to do, and which
//! limits must have room.

use metier_core::Violation;

use super::limit::KeyLimit;

/// Most capabilities that a run may require.
const MAX_REQUIRED: usize = 16;
/// Most capabilities that a worker may have.
pub const MAX_CAPABILITIES: usize = 64;
/// Most keys of a run.
const MAX_LIMITS: usize = 1;
/// Longest capability.
const MAX_WORD: usize = 100;

/// The conditions of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// Capabilities a worker needs, such as `gpu` or `region-eu`.
    pub requires: Vec<String>,
    /// Keys that its tasks carry; at most one.
    pub limits: Vec<KeyLimit>,
}

impl Conditions {
    /// Everything that is wrong with them.
    pub fn violations(&self) -> Vec<Violation> {
        let mut violations = capability_violations("/requires", &self.requires);
        if self.requires.len() > MAX_REQUIRED {
            let message = format!("must name at most {MAX_REQUIRED} capabilities");
            violations.push(Violation { field: "/requires".into(), message });
        }
        if self.limits.len() > MAX_LIMITS {
            let message = "must name one key at most".into();
            violations.push(Violation { field: "/limits".into(), message });
        }
        let places = self.limits.iter().take(MAX_LIMITS).enumerate();
        violations.extend(places.flat_map(|(place, limit)| limit.violations(&format!("/limits/{place}"))));
        violations
    }

    /// The required capabilities as a lane keeps them: a JSON array, sorted, each once.
    pub fn required(&self) -> String {
        let mut words = self.requires.clone();
        words.sort_unstable();
        words.dedup();
        serde_json::Value::from(words).to_string()
    }
}

/// Which of the words are no capabilities, by their position in `field`.
pub fn capability_violations(field: &str, words: &[String]) -> Vec<Violation> {
    let bad = words.iter().enumerate().filter(|(_, word)| !is_word(word));
    let violation = |(position, _): (usize, &String)| Violation {
        field: format!("{field}/{position}"),
        message: format!("must be 1 to {MAX_WORD} of A-Z a-z 0-9 - _ . : /"),
    };
    bad.map(violation).collect()
}

fn is_word(word: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
    !word.is_empty() && word.len() <= MAX_WORD && word.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_capabilities_make_the_same_lane_in_whatever_order() {
        let requires = |words: &[&str]| Conditions {
            requires: words.iter().map(|&word| word.into()).collect(),
            limits: vec![],
        };
        assert_eq!(requires(&["gpu", "eu"]).required(), requires(&["eu", "gpu", "eu"]).required());
        assert_eq!(Conditions::default().required(), "[]");
    }

    #[test]
    fn a_word_that_is_no_capability_is_named_by_its_position() {
        let requires = vec!["gpu".into(), "a b".into(), String::new()];
        let conditions = Conditions { requires, limits: vec![] };
        let fields: Vec<_> = conditions.violations().into_iter().map(|violation| violation.field).collect();
        assert_eq!(fields, ["/requires/1", "/requires/2"]);
    }
}

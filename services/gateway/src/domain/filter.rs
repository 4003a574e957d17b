//! Which events a reader wants to hear of.

use metier_bus::{Telling, is_of_type};
use metier_core::{Fault, UserId};

/// Most values of one filter.
const MOST: usize = 32;
/// Longest value.
const LONGEST: usize = 128;

/// A reader's wishes; each that is left empty wants everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    types: Vec<String>,
    subjects: Vec<String>,
    owner: Option<UserId>,
}

impl Filter {
    /// Wants types that are or begin with one of `types`, of these subjects, of this owner. Lists are separated by
    /// commas.
    ///
    /// # Errors
    /// When a list is too long, or a type is none.
    pub fn new(types: &str, subjects: &str, owner: Option<UserId>) -> Result<Self, Fault> {
        let types: Vec<String> = list("type", types)?.map(|text| beginning(text).to_owned()).collect();
        let is_type =
            |text: &String| text.bytes().all(|byte| byte.is_ascii_lowercase() || b"._".contains(&byte));
        if !types.iter().all(is_type) {
            return Err(Fault::invalid(
                "type",
                "must be names such as run.failed, or how they begin, such as run",
            ));
        }
        Ok(Self { types, subjects: list("subject", subjects)?.map(str::to_owned).collect(), owner })
    }

    /// Whether this is wanted.
    pub fn wants(&self, telling: &Telling) -> bool {
        self.wants_type(&telling.kind)
            && (self.subjects.is_empty() || self.subjects.contains(&telling.subject))
            && self.owner.is_none_or(|owner| telling.owner == Some(owner))
    }

    /// Whether something of this type may be wanted.
    pub fn wants_type(&self, kind: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|wish| is_of_type(kind, wish))
    }
}

fn list<'a>(field: &'static str, text: &'a str) -> Result<impl Iterator<Item = &'a str>, Fault> {
    let values = || text.split(',').map(str::trim).filter(|value| !value.is_empty());
    if values().count() > MOST || values().any(|value| value.len() > LONGEST) {
        let message = format!("takes at most {MOST} values of {LONGEST} characters");
        return Err(Fault::invalid(field, message));
    }
    Ok(values())
}

/// `run`, `run.` and `run.*` are the same wish.
fn beginning(text: &str) -> &str {
    text.trim_end_matches('*').trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_wanted_whole_or_by_its_first_words() {
        for wish in ["run", "run.", "run.*", " run , source.synced"] {
            let filter = Filter::new(wish, "", None).unwrap();
            assert!(filter.wants_type("run.failed") && !filter.wants_type("runner.lost"), "{wish}");
        }
        let filter = Filter::new("run.failed", "", None).unwrap();
        assert!(filter.wants_type("run.failed") && !filter.wants_type("run.succeeded"));
        for everything in ["", "*", "run.failed,*"] {
            assert!(Filter::new(everything, "", None).unwrap().wants_type("source.synced"), "{everything}");
        }
    }

    #[test]
    fn wishes_have_limits() {
        assert_eq!(Filter::new("Run Failed", "", None).unwrap_err().code, "invalid_parameters");
        assert!(Filter::new(&"a,".repeat(33), "", None).is_err());
        assert!(Filter::new("", &"a".repeat(129), None).is_err());
        assert!(Filter::new(&"a,".repeat(32), "", None).is_ok());
    }
}

//! Conditions: a small, pure language that always gives an answer.
//!
//! Comparisons (`== != < <= > >=`), `and`, `or`, `not`, `exists(…)`, references, JSON values, parentheses. There are
//! no functions, no loops and no arithmetic. What does not exist is `null`; things of different types are never
//! equal, and neither is before the other.

use std::cmp::Ordering;

use serde_json::Value;

use super::{
    reference::Reference,
    scope::{Item, Scope},
    text::{Cursor, Mistake},
};

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// One of them holds.
    Or(Vec<Self>),
    /// All of them hold.
    And(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// Two things compare like this.
    Compare(Operand, Comparison, Operand),
    /// There is such a thing.
    Exists(Reference),
    /// It is `true`.
    IsTrue(Operand),
}

/// A side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// What it refers to.
    Reference(Reference),
    /// A value.
    Literal(Value),
}

/// How two things compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Longest text.
const LONGEST: usize = 1_000;
/// Deepest nesting.
const DEEPEST: usize = 20;

const COMPARISONS: [(&str, Comparison); 6] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// Where and why the text is none.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        let mut cursor = Cursor::new(text);
        if text.len() > LONGEST {
            return Err(cursor.mistake(format!("a condition has at most {LONGEST} bytes")));
        }
        let condition = any(&mut cursor, 0)?;
        cursor.expect_end()?;
        Ok(condition)
    }

    /// Whether it holds.
    pub fn holds(&self, scope: &Scope<'_>, item: Option<Item<'_>>) -> bool {
        match self {
            Self::Or(parts) => parts.iter().any(|part| part.holds(scope, item)),
            Self::And(parts) => parts.iter().all(|part| part.holds(scope, item)),
            Self::Not(inner) => !inner.holds(scope, item),
            Self::Exists(reference) => scope.find(reference, item).is_some(),
            Self::IsTrue(operand) => operand.value(scope, item) == Value::Bool(true),
            Self::Compare(left, comparison, right) => {
                comparison.holds(&left.value(scope, item), &right.value(scope, item))
            }
        }
    }

    /// Every operand, to be checked.
    pub fn operands(&self) -> Vec<&Operand> {
        match self {
            Self::Or(parts) | Self::And(parts) => parts.iter().flat_map(Self::operands).collect(),
            Self::Not(inner) => inner.operands(),
            Self::Exists(_) => Vec::new(),
            Self::IsTrue(operand) => vec![operand],
            Self::Compare(left, _, right) => vec![left, right],
        }
    }

    /// Every reference.
    pub fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Or(parts) | Self::And(parts) => parts.iter().flat_map(Self::references).collect(),
            Self::Not(inner) => inner.references(),
            Self::Exists(reference) => vec![reference],
            _ => self.operands().into_iter().filter_map(Operand::reference).collect(),
        }
    }
}

impl Operand {
    fn value(&self, scope: &Scope<'_>, item: Option<Item<'_>>) -> Value {
        match self {
            Self::Reference(reference) => scope.find(reference, item).unwrap_or(Value::Null),
            Self::Literal(value) => value.clone(),
        }
    }

    /// The reference it is, if it is one.
    pub fn reference(&self) -> Option<&Reference> {
        match self {
            Self::Reference(reference) => Some(reference),
            Self::Literal(_) => None,
        }
    }
}

impl Comparison {
    fn holds(self, left: &Value, right: &Value) -> bool {
        let order = order(left, right);
        match self {
            Self::Equal => order.map_or(left == right, Ordering::is_eq),
            Self::NotEqual => order.map_or(left != right, Ordering::is_ne),
            Self::Less => order.is_some_and(Ordering::is_lt),
            Self::LessOrEqual => order.is_some_and(Ordering::is_le),
            Self::Greater => order.is_some_and(Ordering::is_gt),
            Self::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
        }
    }
}

/// Numbers and texts have an order; nothing else has.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
        _ => None,
    }
}

fn any(cursor: &mut Cursor<'_>, depth: usize) -> Result<Condition, Mistake> {
    if depth > DEEPEST {
        return Err(cursor.mistake(format!("a condition is nested at most {DEEPEST} deep")));
    }
    let mut parts = vec![all(cursor, depth)?];
    while word(cursor, "or") {
        parts.push(all(cursor, depth)?);
    }
    Ok(single(parts, Condition::Or))
}

fn all(cursor: &mut Cursor<'_>, depth: usize) -> Result<Condition, Mistake> {
    let mut parts = vec![negated(cursor, depth)?];
    while word(cursor, "and") {
        parts.push(negated(cursor, depth)?);
    }
    Ok(single(parts, Condition::And))
}

fn single(mut parts: Vec<Condition>, several: fn(Vec<Condition>) -> Condition) -> Condition {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            several(parts)
        }
    }
}

fn word(cursor: &mut Cursor<'_>, word: &str) -> bool {
    cursor.skip_space();
    cursor.take_word(word)
}

fn negated(cursor: &mut Cursor<'_>, depth: usize) -> Result<Condition, Mistake> {
    if depth > DEEPEST {
        return Err(cursor.mistake(format!("a condition is nested at most {DEEPEST} deep")));
    }
    if word(cursor, "not") {
        return Ok(Condition::Not(Box::new(negated(cursor, depth + 1)?)));
    }
    if word(cursor, "exists") {
        cursor.skip_space();
        cursor.expect("(")?;
        cursor.skip_space();
        let reference = Reference::read(cursor)?;
        cursor.skip_space();
        cursor.expect(")")?;
        return Ok(Condition::Exists(reference));
    }
    if cursor.take("(") {
        let inner = any(cursor, depth + 1)?;
        cursor.skip_space();
        cursor.expect(")")?;
        return Ok(inner);
    }
    compared(cursor)
}

fn compared(cursor: &mut Cursor<'_>) -> Result<Condition, Mistake> {
    let left = operand(cursor)?;
    cursor.skip_space();
    match COMPARISONS.iter().find(|(sign, _)| cursor.take(sign)) {
        Some((_, comparison)) => Ok(Condition::Compare(left, *comparison, operand(cursor)?)),
        None => Ok(Condition::IsTrue(left)),
    }
}

fn operand(cursor: &mut Cursor<'_>) -> Result<Operand, Mistake> {
    cursor.skip_space();
    match literal(cursor)? {
        Some(value) => Ok(Operand::Literal(value)),
        None => Reference::read(cursor).map(Operand::Reference),
    }
}

/// A scalar JSON value; texts may have single quotes.
pub(super) fn literal(cursor: &mut Cursor<'_>) -> Result<Option<Value>, Mistake> {
    for (word, value) in [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)] {
        if cursor.take_word(word) {
            return Ok(Some(value));
        }
    }
    match cursor.peek() {
        Some('"' | '\'') => cursor.quoted().map(|text| Some(Value::String(text))),
        Some(first) if first == '-' || first.is_ascii_digit() => {
            let wrong = cursor.mistake("this is no number");
            let number = cursor.while_of(|next| next.is_ascii_alphanumeric() || "+-.".contains(next));
            serde_json::from_str(number).map(Some).map_err(|_| wrong)
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::domain::{state::TaskState, workflow::scope::Seen};

    fn holds(text: &str) -> bool {
        let inputs = json!({"full": true, "limit": 10, "name": "b", "list": [1]});
        let output = json!({"count": 3, "kind": null});
        let seen = Seen { state: TaskState::Succeeded, error: None, output: Some(&output) };
        let scope = Scope {
            inputs: Cow::Owned(inputs.as_object().unwrap().clone()),
            steps: [("fetch-it", seen)].into_iter().collect(),
        };
        Condition::parse(text).unwrap().holds(&scope, None)
    }

    #[test]
    fn conditions_say_what_they_mean() {
        for text in [
            "inputs.full",
            "inputs.full and steps.fetch-it.output.count > 2",
            "steps.fetch-it.state == 'succeeded'",
            "not (inputs.limit < 10) and inputs.limit <= 10.0",
            "inputs.limit == 10.0",
            "false or inputs.name > \"a\"",
            "exists(steps.fetch-it.output.kind) and not exists( steps.fetch-it.output.none )",
            "steps.fetch-it.output.none == null",
            "steps.never.output.x != 1",
        ] {
            assert!(holds(text), "{text}");
        }
    }

    #[test]
    fn things_of_different_types_are_unequal_and_have_no_order() {
        for text in
            ["inputs.limit == '10'", "inputs.limit < '11'", "inputs.full > 0", "inputs.list", "inputs.limit"]
        {
            assert!(!holds(text), "{text}");
        }
        assert!(holds("inputs.limit != '10'"));
    }

    #[test]
    fn and_binds_closer_than_or() {
        assert!(holds("true or false and false"));
        assert!(!holds("(true or false) and false"));
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        let deep = "(".repeat(5_000);
        let nots = "not ".repeat(240);
        for text in
            ["", "and", "inputs.x ==", "(true", "true true", "1 + 1", "exists(1)", "'open", &deep, &nots]
        {
            assert!(Condition::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_condition_or_refused_and_a_condition_always_answers(
            text in "(true|inputs\\.limit|not |and |or |\\(|\\)|==|<|'a'|1|exists\\(|steps\\.a\\.state| |\\PC){0,20}",
        ) {
            if let Ok(condition) = Condition::parse(&text) {
                let _either = condition.holds(&Scope::default(), None);
            }
        }
    }
}

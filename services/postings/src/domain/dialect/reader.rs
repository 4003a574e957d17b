//! Looking up one entry's fields: at the top level and, for legacy plugins, in the free `fields` object.
//!
//! A required field that is wrong is the caller's to reject; an optional one that is wrong is set aside as a
//! [`Doubt`] so that the posting is not lost over it.

use metier_core::Timestamp;
use serde_json::{Map, Value};

use super::{Doubt, parse_moment};

/// The most strings kept of one list.
const LIST_ITEMS: usize = 200;

pub(super) struct Reader<'a> {
    top: &'a Map<String, Value>,
    free: Option<&'a Map<String, Value>>,
    pub doubts: Vec<Doubt>,
}

impl<'a> Reader<'a> {
    /// Looks at the top level, then in `fields`, where legacy plugins put half of what they know.
    pub fn lenient(top: &'a Map<String, Value>) -> Self {
        let free = top.get("fields").and_then(Value::as_object);
        Self { top, free, doubts: Vec::new() }
    }

    /// Looks at the top level alone.
    pub fn strict(top: &'a Map<String, Value>) -> Self {
        Self { top, free: None, doubts: Vec::new() }
    }

    /// The first of `names` that holds something.
    fn find(&self, names: &[&str]) -> Option<&'a Value> {
        let said = |value: &&Value| match value {
            Value::Null => false,
            Value::String(text) => !text.trim().is_empty(),
            Value::Array(items) => !items.is_empty(),
            _ => true,
        };
        let top = names.iter().filter_map(|name| self.top.get(*name));
        let free = names.iter().filter_map(|name| self.free?.get(*name));
        top.chain(free).find(said)
    }

    fn doubt(&mut self, names: &[&str], reason: impl Into<String>) {
        self.doubts.push(Doubt::new(names.first().unwrap_or(&""), reason));
    }

    /// Text, or a number written out. Objects and lists are no text.
    pub fn text(&mut self, names: &[&str]) -> Option<String> {
        let value = self.find(names)?;
        let text = scalar(value);
        if text.is_none() {
            self.doubt(names, "is not text");
        }
        text
    }

    /// A number, or text that holds one.
    pub fn number(&mut self, names: &[&str]) -> Option<f64> {
        let value = self.find(names)?;
        let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
        let number = number.filter(|number| number.is_finite());
        if number.is_none() {
            self.doubt(names, "is not a number");
        }
        number
    }

    /// Yes or no in any spelling; `None` where nothing was said.
    pub fn boolean(&mut self, names: &[&str]) -> Option<bool> {
        let value = self.find(names)?;
        let text = scalar(value).unwrap_or_default().to_lowercase();
        match text.as_str() {
            "true" | "yes" | "1" | "ja" | "remote" => Some(true),
            "false" | "no" | "0" | "nej" => Some(false),
            "unknown" | "not stated" => None,
            _ => {
                self.doubt(names, "is neither yes nor no");
                None
            }
        }
    }

    /// A moment in any spelling.
    pub fn moment(&mut self, names: &[&str]) -> Option<Timestamp> {
        let value = self.find(names)?;
        parse_moment(value).unwrap_or_else(|reason| {
            self.doubt(names, reason);
            None
        })
    }

    /// A list of texts, of objects with a `label` or `name`, or a single text.
    pub fn list(&mut self, names: &[&str]) -> Vec<String> {
        match self.find(names) {
            None => Vec::new(),
            Some(Value::Array(items)) => items.iter().filter_map(label).take(LIST_ITEMS).collect(),
            Some(value) => match scalar(value) {
                Some(text) => vec![text],
                None => {
                    self.doubt(names, "is not a list");
                    Vec::new()
                }
            },
        }
    }

    /// A reader of the object under `name`, if one is there.
    pub fn within(&self, name: &str) -> Option<Reader<'a>> {
        self.top.get(name)?.as_object().map(Reader::strict)
    }

    /// The free fields as sent.
    pub fn free_fields(&self) -> Map<String, Value> {
        self.top.get("fields").and_then(Value::as_object).cloned().unwrap_or_default()
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

fn label(item: &Value) -> Option<String> {
    let named = || ["label", "name"].iter().find_map(|key| scalar(item.get(key)?));
    scalar(item).or_else(named).filter(|text| !text.is_empty())
}

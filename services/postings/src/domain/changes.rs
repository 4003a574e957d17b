//! What an update altered, field by field, and whether it altered anything at all.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::posting::Posting;

/// Free fields that change with every fetch and say nothing about the posting.
const FLEETING: [&str; 6] = ["fetched_at", "connector", "relevance", "adref", "timestamp", "last_seen"];

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Name of the field; `fields.<name>` for a free one.
    pub field: String,
    /// What was stored.
    pub before: Value,
    /// What was seen now.
    pub after: Value,
}

/// The SHA-256 of a posting's content in hexadecimal. Equal content gives an equal hash on every machine, as
/// members are written in alphabetical order; what is fleeting is left out.
pub fn content_hash(posting: &Posting) -> String {
    let mut digest = Sha256::new();
    for (name, value) in members(posting) {
        digest.update(name.as_bytes());
        digest.update([0]);
        digest.update(ordered(&value).as_bytes());
        digest.update([0]);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The fields in which `seen` differs from `stored`, in alphabetical order; empty when nothing changed.
pub fn changes(stored: &Posting, seen: &Posting) -> Vec<Change> {
    let (before, after) = (members(stored), members(seen));
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let value = |of: &Map<String, Value>, name: &str| of.get(name).cloned().unwrap_or(Value::Null);
    let change = |name: &String| {
        let (before, after) = (value(&before, name), value(&after, name));
        (before != after).then(|| Change { field: name.clone(), before, after })
    };
    names.into_iter().filter_map(change).collect()
}

/// Every field by name, the free ones beside the others, without empty and fleeting ones.
fn members(posting: &Posting) -> Map<String, Value> {
    let Ok(Value::Object(mut members)) = serde_json::to_value(posting) else { return Map::new() };
    if let Some(Value::Object(free)) = members.remove("fields") {
        let telling = free.into_iter().filter(|(name, _)| !FLEETING.contains(&name.as_str()));
        members.extend(telling.map(|(name, value)| (format!("fields.{name}"), value)));
    }
    members.retain(|_, value| !is_empty(value));
    let mut sorted: Vec<(String, Value)> = members.into_iter().collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    sorted.into_iter().collect()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// JSON with the members of every object in alphabetical order.
fn ordered(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            let members: Vec<String> =
                sorted.into_iter().map(|(name, value)| format!("{name:?}:{}", ordered(value))).collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(ordered).collect::<Vec<_>>().join(",")),
        scalar => scalar.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn posting(fields: Value) -> Posting {
        let fields = fields.as_object().cloned().unwrap_or_default();
        Posting { title: "Nurse".into(), fields, ..Posting::default() }
    }

    #[test]
    fn each_altered_field_is_named_with_both_values() {
        let before = posting(json!({"occupation": "Nurse"}));
        let after = Posting { title: "Head nurse".into(), ..posting(json!({"shift": "night"})) };
        let changes = changes(&before, &after);
        let fields: Vec<&str> = changes.iter().map(|change| change.field.as_str()).collect();
        assert_eq!(fields, ["fields.occupation", "fields.shift", "title"]);
        assert_eq!((&changes[2].before, &changes[2].after), (&json!("Nurse"), &json!("Head nurse")));
    }

    #[test]
    fn what_is_fleeting_or_empty_changes_nothing() {
        let before = posting(json!({"fetched_at": "monday", "note": ""}));
        let after = posting(json!({"fetched_at": "tuesday", "other": null}));
        assert_eq!(changes(&before, &after), []);
        assert_eq!(content_hash(&before), content_hash(&after));
    }

    #[test]
    fn the_hash_follows_the_content_and_not_the_order_of_fields() {
        let one = posting(json!({"a": {"x": 1, "y": 2}}));
        let same = posting(serde_json::from_str(r#"{"a":{"y":2,"x":1}}"#).unwrap());
        let other = posting(json!({"a": {"x": 1, "y": 3}}));
        assert_eq!(content_hash(&one), content_hash(&same));
        assert_ne!(content_hash(&one), content_hash(&other));
        assert_eq!(content_hash(&one).len(), 64);
    }
}

//! What is known of the type of a value, as a JSON Schema, as far as types go.
//!
//! Nothing is claimed that is not certain: where a schema says more than can be followed here, anything is possible.

use serde_json::{Map, Value, json};

use super::reference::Segment;

/// A set of JSON types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Types(u8);

const NAMES: [(&str, u8); 7] = [
    ("null", 1),
    ("boolean", 2),
    ("integer", 4),
    ("number", 12),
    ("string", 16),
    ("array", 32),
    ("object", 64),
];

impl Types {
    /// Nothing is known.
    pub const ANY: Self = Self(127);
    /// Text.
    pub const STRING: Self = Self(16);
    /// `true` or `false`.
    pub const BOOLEAN: Self = Self(2);
    /// A list.
    pub const ARRAY: Self = Self(32);

    /// What values of a schema can be.
    pub fn of_schema(schema: &Value) -> Self {
        let Some(schema) = schema.as_object() else { return Self::ANY };
        if let Some(constant) = schema.get("const") {
            return Self::of_value(constant);
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            return values.iter().map(Self::of_value).fold(Self(0), Self::or);
        }
        match schema.get("type") {
            Some(Value::String(name)) => Self::named(name),
            Some(Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).map(Self::named).fold(Self(0), Self::or)
            }
            _ => Self::ANY,
        }
    }

    /// What a value is.
    pub fn of_value(value: &Value) -> Self {
        match value {
            Value::Null => Self(1),
            Value::Bool(_) => Self::BOOLEAN,
            Value::Number(number)
                if number.is_f64() && number.as_f64().is_none_or(|number| number.fract() != 0.0) =>
            {
                Self(8)
            }
            Value::Number(_) => Self(4),
            Value::String(_) => Self::STRING,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self(64),
        }
    }

    fn named(name: &str) -> Self {
        NAMES.iter().find(|(known, _)| *known == name).map_or(Self::ANY, |(_, bits)| Self(*bits))
    }

    fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether some value can be of both.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// In words.
    pub fn names(self) -> String {
        let is_number = self.0 & 12 == 12;
        let held = NAMES.iter().filter(|(name, bits)| match *name {
            "integer" => !is_number && self.0 & 4 != 0,
            "number" => self.0 & 8 != 0,
            _ => self.0 & bits != 0,
        });
        held.map(|(name, _)| *name).collect::<Vec<_>>().join(" or ")
    }
}

/// The schema of what lies at a path in values of a schema; `true` where nothing is known.
///
/// # Errors
/// What does not exist there.
pub fn at(schema: &Value, path: &[Segment]) -> Result<Value, String> {
    path.iter().try_fold(schema.clone(), |schema, segment| match segment {
        Segment::Name(name) => property(&schema, name),
        Segment::Position(_) => element(&schema),
    })
}

/// The schema of a property.
///
/// # Errors
/// When there can be none of that name.
pub fn property(schema: &Value, name: &str) -> Result<Value, String> {
    let Some(object) = schema.as_object() else { return Ok(Value::Bool(true)) };
    if !Types::of_schema(schema).meets(Types(64)) {
        return Err(format!("{} has no {name:?}", Types::of_schema(schema).names()));
    }
    if let Some(known) = object.get("properties").and_then(|properties| properties.get(name)) {
        return Ok(known.clone());
    }
    let is_closed = object.get("additionalProperties") == Some(&Value::Bool(false));
    if is_closed
        && ["$ref", "allOf", "anyOf", "oneOf", "patternProperties"]
            .iter()
            .all(|word| !object.contains_key(*word))
    {
        let names = object.get("properties").and_then(Value::as_object);
        let names: Vec<&str> = names.map(Map::keys).into_iter().flatten().map(String::as_str).collect();
        return Err(format!("there is no {name:?}; there are: {}", names.join(", ")));
    }
    let other = object.get("additionalProperties").filter(|other| other.is_object());
    Ok(other.filter(|_| !object.contains_key("patternProperties")).cloned().unwrap_or(Value::Bool(true)))
}

/// The schema of an element of a list.
///
/// # Errors
/// When it is no list.
pub fn element(schema: &Value) -> Result<Value, String> {
    if !Types::of_schema(schema).meets(Types::ARRAY) {
        return Err(format!("{} has no elements", Types::of_schema(schema).names()));
    }
    let known = schema.get("items").filter(|_| schema.get("prefixItems").is_none());
    Ok(known.cloned().unwrap_or(Value::Bool(true)))
}

/// The schema of a value that is known.
pub fn of_value(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut shapes: Vec<Value> = items.iter().map(of_value).collect();
            shapes.dedup();
            let of_all = if shapes.len() == 1 { shapes.remove(0) } else { Value::Bool(true) };
            json!({ "type": "array", "items": of_all })
        }
        Value::Object(fields) => {
            let fields: Map<String, Value> =
                fields.iter().map(|(name, field)| (name.clone(), of_value(field))).collect();
            json!({ "type": "object", "properties": fields, "additionalProperties": false })
        }
        other => json!({ "type": Types::of_value(other).names() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<Segment> {
        text.split('.').map(|name| Segment::Name(name.to_owned())).collect()
    }

    #[test]
    fn types_meet_where_a_value_can_be_of_both() {
        let of = |schema: Value| Types::of_schema(&schema);
        assert!(of(json!({"type": "integer"})).meets(of(json!({"type": "number"}))));
        assert!(!of(json!({"type": "string"})).meets(of(json!({"type": ["number", "null"]}))));
        assert!(of(json!({"enum": ["a", 1]})).meets(Types::STRING));
        assert!(of(json!(true)).meets(Types::ARRAY) && of(json!({"$ref": "#/x"})).meets(Types::ARRAY));
        assert_eq!(of(json!({"type": ["number", "null"]})).names(), "null or number");
        assert!(!Types::of_value(&json!(1.5)).meets(of(json!({"type": "integer"}))));
    }

    #[test]
    fn a_path_is_followed_as_far_as_the_schema_tells() {
        let schema = json!({"type": "object", "additionalProperties": false, "properties": {
            "a": {"type": "object", "properties": {"b": {"type": "integer"}}}, "s": {"type": "string"}}});
        assert_eq!(at(&schema, &path("a.b")).unwrap(), json!({"type": "integer"}));
        assert_eq!(at(&schema, &path("a.c")).unwrap(), json!(true));
        assert_eq!(at(&schema, &path("c")).unwrap_err(), "there is no \"c\"; there are: a, s");
        assert_eq!(at(&schema, &path("s.x")).unwrap_err(), "string has no \"x\"");
        assert!(at(&schema, &[Segment::Position(0)]).is_err());
    }
}

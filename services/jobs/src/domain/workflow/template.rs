//! Templates: JSON in whose texts `${…}` stands for what a reference names.
//!
//! A text that is one reference and nothing else becomes the value itself, of whatever type; within other text it is
//! written out. `${reference ?? value}` has a value for what does not exist. `$${` is a plain `${`.

use serde_json::{Map, Value};

use super::{
    condition::literal,
    reference::Reference,
    scope::{Item, Scope},
    text::{Cursor, Mistake},
};

/// JSON with references.
#[derive(Clone, Debug, PartialEq)]
pub enum Template {
    /// A value without references.
    Plain(Value),
    /// What a reference names.
    Whole(Slot),
    /// Text with references in it.
    Text(Vec<Piece>),
    /// An array.
    List(Vec<Self>),
    /// An object.
    Object(Vec<(String, Self)>),
}

/// Where a reference stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// What it names.
    pub reference: Reference,
    /// Taken when there is no such thing.
    pub otherwise: Option<Value>,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// As it is.
    Plain(String),
    /// What a reference names, written out.
    Slot(Slot),
}

/// A reference to what does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no {0}")]
pub struct Missing(pub String);

/// A text that is no template, by its place in the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadTemplate {
    /// Pointer within the value.
    pub path: String,
    /// What is wrong.
    pub mistake: Mistake,
}

impl Template {
    /// Reads a template out of JSON.
    ///
    /// # Errors
    /// The first text in it that is none.
    pub fn parse(value: &Value) -> Result<Self, BadTemplate> {
        let within = |path: &str| {
            let path = format!("/{}", escape(path));
            move |bad: BadTemplate| BadTemplate { path: format!("{path}{}", bad.path), ..bad }
        };
        let template = match value {
            Value::String(text) => {
                return text_template(text).map_err(|mistake| BadTemplate { path: String::new(), mistake });
            }
            Value::Array(items) => Self::List(
                items
                    .iter()
                    .enumerate()
                    .map(|(position, item)| Self::parse(item).map_err(within(&position.to_string())))
                    .collect::<Result<_, _>>()?,
            ),
            Value::Object(fields) => Self::Object(
                fields
                    .iter()
                    .map(|(name, field)| Ok((name.clone(), Self::parse(field).map_err(within(name))?)))
                    .collect::<Result<_, _>>()?,
            ),
            plain => Self::Plain(plain.clone()),
        };
        Ok(if template.slots().is_empty() { Self::Plain(template.sample()) } else { template })
    }

    /// The value, with every reference resolved.
    ///
    /// # Errors
    /// The first reference to what does not exist.
    pub fn render(&self, scope: &Scope<'_>, item: Option<Item<'_>>) -> Result<Value, Missing> {
        match self {
            Self::Plain(value) => Ok(value.clone()),
            Self::Whole(slot) => slot.fill(scope, item),
            Self::Text(pieces) => {
                let written = |piece: &Piece| match piece {
                    Piece::Plain(text) => Ok(text.clone()),
                    Piece::Slot(slot) => slot.fill(scope, item).map(written_out),
                };
                pieces.iter().map(written).collect::<Result<String, _>>().map(Value::String)
            }
            Self::List(items) => {
                items.iter().map(|one| one.render(scope, item)).collect::<Result<_, _>>().map(Value::Array)
            }
            Self::Object(fields) => {
                let field = |(name, field): &(String, Self)| Ok((name.clone(), field.render(scope, item)?));
                fields.iter().map(field).collect::<Result<Map<_, _>, _>>().map(Value::Object)
            }
        }
    }

    /// Every slot, with the pointer of the text it stands in.
    pub fn slots(&self) -> Vec<(String, &Slot)> {
        match self {
            Self::Plain(_) => Vec::new(),
            Self::Whole(slot) => vec![(String::new(), slot)],
            Self::Text(pieces) => {
                pieces.iter().filter_map(Piece::slot).map(|slot| (String::new(), slot)).collect()
            }
            Self::List(items) => items
                .iter()
                .enumerate()
                .flat_map(|(position, item)| item.slots_below(&position.to_string()))
                .collect(),
            Self::Object(fields) => fields.iter().flat_map(|(name, field)| field.slots_below(name)).collect(),
        }
    }

    fn slots_below(&self, name: &str) -> Vec<(String, &Slot)> {
        let deeper = self.slots().into_iter();
        deeper.map(|(path, slot)| (format!("/{}{path}", escape(name)), slot)).collect()
    }

    /// The value with `null` for each reference that stands alone, and none in texts.
    pub fn sample(&self) -> Value {
        match self {
            Self::Plain(value) => value.clone(),
            Self::Whole(_) => Value::Null,
            Self::Text(pieces) => {
                pieces.iter().map(|piece| if let Piece::Plain(text) = piece { text } else { "" }).collect()
            }
            Self::List(items) => items.iter().map(Self::sample).collect(),
            Self::Object(fields) => fields
                .iter()
                .map(|(name, field)| (name.clone(), field.sample()))
                .collect::<Map<_, _>>()
                .into(),
        }
    }
}

impl Slot {
    fn fill(&self, scope: &Scope<'_>, item: Option<Item<'_>>) -> Result<Value, Missing> {
        let found = scope.find(&self.reference, item).or_else(|| self.otherwise.clone());
        found.ok_or_else(|| Missing(self.reference.to_string()))
    }
}

impl Piece {
    fn slot(&self) -> Option<&Slot> {
        match self {
            Self::Plain(_) => None,
            Self::Slot(slot) => Some(slot),
        }
    }
}

/// A name as part of a JSON pointer.
pub(super) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn written_out(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn text_template(text: &str) -> Result<Template, Mistake> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find("${")) {
        let start = at + found;
        if text.get(..start).is_some_and(|before| before.ends_with('$')) {
            push(&mut pieces, &text[at..start - 1]);
            push(&mut pieces, "${");
            at = start + 2;
            continue;
        }
        push(&mut pieces, &text[at..start]);
        let mut cursor = Cursor::from(text, start + 2);
        pieces.push(Piece::Slot(slot(&mut cursor)?));
        at = cursor.position();
    }
    push(&mut pieces, &text[at..]);
    Ok(match (pieces.len(), pieces.pop()) {
        (1, Some(Piece::Slot(slot))) => Template::Whole(slot),
        (0, _) => Template::Plain(text.into()),
        (1, Some(Piece::Plain(text))) => Template::Plain(text.into()),
        (_, last) => {
            pieces.extend(last);
            Template::Text(pieces)
        }
    })
}

fn slot(cursor: &mut Cursor<'_>) -> Result<Slot, Mistake> {
    cursor.skip_space();
    let reference = Reference::read(cursor)?;
    cursor.skip_space();
    let mut otherwise = None;
    if cursor.take("??") {
        cursor.skip_space();
        let value = literal(cursor)?;
        otherwise =
            Some(value.ok_or_else(|| cursor.mistake("expected a number, a text, true, false or null"))?);
        cursor.skip_space();
    }
    cursor.expect("}")?;
    Ok(Slot { reference, otherwise })
}

/// Neighboring plain texts are one.
fn push(pieces: &mut Vec<Piece>, text: &str) {
    if text.is_empty() {
        return;
    }
    if let Some(Piece::Plain(last)) = pieces.last_mut() {
        last.push_str(text);
    } else {
        pieces.push(Piece::Plain(text.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn render(value: &Value) -> Result<Value, Missing> {
        let inputs = json!({"n": 7, "name": "Maria", "list": [1, 2]});
        let inputs = Cow::Owned(inputs.as_object().unwrap().clone());
        Template::parse(value).unwrap().render(&Scope { inputs, ..Scope::default() }, None)
    }

    #[test]
    fn a_reference_alone_keeps_its_type_and_within_text_it_is_written_out() {
        let rendered = render(
            &json!({"n": "${inputs.n}", "text": "n is ${ inputs.n }, ${inputs.list}", "all": ["${inputs.list[1]}"]}),
        );
        assert_eq!(rendered.unwrap(), json!({"n": 7, "text": "n is 7, [1,2]", "all": [2]}));
    }

    #[test]
    fn what_does_not_exist_is_an_error_unless_there_is_another_value() {
        assert_eq!(render(&json!("${inputs.none}")), Err(Missing("inputs.none".into())));
        assert_eq!(render(&json!("${inputs.none ?? 'x'}")).unwrap(), json!("x"));
        assert_eq!(render(&json!("n: ${inputs.none ?? 1.5}")).unwrap(), json!("n: 1.5"));
    }

    #[test]
    fn a_dollar_can_be_meant() {
        assert_eq!(
            render(&json!("$${HOME} costs $5 {x} ${inputs.n}")).unwrap(),
            json!("${HOME} costs $5 {x} 7")
        );
    }

    #[test]
    fn a_broken_reference_is_refused_with_its_place() {
        let bad = Template::parse(&json!({"a/b": ["x", "${inputs}"]})).unwrap_err();
        assert_eq!(bad.path, "/a~1b/1");
        for text in ["${", "${}", "${inputs.x", "${inputs.x ??}", "${inputs.x y}"] {
            assert!(Template::parse(&json!(text)).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_template_or_refused(text in "(\\$|\\{|\\}|\\$\\{inputs\\.n\\}|\\?\\?|é|a|1){0,30}") {
            if let Ok(template) = Template::parse(&json!(text)) {
                let scope = Scope::default();
                let _either = template.render(&scope, None);
                if !text.contains('$') {
                    prop_assert_eq!(template.render(&scope, None).unwrap(), json!(text));
                }
            }
        }
    }
}

//! References: `inputs.NAME`, `steps.NAME.output`, `.state` and `.error`, `item`, `index`, and paths into them.

use std::fmt;

use serde_json::Value;

use super::text::{Cursor, Mistake};

/// What a reference begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// An input of the workflow.
    Input(String),
    /// A part of what is known of a step.
    Step(String, Part),
    /// The element that a step is done for.
    Item,
    /// The position of that element, from 0.
    Index,
}

/// What of a step is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What it gave.
    Output,
    /// How it stands.
    State,
    /// Why it did not succeed.
    Error,
}

/// One step of a path into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// A property of an object.
    Name(String),
    /// An element of an array, from 0.
    Position(usize),
}

/// A reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What it begins with.
    pub root: Root,
    /// The path from there.
    pub path: Vec<Segment>,
}

/// Longest path.
const MOST_SEGMENTS: usize = 16;

impl Reference {
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Mistake> {
        let start = cursor.mistake("expected inputs., steps., item or index");
        let root = match cursor.word() {
            Some("inputs") => Root::Input(name(cursor)?),
            Some("steps") => {
                let step = name(cursor)?;
                Root::Step(step, part(cursor)?)
            }
            Some("item") => Root::Item,
            Some("index") => Root::Index,
            _ => return Err(start),
        };
        Ok(Self { root, path: path(cursor)? })
    }

    /// Follows the path from the value of the root.
    pub fn follow<'a>(&self, root: &'a Value) -> Option<&'a Value> {
        self.path.iter().try_fold(root, |value, segment| match segment {
            Segment::Name(name) => value.as_object()?.get(name),
            Segment::Position(position) => value.as_array()?.get(*position),
        })
    }

    /// The step that is meant, if one is.
    pub fn step(&self) -> Option<&str> {
        match &self.root {
            Root::Step(name, _) => Some(name),
            _ => None,
        }
    }
}

fn name(cursor: &mut Cursor<'_>) -> Result<String, Mistake> {
    cursor.expect(".")?;
    cursor.word().map(str::to_owned).ok_or_else(|| cursor.mistake("expected a name"))
}

fn part(cursor: &mut Cursor<'_>) -> Result<Part, Mistake> {
    cursor.expect(".")?;
    match cursor.word() {
        Some("output") => Ok(Part::Output),
        Some("state") => Ok(Part::State),
        Some("error") => Ok(Part::Error),
        _ => Err(cursor.mistake("of a step there are output, state and error")),
    }
}

fn path(cursor: &mut Cursor<'_>) -> Result<Vec<Segment>, Mistake> {
    let mut path = Vec::new();
    loop {
        if cursor.take(".") {
            let name = cursor.word().ok_or_else(|| cursor.mistake("expected a name"))?;
            path.push(Segment::Name(name.to_owned()));
        } else if cursor.take("[") {
            path.push(bracketed(cursor)?);
            cursor.expect("]")?;
        } else {
            return Ok(path);
        }
        if path.len() > MOST_SEGMENTS {
            return Err(cursor.mistake(format!("a path has at most {MOST_SEGMENTS} parts")));
        }
    }
}

fn bracketed(cursor: &mut Cursor<'_>) -> Result<Segment, Mistake> {
    if cursor.peek().is_some_and(|first| first.is_ascii_digit()) {
        let digits = cursor.while_of(|character| character.is_ascii_digit());
        return match digits.parse() {
            Ok(position) => Ok(Segment::Position(position)),
            Err(_) => Err(cursor.mistake("a position that large does not exist")),
        };
    }
    cursor.quoted().map(Segment::Name)
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.root {
            Root::Input(name) => write!(f, "inputs.{name}")?,
            Root::Step(name, part) => write!(f, "steps.{name}.{}", part.name())?,
            Root::Item => f.write_str("item")?,
            Root::Index => f.write_str("index")?,
        }
        self.path.iter().try_for_each(|segment| match segment {
            Segment::Name(name) if is_plain(name) => write!(f, ".{name}"),
            Segment::Name(name) => write!(f, "[{}]", Value::from(name.as_str())),
            Segment::Position(position) => write!(f, "[{position}]"),
        })
    }
}

/// Whether a name needs no quotes.
fn is_plain(name: &str) -> bool {
    let mut cursor = Cursor::new(name);
    cursor.word().is_some_and(|word| word.len() == name.len())
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::Output => "output",
            Self::State => "state",
            Self::Error => "error",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Reference, Mistake> {
        let mut cursor = Cursor::new(text);
        let reference = Reference::read(&mut cursor)?;
        cursor.expect_end()?;
        Ok(reference)
    }

    #[test]
    fn references_are_written_as_they_are_read() {
        for text in
            ["inputs.full", "steps.load-it.output.rows[0].id", "steps.a.state", "item[\"odd key\"]", "index"]
        {
            assert_eq!(read(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_reference_is_refused_with_its_place() {
        for text in ["", "input.x", "steps.a", "steps.a.result", "inputs.", "item[", "item[-1]", "item x"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(read("steps.a.result").unwrap_err().position, 15);
    }

    #[test]
    fn a_path_leads_into_objects_and_arrays_or_nowhere() {
        let value = json!({"rows": [{"id": 7}]});
        assert_eq!(read("item.rows[0].id").unwrap().follow(&value), Some(&json!(7)));
        assert_eq!(read("item.rows[1].id").unwrap().follow(&value), None);
        assert_eq!(read("item.rows.id").unwrap().follow(&value), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,60}") {
            if let Ok(reference) = read(&text) {
                prop_assert_eq!(read(&reference.to_string()).unwrap(), reference);
            }
        }
    }
}

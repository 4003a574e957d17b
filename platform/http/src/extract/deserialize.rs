//! Where in the input an error lies, as a JSON pointer, and what it is, in bounded words.

use metier_core::{Fault, FaultKind};
use serde::{Deserialize, Deserializer};
use serde_path_to_error::{Path, Segment};

/// A message may quote the value at fault, and a value may be the whole body.
const MESSAGE_BYTES: usize = 200;

/// Reads a value; an error names its field, `whole` standing for the top.
pub(crate) fn read<'de, T, D>(input: D, whole: &str) -> Result<T, (String, D::Error)>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    serde_path_to_error::deserialize(input).map_err(|error| {
        let field = pointer(error.path());
        (if field.is_empty() { whole.to_owned() } else { field }, error.into_inner())
    })
}

pub(crate) fn violation(field: impl Into<String>, message: &str) -> Fault {
    Fault::invalid(field, shorten(message))
}

pub(crate) fn malformed(code: &'static str, message: &str) -> Fault {
    Fault::new(FaultKind::Invalid, code, shorten(message))
}

fn pointer(path: &Path) -> String {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

fn shorten(message: &str) -> &str {
    &message[..message.floor_char_boundary(MESSAGE_BYTES)]
}

//! JSON bodies: bounded in size and depth, checked, and refused with the field at fault.

use axum::{
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, header::CONTENT_TYPE};
use metier_core::{Fault, FaultKind};
use serde::{Serialize, de::DeserializeOwned};

use super::deserialize::{malformed, read, violation};
use crate::{BodyLimit, Problem};

/// Deepest nesting of arrays and objects in a body.
const DEPTH: usize = 64;

/// A JSON body, or a JSON answer.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = body(request, state).await?;
        Ok(Self(parse(&bytes)?))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => ([(CONTENT_TYPE, "application/json")], bytes).into_response(),
            Err(error) => Problem(Fault::internal(error)).into_response(),
        }
    }
}

/// The whole body of a request that says it is JSON.
pub(super) async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Fault> {
    if !is_json(request.headers()) {
        let message = "send application/json and say so in Content-Type";
        return Err(Fault::new(FaultKind::Invalid, "unsupported_media_type", message));
    }
    let limit = request.extensions().get::<BodyLimit>().copied();
    Bytes::from_request(request, state).await.map_err(|rejection| {
        if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
            return too_large(limit);
        }
        malformed("body_unreadable", "the body could not be read to its end").caused_by(rejection)
    })
}

fn too_large(limit: Option<BodyLimit>) -> Fault {
    let message = match limit {
        Some(BodyLimit(bytes)) => format!("the body is over the limit of {bytes} bytes"),
        None => "the body is too large".to_owned(),
    };
    Fault::new(FaultKind::TooLarge, "body_too_large", message)
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json") || essence.to_ascii_lowercase().ends_with("+json")
}

/// Reads a whole body as one JSON value of the wanted type.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| malformed("not_utf8", &format!("the body is not UTF-8: {error}")))?;
    if too_deep(text) {
        return Err(malformed("too_deep", &format!("the body nests more than {DEPTH} levels")));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = read(&mut deserializer, "body").map_err(|(field, error)| refuse(field, &error))?;
    deserializer.end().map_err(|error| refuse("body".to_owned(), &error))?;
    Ok(value)
}

fn refuse(field: String, error: &serde_json::Error) -> Fault {
    let text = error.to_string();
    if !error.is_data() {
        return malformed("malformed_json", &format!("the body is not JSON: {text}"));
    }
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _position)| message);
    violation(field, message)
}

/// Whether arrays and objects nest deeper than allowed. Looks at brackets outside of strings only, so it
/// needs no valid JSON; the parser judges that.
fn too_deep(text: &str) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn nested(levels: usize) -> String {
        format!("{}{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn nesting_is_allowed_up_to_the_limit() {
        assert!(parse::<Value>(nested(DEPTH).as_bytes()).is_ok());
        assert_eq!(parse::<Value>(nested(DEPTH + 1).as_bytes()).unwrap_err().code, "too_deep");
        let brackets = format!("{:?}", "[".repeat(DEPTH * 2));
        assert!(parse::<Value>(brackets.as_bytes()).is_ok(), "brackets in a text nest nothing");
    }

    #[test]
    fn a_value_at_fault_is_quoted_in_part_only() {
        let body = format!("{{\"a\":{:?}}}", "x".repeat(100_000));
        let fault = parse::<std::collections::BTreeMap<String, u32>>(body.as_bytes()).unwrap_err();
        assert!(fault.message.len() < 300, "{}", fault.message.len());
        assert_eq!(fault.violations[0].field, "/a");
    }

    proptest! {
        #[test]
        fn no_input_breaks_the_parser(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse::<Value>(&bytes);
        }

        #[test]
        fn depth_agrees_with_the_parsed_value(text in "[\\[\\]{}\":,a1\\\\ ]{0,60}") {
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                prop_assert_eq!(too_deep(&text), depth(&value) > DEPTH);
            }
        }
    }

    fn depth(value: &Value) -> usize {
        match value {
            Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
            Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
            _ => 0,
        }
    }
}

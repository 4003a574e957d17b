//! Takes an answer's body piece by piece, and stops when it grows too large.

use std::time::Duration;

use reqwest::Response;
use serde_json::Value;

use super::FetchError;

/// Characters of an error body worth repeating.
const TELLING: usize = 200;

/// The whole body, as far as it is allowed. `timeout` is the one the client was built with.
pub(super) async fn read(
    mut response: Response,
    most: usize,
    timeout: Duration,
) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > most => return Err(FetchError::TooLarge(most)),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) if error.is_timeout() => return Err(FetchError::TimedOut(timeout)),
            Err(_) => return Err(FetchError::BrokeOff(body.len())),
        }
    }
}

/// The body as JSON; a body that merely stops too early is told apart from one that is something else.
pub(super) fn parse(body: &[u8]) -> Result<Value, FetchError> {
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof => FetchError::CutOff(body.len()),
        _ => FetchError::NotJson(error.to_string()),
    })
}

/// The beginning of an error's body, on one line, if it is text.
pub(super) fn excerpt(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let excerpt: String = line.chars().take(TELLING).collect();
    (!excerpt.is_empty() && !excerpt.starts_with('<')).then_some(excerpt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_answer_is_told_apart_from_one_that_is_not_json() {
        assert!(matches!(parse(br#"{"results": [{"id": "#), Err(FetchError::CutOff(20))));
        assert!(matches!(parse(b"<html>"), Err(FetchError::NotJson(_))));
    }

    #[test]
    fn an_error_is_repeated_as_one_short_line() {
        assert_eq!(excerpt(b"limit is\n too large").as_deref(), Some("limit is too large"));
        assert_eq!(excerpt(b"<html>no</html>"), None);
        assert_eq!(excerpt(&[b'x'; 900]).unwrap().len(), TELLING);
    }
}

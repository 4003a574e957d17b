//! What is kept of an answer.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{
    Response,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, RETRY_AFTER},
};
use serde::Serialize;

use super::error::HttpError;

/// The result of one item.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Answer {
    status: u16,
    /// Where it came from, after redirects.
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    bytes: usize,
    #[serde(flatten)]
    body: Body,
}

/// Text where it is UTF-8.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Body {
    Text(String),
    Base64(String),
}

/// Reads an answer of at most `most` bytes, whatever it says of its length.
pub(super) async fn read(response: Response, most: usize) -> Result<Answer, HttpError> {
    let status = response.status().as_u16();
    // A redirect that is still one leads somewhere the client does not go.
    if status >= 300 {
        let seconds = header(response.headers(), RETRY_AFTER).and_then(|text| text.parse().ok());
        return Err(HttpError::Status { status, retry_after: seconds.map(Duration::from_secs) });
    }
    let (url, content_type) = (response.url().to_string(), header(response.headers(), CONTENT_TYPE));
    let body = take(response, most).await?;
    let bytes = body.len();
    let body = match String::from_utf8(body) {
        Ok(text) => Body::Text(text),
        Err(binary) => Body::Base64(STANDARD.encode(binary.as_bytes())),
    };
    Ok(Answer { status, url, content_type, bytes, body })
}

async fn take(mut response: Response, most: usize) -> Result<Vec<u8>, HttpError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > most {
            return Err(HttpError::TooLarge(most));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

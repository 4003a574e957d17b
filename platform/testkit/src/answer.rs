//! What a service answered a request over HTTP, and what tests say of it.

use http::{HeaderMap, Response, StatusCode, header};
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// How it went.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; a text when it neither is nor claims to be JSON, and null when there is none.
    pub body: Value,
}

impl<B: AsRef<[u8]>> From<Response<B>> for Answer {
    fn from(response: Response<B>) -> Self {
        let (head, body) = response.into_parts();
        let kind = head.headers.get(header::CONTENT_TYPE).map_or(&[][..], |kind| kind.as_bytes());
        let is_json = String::from_utf8_lossy(kind).contains("json");
        let body = match (body.as_ref(), serde_json::from_slice(body.as_ref())) {
            ([], _) => Value::Null,
            (_, Ok(body)) => body,
            (_, Err(error)) if is_json => panic!("said to be JSON: {error}"),
            (bytes, Err(_)) => String::from_utf8_lossy(bytes).into(),
        };
        Self { status: head.status, headers: head.headers, body }
    }
}

impl Answer {
    /// The stable code of a problem.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// Goes on only with this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{:?}", self.body);
        self
    }

    /// Goes on only with this problem.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status.as_u16(), self.code()), (status, code), "{:?}", self.body);
        self
    }

    /// A text of the body.
    #[track_caller]
    pub fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no {field} in {:?}", self.body)).to_owned()
    }

    /// The id of what it is about.
    #[track_caller]
    pub fn id(&self) -> String {
        self.text("id")
    }

    /// The fields at fault.
    pub fn fields(&self) -> Vec<&str> {
        let violations = self.body["violations"].as_array().into_iter().flatten();
        violations.filter_map(|violation| violation["field"].as_str()).collect()
    }

    /// The ETag.
    #[track_caller]
    pub fn tag(&self) -> String {
        let tag = self.headers.get(header::ETAG).unwrap_or_else(|| panic!("no ETag: {:?}", self.body));
        String::from_utf8_lossy(tag.as_bytes()).into_owned()
    }
}

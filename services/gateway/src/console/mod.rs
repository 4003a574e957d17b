//! The console's files, which lie in the binary, and how a browser gets them.
//!
//! Nothing in them differs from one request to the next. Names below `assets/` carry a hash of what is in the file
//! and are kept by browsers for ever; the rest is asked for again each time, and answered with 304 when it is the same.
//! A build without the console answers every page with one that says how to get it.

mod files;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{
        ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
        ETAG, IF_NONE_MATCH, VARY,
    },
};
use include_dir::{Dir, include_dir};
use metier_core::{Fault, FaultKind};
use metier_http::Problem;

use crate::domain::pages::{Meaning, meaning, wants_page};
use files::{FileOfConsole, Files};

static EMBEDDED: Dir<'_> = include_dir!("$OUT_DIR/console");
/// The page of the console; what it shows is decided in the browser.
const PAGE: &str = "index.html";

/// The kit fills style sheets through the object model, after adding an empty inline one: that one is allowed by the
/// hash of the empty text, and no other.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; \
     style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// Whether this build has the console.
pub fn has_console() -> bool {
    EMBEDDED.get_file(PAGE).is_some()
}

/// The console as it was built. Clones share it.
#[derive(Clone)]
pub struct Console(Arc<Files>);

impl Console {
    /// What lies in the binary.
    pub fn embedded() -> Self {
        Self::of(&EMBEDDED)
    }

    fn of(folder: &'static Dir<'static>) -> Self {
        Self(Arc::new(Files::of(folder)))
    }

    /// The page, when the client wants one.
    pub fn page(&self, headers: &HeaderMap) -> Option<Response> {
        if !accepts_page(headers) {
            return None;
        }
        let mut response = match self.0.find(PAGE) {
            Some(page) => answer(page, headers),
            None => ([(CONTENT_TYPE, HTML)], include_str!("absent.html")).into_response(),
        };
        response.headers_mut().append(VARY, HeaderValue::from(ACCEPT));
        Some(response)
    }

    fn find(&self, method: &Method, path: &str, headers: &HeaderMap) -> Option<Response> {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return None;
        }
        let meaning = meaning(path);
        if meaning == Meaning::Nothing {
            return None;
        }
        if let Some(file) = self.0.find(path.strip_prefix('/')?) {
            return Some(answer(file, headers));
        }
        if meaning == Meaning::File { None } else { self.page(headers) }
    }
}

/// What no route answers: a file or a page of the console, or nothing.
pub async fn or_nothing(State(console): State<Console>, request: Request) -> Response {
    let found = console.find(request.method(), request.uri().path(), request.headers());
    found.unwrap_or_else(|| {
        let message = "there is nothing here; see /api/openapi.json";
        Problem(Fault::new(FaultKind::NotFound, "not_found", message)).into_response()
    })
}

fn accepts_page(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).any(wants_page)
}

fn answer(file: &FileOfConsole, headers: &HeaderMap) -> Response {
    let is_known = !file.is_lasting && is_known(&file.tag, headers);
    let packed = file.packed.filter(|_| takes_gzip(headers));
    let body = match (is_known, packed) {
        (true, _) => Body::empty(),
        (false, packed) => Body::from(Bytes::from_static(packed.unwrap_or(file.content))),
    };
    let mut response = Response::new(body);
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let given = response.headers_mut();
    given.insert(CONTENT_TYPE, file.media_type.clone());
    given.insert(CONTENT_SECURITY_POLICY, POLICY);
    given.insert(CACHE_CONTROL, if file.is_lasting { FOR_EVER } else { ASK_AGAIN });
    given.insert(ETAG, file.tag.clone());
    if file.packed.is_some() {
        given.append(VARY, HeaderValue::from(ACCEPT_ENCODING));
    }
    if packed.is_some() && !is_known {
        given.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Whether the client has just this content.
fn is_known(tag: &HeaderValue, headers: &HeaderMap) -> bool {
    let (Ok(tag), Some(Ok(known))) = (tag.to_str(), headers.get(IF_NONE_MATCH).map(HeaderValue::to_str))
    else {
        return false;
    };
    known.split(',').map(str::trim).any(|one| one == "*" || one == tag)
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    codings.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains(&weight.trim());
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

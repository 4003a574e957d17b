//! The description of the API for people: a page that reads `/api/openapi.json`, shows it, and lets each operation be
//! tried.
//!
//! Three files that lie in the binary. The page asks nobody but this door and runs nothing but its own script.

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
};

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);

/// Path, media type and content of each file.
const FILES: [(&str, &str, &str); 3] = [
    ("/api/docs", "text/html; charset=utf-8", include_str!("page.html")),
    ("/api/docs/page.css", "text/css; charset=utf-8", include_str!("page.css")),
    ("/api/docs/page.js", "text/javascript; charset=utf-8", include_str!("page.js")),
];

/// The page and what it needs.
pub(crate) fn routes() -> Router {
    FILES.into_iter().fold(Router::new(), |router, (path, media_type, content)| {
        router.route(path, get(move || std::future::ready(file(media_type, content))))
    })
}

fn file(media_type: &'static str, content: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, content).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_needs_nothing_from_elsewhere_and_runs_nothing_that_its_policy_forbids() {
        for (path, _, content) in FILES {
            for foreign in [
                "http://",
                "https://",
                "//cdn",
                "@import",
                " style=",
                "onclick=",
                "<style",
                "innerHTML",
                "eval(",
            ] {
                assert!(!content.contains(foreign), "{path}: {foreign}");
            }
        }
        let (_, _, page) = FILES[0];
        for (path, ..) in &FILES[1..] {
            assert!(page.contains(&format!("\"{path}\"")), "{path}");
        }
        assert_eq!(page.matches("<script").count(), 1);
    }
}

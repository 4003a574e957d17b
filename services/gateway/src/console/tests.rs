//! A browser and a program before a console of a few files, and before none.

use axum::Router;
use http_body_util::BodyExt;
use include_dir::{DirEntry, File};
use tower::ServiceExt;

use super::*;

static BUILT: Dir<'_> = Dir::new(
    "",
    &[
        DirEntry::File(File::new("index.html", b"<!doctype html>")),
        DirEntry::File(File::new("theme.js", b"dark()")),
        DirEntry::Dir(Dir::new(
            "assets",
            &[
                DirEntry::File(File::new("assets/main-1a2b.js", b"long")),
                DirEntry::File(File::new("assets/main-1a2b.js.gz", b"short")),
                DirEntry::File(File::new("assets/main-3c4d.css", b"a{}")),
            ],
        )),
        DirEntry::Dir(Dir::new(".vite", &[DirEntry::File(File::new(".vite/manifest.json", b"{}"))])),
    ],
);
static NOT_BUILT: Dir<'_> = Dir::new("", &[]);
const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
const PROGRAM: (&str, &str) = ("accept", "*/*");

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn says(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn ask(folder: &'static Dir<'static>, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let router = Router::new().fallback(or_nothing).with_state(Console::of(folder));
    let (head, body) = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8_lossy(&body).into_owned();
    Answer { status: head.status.as_u16(), headers: head.headers, body }
}

async fn get(path: &str, headers: &[(&str, &str)]) -> Answer {
    ask(&BUILT, Method::GET, path, headers).await
}

#[tokio::test]
async fn a_file_with_a_hash_in_its_name_is_kept_for_ever() {
    let file = get("/assets/main-3c4d.css", &[PROGRAM]).await;
    assert_eq!((file.status, &*file.body), (200, "a{}"));
    assert_eq!(file.says("content-type"), "text/css; charset=utf-8");
    assert_eq!(file.says("cache-control"), "public, max-age=31536000, immutable");
}

#[tokio::test]
async fn a_compressed_file_goes_to_those_who_take_it() {
    let packed = get("/assets/main-1a2b.js", &[("accept-encoding", "br, GZIP;q=0.8")]).await;
    assert_eq!((&*packed.body, packed.says("content-encoding")), ("short", "gzip"));
    assert_eq!(packed.says("vary"), "accept-encoding");
    for refusal in ["", "br", "gzip;q=0"] {
        let plain = get("/assets/main-1a2b.js", &[("accept-encoding", refusal)]).await;
        assert_eq!((&*plain.body, plain.says("content-encoding")), ("long", ""), "{refusal}");
    }
    assert_eq!(get("/assets/main-1a2b.js.gz", &[BROWSER]).await.status, 404, "it is no file of its own");
}

#[tokio::test]
async fn every_page_is_the_same_file_under_a_strict_policy() {
    for path in ["/", "/runs/1042?tab=log", "/setup", "/jobs", "/index.html"] {
        let page = get(path, &[BROWSER]).await;
        assert_eq!((page.status, &*page.body), (200, "<!doctype html>"), "{path}");
        assert_eq!(page.says("cache-control"), "no-cache");
        let policy = page.says("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}

#[tokio::test]
async fn what_the_browser_has_is_not_sent_again() {
    let first = get("/theme.js", &[PROGRAM]).await;
    let again = get("/theme.js", &[("if-none-match", &format!("\"other\", {}", first.says("etag")))]).await;
    assert_eq!((again.status, &*again.body), (304, ""));
    assert_eq!(again.says("etag"), first.says("etag"));
    let page = get("/runs", &[BROWSER]).await;
    assert_ne!(page.says("etag"), first.says("etag"));
    assert_eq!(get("/runs", &[BROWSER, ("if-none-match", first.says("etag"))]).await.status, 200);
}

#[tokio::test]
async fn what_is_no_page_stays_not_found() {
    for path in ["/api", "/api/v1/nothing", "/health/none", "/assets/gone-1a2b.js", "/.vite/manifest.json"] {
        let wanted = if path.starts_with("/.vite") { &[PROGRAM] } else { &[BROWSER] };
        assert_eq!(get(path, wanted).await.status, 404, "{path}");
    }
    assert_eq!(get("/runs/1042", &[PROGRAM]).await.status, 404, "a program that errs in a path");
    assert_eq!(get("/runs/1042", &[]).await.status, 404);
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        assert_eq!(ask(&BUILT, method, "/runs", &[BROWSER]).await.status, 404);
    }
}

#[tokio::test]
async fn a_build_without_the_console_says_how_to_get_it() {
    let page = ask(&NOT_BUILT, Method::GET, "/runs", &[BROWSER]).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("METIER_CONSOLE=build"), "{}", page.body);
    assert_eq!(ask(&NOT_BUILT, Method::GET, "/assets/main-1a2b.js", &[BROWSER]).await.status, 404);
    assert_eq!(ask(&NOT_BUILT, Method::GET, "/runs", &[PROGRAM]).await.status, 404);
}

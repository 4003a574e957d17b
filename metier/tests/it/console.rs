//! The console as a browser gets it from the running product.

use reqwest::{
    Response,
    header::{ACCEPT, ACCEPT_ENCODING},
};
use serde_json::Value;

use crate::platform::{Platform, Topology, client, system_tests};

system_tests!(
    heavy_a_browser_gets_the_console_and_a_program_the_api,
    heavy_the_console_knows_the_api_as_it_is,
);

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn get(platform: &Platform, path: &str, accept: &str) -> Response {
    let url = format!("{}{path}", platform.api("gateway"));
    client().get(url).header(ACCEPT, accept).send().await.unwrap()
}

fn says<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

async fn heavy_a_browser_gets_the_console_and_a_program_the_api(topology: Topology) {
    let platform = Platform::start(topology).await;
    for path in ["/", "/runs/1042?tab=log", "/setup"] {
        let page = get(&platform, path, BROWSER).await;
        assert_eq!((page.status().as_u16(), says(&page, "content-type")), (200, "text/html; charset=utf-8"));
        assert!(says(&page, "content-security-policy").starts_with("default-src 'none';"), "{path}");
    }
    for (path, status) in
        [("/", 200), ("/runs/1042", 404), ("/api/v1/nothing", 404), ("/assets/gone.js", 404)]
    {
        let answer = get(&platform, path, "application/json").await;
        assert_eq!(answer.status().as_u16(), status, "{path}");
        assert!(answer.json::<Value>().await.unwrap().is_object(), "{path}");
    }
    let unknown = get(&platform, "/api/v1/nothing", BROWSER).await;
    assert_eq!(
        (unknown.status().as_u16(), says(&unknown, "content-type")),
        (404, "application/problem+json")
    );
    its_parts_arrive(&platform).await;
    platform.stop().await;
}

/// Everything that the page names, plain and compressed.
async fn its_parts_arrive(platform: &Platform) {
    let page = get(platform, "/", BROWSER).await.text().await.unwrap();
    if !metier_gateway::has_console() {
        assert!(std::env::var_os("CI").is_none(), "tests under CI are of a build with the console");
        return assert!(page.contains("METIER_CONSOLE=build"), "{page}");
    }
    let named: Vec<_> = page.split(['"', '\'']).filter(|text| text.starts_with('/')).collect();
    assert!(named.iter().any(|name| name.starts_with("/assets/") && name.ends_with(".js")), "{page}");
    for name in named {
        let part = get(platform, name, "*/*").await;
        assert_eq!(part.status().as_u16(), 200, "{name}");
        let kept =
            if name.starts_with("/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        assert_eq!(says(&part, "cache-control"), kept, "{name}");
        let url = format!("{}{name}", platform.api("gateway"));
        let plain = client().get(url).header(ACCEPT_ENCODING, "identity").send().await.unwrap();
        // The client unpacks the first by itself.
        assert_eq!(part.bytes().await.unwrap(), plain.bytes().await.unwrap(), "{name}");
    }
}

async fn heavy_the_console_knows_the_api_as_it_is(topology: Topology) {
    let platform = Platform::start(topology).await;
    let served: Value = get(&platform, "/api/openapi.json", "*/*").await.json().await.unwrap();
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/src/api/openapi.json");
    let kept: Value = serde_json::from_slice(&std::fs::read(kept).unwrap()).unwrap();
    let (served, kept) = (served.as_object().unwrap(), kept.as_object().unwrap());
    for part in served.keys().chain(kept.keys()) {
        assert!(
            served.get(part) == kept.get(part),
            "{part} of the API is not as the console knows it: start Metier, and in web/ say \
             METIER_URL=http://127.0.0.1:7400 npm run generate"
        );
    }
    platform.stop().await;
}

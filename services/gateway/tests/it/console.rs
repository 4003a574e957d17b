//! What a browser gets, whether or not this build has the console.

use axum::http::Method;

use crate::world::everywhere;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[tokio::test]
async fn a_browser_gets_a_page_wherever_it_goes() {
    everywhere(async |world| {
        for path in ["/", "/runs/1042?tab=log", "/jobs", "/setup"] {
            let page = world.get(path).header("accept", BROWSER).send().await.expect(200);
            assert_eq!(page.headers["content-type"], "text/html; charset=utf-8", "{path}");
            assert!(page.headers["vary"].to_str().unwrap().contains("accept"), "{path}");
            let policy = page.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
            assert_eq!(page.headers["x-content-type-options"], "nosniff");
        }
        // A session that has ended keeps nobody from the page where to sign in again.
        let signed_out = world.get("/signin").header("accept", BROWSER).header("cookie", "metier_session=x");
        signed_out.send().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_page_never_stands_where_the_api_says_not_found() {
    everywhere(async |world| {
        for path in ["/api/v1/secrets", "/api/v2/runs", "/health/none", "/auth/login", "/assets/gone-1a2b.js"]
        {
            world.get(path).header("accept", BROWSER).send().await.refused(404, "not_found");
        }
        world.ask(Method::POST, "/runs").header("accept", BROWSER).send().await.refused(404, "not_found");
        assert_eq!(world.get("/").header("accept", "*/*").send().await.expect(200).body["service"], "metier");
    })
    .await;
}

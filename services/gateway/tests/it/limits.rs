//! What one client may ask.

use axum::{body::Body, http::header::RETRY_AFTER};
use futures::{StreamExt, future::join_all};
use serde_json::json;

use crate::world::{World, everywhere, seen, with};

const MIB: usize = 1024 * 1024;

/// A body of this size that says nothing of its length.
fn stream(size: usize) -> Body {
    let chunks =
        futures::stream::iter(0..size / 1024).map(|_| Ok::<_, std::convert::Infallible>(vec![7_u8; 1024]));
    Body::from_stream(chunks)
}

#[tokio::test]
async fn a_body_over_the_limit_of_its_route_is_refused() {
    everywhere(async |world| {
        let post = |path: &str, size: usize| world.post(path).body(vec![7_u8; size]).send();
        post("/api/v1/queues", 2 * MIB).await.expect(200);
        post("/api/v1/queues", 2 * MIB + 1).await.expect(413);
        let said = world.post("/api/v1/queues").header("content-length", "20000000").send().await;
        said.refused(413, "body_too_large");
        world.post("/api/v1/queues").body(stream(3 * MIB)).send().await.expect(413);
    })
    .await;
}

#[tokio::test]
async fn runs_may_be_large() {
    everywhere(async |world| {
        let counted = world.post("/api/v1/runs/count").body(stream(15 * MIB)).send().await.expect(200);
        assert_eq!(counted.body, json!(15 * MIB));
        world.post("/api/v1/runs/count").body(stream(17 * MIB)).send().await.expect(413);
    })
    .await;
}

#[tokio::test]
async fn one_client_has_so_many_requests_at_a_time_and_others_are_not_touched() {
    with(json!({ "gateway": { "limits": { "concurrent_per_client": 2 } } }), async |world| {
        let (mut first, mut second) = (
            Box::pin(world.get("/api/v1/runs/wait").send()),
            Box::pin(world.get("/api/v1/runs/wait").send()),
        );
        // Both are under way before the third comes.
        tokio::select! {
            biased;
            _ = &mut first => panic!("it waits to be released"),
            _ = &mut second => panic!("it waits to be released"),
            () = begun(&world) => {}
        }
        let (a, b) = loop {
            world.shared.release.notify_waiters();
            if let std::task::Poll::Ready(both) =
                futures::poll!(Box::pin(futures::future::join(&mut first, &mut second)))
            {
                break both;
            }
            tokio::task::yield_now().await;
        };
        a.expect(200);
        b.expect(200);
        world.get("/api/v1/runs").send().await.expect(200);
    })
    .await;
}

/// The third request of this client is refused, that of another is not.
async fn begun(world: &World) {
    loop {
        let third = world.get("/api/v1/runs").send().await;
        if third.status.as_u16() == 429 {
            assert_eq!(
                (third.body["code"].as_str(), &third.headers[RETRY_AFTER]),
                (Some("rate_limited"), &"1".parse().unwrap())
            );
            world.get("/api/v1/runs").from("192.0.2.2").send().await.expect(200);
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_open_stream_counts_until_it_ends() {
    with(json!({ "gateway": { "limits": { "concurrent_per_client": 1 } } }), async |world| {
        let open = world.get("/api/v1/runs/stream").open().await;
        world.get("/api/v1/runs").send().await.refused(429, "rate_limited");
        drop(open);
        world.get("/api/v1/runs").send().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn attempts_to_sign_in_are_paced_per_address() {
    let settings = json!({ "gateway": { "limits": { "sign_in_burst": 3, "sign_in_per_minute": 60 } } });
    with(settings, async |world| {
        let login = |address| world.post("/api/v1/auth/login").from(address).send();
        let burst = join_all((0..3).map(|_| login("192.0.2.1"))).await;
        assert!(burst.iter().all(|answer| answer.status.as_u16() == 200));
        let refused = login("192.0.2.1").await.refused(429, "rate_limited");
        assert_eq!(refused.headers[RETRY_AFTER], "1");
        world.post("/api/v1/setup").send().await.refused(429, "rate_limited");
        login("192.0.2.2").await.expect(200);
        world.get("/api/v1/runs").send().await.expect(200);
        world.wait(1);
        login("192.0.2.1").await.expect(200);
        login("192.0.2.1").await.refused(429, "rate_limited");
        login("2001:db8:1:2::1").await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_client_it_names_counts() {
    let settings = json!({ "gateway": {
        "trusted_proxies": ["10.0.0.0/8"], "limits": { "sign_in_burst": 1, "sign_in_per_minute": 1 }
    } });
    with(settings, async |world| {
        let login = |peer, forwarded: &str| {
            world.post("/api/v1/auth/login").from(peer).header("x-forwarded-for", forwarded).send()
        };
        let told = login("10.1.1.1", "198.51.100.1").await.expect(200);
        assert_eq!(seen(&told, "x-metier-client-address"), Some("198.51.100.1"));
        login("10.1.1.1", "198.51.100.1").await.refused(429, "rate_limited");
        login("10.1.1.1", "198.51.100.2").await.expect(200);
        login("192.0.2.1", "198.51.100.3").await.expect(200);
        login("192.0.2.1", "198.51.100.4").await.refused(429, "rate_limited");
    })
    .await;
}

#[tokio::test]
async fn requests_are_paced_by_who_is_signed_in_and_answers_say_what_is_left() {
    let settings = json!({ "gateway": { "limits": { "requests_burst": 2, "requests_per_minute": 60 } } });
    with(settings, async |world| {
        let (one, _) = world.token();
        let (other, _) = world.token();
        let key = world.key(&["runs:read"]);
        let ask = |bearer: &str, address| world.get("/api/v1/runs").bearer(bearer).from(address).send();
        let told = ask(&one, "192.0.2.1").await.expect(200);
        let left = |answer: &crate::world::Answer| {
            ["limit", "remaining", "reset"]
                .map(|name| answer.headers[&format!("ratelimit-{name}")].to_str().unwrap().to_owned())
        };
        assert_eq!(left(&told), ["2", "1", "1"]);
        // Another address does not help.
        assert_eq!(left(&ask(&one, "192.0.2.2").await.expect(200)), ["2", "0", "2"]);
        let refused = ask(&one, "192.0.2.3").await.refused(429, "rate_limited");
        assert_eq!(refused.headers[RETRY_AFTER], "1");
        for bearer in [&other, &key] {
            ask(bearer, "192.0.2.1").await.expect(200);
        }
        // Who is nobody counts by address.
        let nobody = |address| world.get("/api/openapi.json").from(address).send();
        nobody("192.0.2.1").await.expect(200);
        nobody("192.0.2.1").await.expect(200);
        nobody("192.0.2.1").await.refused(429, "rate_limited");
        nobody("192.0.2.9").await.expect(200);
        world.wait(1);
        ask(&one, "192.0.2.3").await.expect(200);
        ask(&one, "192.0.2.3").await.refused(429, "rate_limited");
    })
    .await;
}

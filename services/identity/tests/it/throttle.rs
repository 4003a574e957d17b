//! Failures slow down the next attempts, and nobody can lock somebody else out.

use axum::http::header::RETRY_AFTER;
use futures::future::join_all;
use serde_json::json;

use crate::world::{Answer, PASSWORD, World, on_both};

const EMAIL: &str = "root@example.org";

async fn fail(world: &World, address: &str) -> Answer {
    world.login(EMAIL, "wrong horse battery").from(address).send().await
}

#[tokio::test]
async fn failures_from_one_address_delay_the_next_attempt_twice_as_long_each_time() {
    on_both(async |world| {
        world.admin().await;
        for _ in 0..5 {
            fail(&world, "192.0.2.7").await.refused(401, "credentials_wrong");
        }
        let blocked =
            world.login(EMAIL, PASSWORD).from("192.0.2.7").send().await.refused(429, "login_throttled");
        assert_eq!(blocked.headers[RETRY_AFTER], "1");
        world.wait(1);
        fail(&world, "192.0.2.7").await.refused(401, "credentials_wrong");
        assert_eq!(fail(&world, "192.0.2.7").await.expect(429).headers[RETRY_AFTER], "2");
        world.wait(2);
        world.login(EMAIL, PASSWORD).from("192.0.2.7").send().await.expect(200);
        fail(&world, "192.0.2.7").await.refused(401, "credentials_wrong");
    })
    .await;
}

#[tokio::test]
async fn an_unknown_account_is_throttled_like_any_other() {
    on_both(async |world| {
        world.admin().await;
        let attempt = || world.login("nobody@example.org", "whatever it is").from("192.0.2.8").send();
        for _ in 0..5 {
            attempt().await.refused(401, "credentials_wrong");
        }
        attempt().await.refused(429, "login_throttled");
    })
    .await;
}

/// Fills the account's counter from many networks.
async fn attack(world: &World) {
    for network in 0..40 {
        fail(world, &format!("198.51.100.{network}")).await;
    }
    fail(world, "198.51.100.99").await.refused(429, "login_throttled");
}

#[tokio::test]
async fn an_attack_from_elsewhere_does_not_delay_the_owner_on_a_known_device() {
    on_both(async |world| {
        let admin = world.admin().await;
        attack(&world).await;
        let body = json!({ "email": EMAIL, "password": PASSWORD, "device_token": admin.device });
        world.post("/api/v1/auth/login", body).from("203.0.113.5").send().await.expect(200);
        let stranger = world.login(EMAIL, PASSWORD).from("203.0.113.5").send().await;
        stranger.expect(200);
    })
    .await;
}

#[tokio::test]
async fn an_attack_from_elsewhere_does_not_delay_the_owner_at_a_known_address() {
    on_both(async |world| {
        world.admin().await;
        world.login(EMAIL, PASSWORD).from("203.0.113.5").send().await.expect(200);
        attack(&world).await;
        world.login(EMAIL, PASSWORD).from("203.0.113.5").send().await.expect(200);
        world.login(EMAIL, PASSWORD).from("203.0.113.6").send().await.refused(429, "login_throttled");
        world.wait(60);
        world.login(EMAIL, PASSWORD).from("203.0.113.6").send().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn the_device_token_of_somebody_else_is_worth_nothing() {
    on_both(async |world| {
        let admin = world.admin().await;
        let ada = world.member(&admin, "ada@example.org", "user").await;
        attack(&world).await;
        let body = json!({ "email": EMAIL, "password": PASSWORD, "device_token": ada.device });
        world
            .post("/api/v1/auth/login", body)
            .from("203.0.113.5")
            .send()
            .await
            .refused(429, "login_throttled");
    })
    .await;
}

#[tokio::test]
async fn guessing_many_accounts_from_one_network_is_delayed() {
    on_both(async |world| {
        world.admin().await;
        for number in 0..30 {
            let email = format!("guess{number}@example.org");
            world.login(&email, "password of many").from("2001:db8::1").send().await.expect(401);
        }
        let next = world.login("another@example.org", "password of many").from("2001:db8::2").send().await;
        next.refused(429, "login_throttled");
    })
    .await;
}

#[tokio::test]
async fn many_guesses_at_once_gain_nothing() {
    on_both(async |world| {
        world.admin().await;
        let guesses = join_all((0..40).map(|_| fail(&world, "192.0.2.9"))).await;
        let judged = guesses.iter().filter(|answer| answer.status.as_u16() == 401).count();
        assert_eq!(judged, 5);
    })
    .await;
}

#[tokio::test]
async fn failures_are_forgotten_after_an_hour() {
    on_both(async |world| {
        world.admin().await;
        for _ in 0..5 {
            fail(&world, "192.0.2.7").await;
        }
        fail(&world, "192.0.2.7").await.expect(429);
        world.wait(3_600);
        for _ in 0..5 {
            fail(&world, "192.0.2.7").await.expect(401);
        }
    })
    .await;
}

#[tokio::test]
async fn the_address_of_a_client_is_believed_from_the_gateway_only() {
    use metier_contract_identity::forwarded::{CLIENT_ADDRESS_HEADER, GATEWAY_TOKEN_HEADER};
    on_both(async |world| {
        let admin = world.admin().await;
        let token = async |service: &str| {
            let kit = world.sandbox.kit(service);
            kit.tokens_for("identity", kit.ctx()).token().await.unwrap().expose().clone()
        };
        let login = async |token: &str, address: &str| {
            let call = world.login(EMAIL, PASSWORD).from("192.0.2.1");
            let call = call.header(CLIENT_ADDRESS_HEADER, address).header(GATEWAY_TOKEN_HEADER, token);
            call.send().await.expect(200);
        };
        login(&token("gateway").await, "203.0.113.9").await;
        login(&token("jobs").await, "203.0.113.10").await;
        login("forged", "203.0.113.11").await;
        let sessions = world.get("/api/v1/auth/sessions").bearer(&admin.access).send().await.expect(200);
        let addresses: Vec<_> =
            sessions.body["items"].as_array().unwrap().iter().map(|one| one["address"].clone()).collect();
        assert_eq!(addresses, [json!(null), json!("203.0.113.9"), json!("192.0.2.1"), json!("192.0.2.1")]);
    })
    .await;
}

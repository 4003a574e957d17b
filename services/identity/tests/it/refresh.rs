//! Refresh tokens are good once.

use futures::future::join_all;
use serde_json::json;

use crate::world::on_both;

#[tokio::test]
async fn a_refresh_token_is_exchanged_for_a_fresh_pair() {
    on_both(async |world| {
        let admin = world.admin().await;
        world.wait(700);
        let next = world.refresh(&admin.refresh).await.expect(200);
        assert_ne!(next.text("refresh_token"), admin.refresh);
        assert_eq!(next.text("session_id"), admin.session);
        assert!(next.body.get("device_token").is_none());
        world.get("/api/v1/auth/me").bearer(&next.text("access_token")).send().await.expect(200);
        let third = world.refresh(&next.text("refresh_token")).await.expect(200);
        world.refresh(&third.text("refresh_token")).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_token_that_comes_twice_ends_the_session() {
    on_both(async |world| {
        let admin = world.admin().await;
        let other = world.person("root@example.org").await;
        let next = world.refresh(&admin.refresh).await.expect(200);
        world.refresh(&admin.refresh).await.refused(401, "refresh_token_reused");
        world.refresh(&next.text("refresh_token")).await.refused(401, "refresh_token_invalid");
        world.refresh(&other.refresh).await.expect(200);
        let kinds: Vec<String> = world.events().await.into_iter().map(|(kind, _)| kind).collect();
        assert!(kinds.contains(&"auth.token.reused".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn of_many_at_once_one_wins_and_the_session_ends() {
    on_both(async |world| {
        let admin = world.admin().await;
        let answers = join_all((0..8).map(|_| world.refresh(&admin.refresh))).await;
        let won: Vec<_> = answers.iter().filter(|answer| answer.status.as_u16() == 200).collect();
        assert_eq!(won.len(), 1);
        world.refresh(&won[0].text("refresh_token")).await.refused(401, "refresh_token_invalid");
    })
    .await;
}

#[tokio::test]
async fn a_guess_at_a_session_does_not_end_it() {
    on_both(async |world| {
        let admin = world.admin().await;
        // The session's id, which is no secret, with other random parts.
        let mut guess = admin.refresh.clone();
        let tail = if guess.ends_with("AAAA") { "BBBB" } else { "AAAA" };
        guess.replace_range(40..44, tail);
        world.refresh(&guess).await.refused(401, "refresh_token_invalid");
        world.refresh("mrt_nonsense").await.refused(401, "refresh_token_invalid");
        world.refresh(&admin.refresh).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn an_unused_session_ends_and_use_prolongs_it_up_to_its_limit() {
    let settings = json!({ "identity": { "sessions": { "idle": "1h", "longest": "150m" } } });
    crate::world::with(settings, async |world| {
        let admin = world.admin().await;
        let idle = world.person("root@example.org").await;
        world.wait(3_000);
        let second = world.refresh(&admin.refresh).await.expect(200);
        world.wait(3_000);
        world.refresh(&idle.refresh).await.refused(401, "refresh_token_invalid");
        let third = world.refresh(&second.text("refresh_token")).await.expect(200);
        world.wait(3_000);
        world.refresh(&third.text("refresh_token")).await.refused(401, "refresh_token_invalid");
    })
    .await;
}

#[tokio::test]
async fn a_refresh_takes_over_what_was_decided_since() {
    on_both(async |world| {
        let admin = world.admin().await;
        let ada = world.member(&admin, "ada@example.org", "user").await;
        let path = format!("/api/v1/users/{}", ada.id);
        let change = world.call(axum::http::Method::PATCH, &path).json(json!({ "role": "viewer" }));
        change.header("if-match", "*").bearer(&admin.access).send().await.expect(200);
        let next = world.refresh(&ada.refresh).await.expect(200);
        let me = world.get("/api/v1/auth/me").bearer(&next.text("access_token")).send().await.expect(200);
        assert!(!me.body["grants"].as_array().unwrap().contains(&json!("runs:submit")));
    })
    .await;
}

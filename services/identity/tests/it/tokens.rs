//! What other services ask.

use std::time::Duration;

use axum::http::Method;
use metier_contract_identity::{
    IdentityClient, RunTokenRequest,
    jobber::{AuthenticationRequest, auth_service_client::AuthServiceClient},
};
use metier_core::{Ctx, FaultKind, Grants, Secret, WorkspaceId};
use metier_harness::Kit;
use metier_rpc::request;
use serde_json::json;
use tonic::Code;

use crate::world::{Person, World, on_both};

fn client(kit: &Kit) -> IdentityClient {
    IdentityClient::new(kit.link("identity").unwrap())
}

fn grants(texts: &[&str]) -> Grants {
    Grants::parse(texts.iter().copied()).unwrap()
}

fn run_of(world: &World, person: &Person) -> RunTokenRequest {
    RunTokenRequest {
        run: world.kit().random.id(world.clock.now()),
        user: person.id.parse().unwrap(),
        workspace: WorkspaceId::DEFAULT,
        api_key: None,
        submitted: Grants::all(),
        kind: grants(&["products:create", "users:read"]),
        lifetime: Duration::from_mins(5),
    }
}

#[tokio::test]
async fn the_token_of_a_run_has_the_rights_that_person_submission_and_kind_share() {
    on_both(async |world| {
        let admin = world.admin().await;
        let ada = world.member(&admin, "ada@example.org", "user").await;
        let jobs = world.sandbox.kit("jobs");
        let mint = async |wanted| client(jobs).mint_run_token(&jobs.ctx(), wanted).await;
        let token = mint(run_of(&world, &ada)).await.unwrap();
        let me = world.get("/api/v1/auth/me").bearer(token.token.expose()).send().await.expect(200);
        assert_eq!(
            (me.body["actor"].as_str(), &me.body["grants"]),
            (Some("run"), &json!(["products:create"]))
        );
        assert_eq!(token.expires_at.seconds(), world.clock.now().seconds() + 300);
        let narrow = RunTokenRequest { submitted: grants(&["runs:read"]), ..run_of(&world, &ada) };
        let token = mint(narrow).await.unwrap();
        let me = world.get("/api/v1/auth/me").bearer(token.token.expose()).send().await.expect(200);
        assert_eq!(me.body["grants"], json!([]));
        // A run acts for a person, it is not one.
        let sessions = world.get("/api/v1/auth/sessions").bearer(token.token.expose()).send().await;
        sessions.refused(403, "session_required");
    })
    .await;
}

#[tokio::test]
async fn only_the_jobs_service_mints_tokens_of_runs() {
    on_both(async |world| {
        let admin = world.admin().await;
        let gateway = world.sandbox.kit("gateway");
        let refused =
            client(gateway).mint_run_token(&gateway.ctx(), run_of(&world, &admin)).await.unwrap_err();
        assert_eq!((refused.kind, &*refused.code), (FaultKind::Forbidden, "permission_denied"));
        // Nor does it for somebody who asks through it, however powerful.
        let jobs = world.sandbox.kit("jobs");
        let person = Ctx { actor: metier_core::Actor::User { id: admin.id.parse().unwrap() }, ..jobs.ctx() };
        let link = jobs.link_for("identity", person.clone()).unwrap();
        let refused =
            IdentityClient::new(link).mint_run_token(&person, run_of(&world, &admin)).await.unwrap_err();
        assert_eq!(refused.kind, FaultKind::Forbidden);
    })
    .await;
}

#[tokio::test]
async fn a_run_whose_actor_may_no_longer_act_gets_no_token() {
    on_both(async |world| {
        let admin = world.admin().await;
        let ada = world.member(&admin, "ada@example.org", "user").await;
        let jobs = world.sandbox.kit("jobs");
        let refused = async |wanted| client(jobs).mint_run_token(&jobs.ctx(), wanted).await.unwrap_err().code;
        let key = world.post("/api/v1/api-keys", json!({ "name": "k", "grants": [] })).bearer(&ada.access);
        let key = key.send().await.expect(201).text("id");
        let with_key = || RunTokenRequest { api_key: Some(key.parse().unwrap()), ..run_of(&world, &ada) };
        client(jobs).mint_run_token(&jobs.ctx(), with_key()).await.unwrap();
        let theirs = RunTokenRequest { user: admin.id.parse().unwrap(), ..with_key() };
        assert_eq!(refused(theirs).await, "run_actor_gone");
        let revoke = world.call(Method::DELETE, &format!("/api/v1/api-keys/{key}"));
        revoke.bearer(&ada.access).send().await.expect(204);
        assert_eq!(refused(with_key()).await, "run_actor_gone");
        let disable = world.call(Method::PATCH, &format!("/api/v1/users/{}", ada.id)).header("if-match", "*");
        disable.json(json!({ "disabled": true })).bearer(&admin.access).send().await.expect(200);
        assert_eq!(refused(run_of(&world, &ada)).await, "run_actor_gone");
    })
    .await;
}

#[tokio::test]
async fn whose_token_it_is_is_looked_up_at_once() {
    on_both(async |world| {
        let admin = world.admin().await;
        let kit = world.sandbox.kit("jobs");
        let ask =
            async |token: &str| client(kit).authenticate(&kit.ctx(), &Secret::new(token.to_owned())).await;
        let reply = ask(&admin.access).await.unwrap();
        assert_eq!(reply.user.unwrap().id, admin.id);
        assert_eq!(reply.grants, ["*:*"]);
        let logout = world.call(Method::POST, "/api/v1/auth/logout").bearer(&admin.access);
        logout.send().await.expect(204);
        assert_eq!(ask(&admin.access).await.unwrap_err().code, "token_invalid");
        assert_eq!(ask("nonsense").await.unwrap_err().kind, FaultKind::Unauthenticated);
    })
    .await;
}

#[tokio::test]
async fn clients_of_jobber_get_a_number_and_an_address() {
    on_both(async |world| {
        let admin = world.admin().await;
        let kit = world.sandbox.kit("jobs");
        let mut client = AuthServiceClient::new(kit.link("identity").unwrap());
        let mut ask = async |token: &str| {
            let message = AuthenticationRequest { token: token.to_owned() };
            client.authenticate(request(&kit.ctx(), message)).await
        };
        let reply = ask(&admin.access).await.unwrap().into_inner();
        assert_eq!((reply.id, reply.email.as_str()), (1, "root@example.org"));
        assert_eq!(ask("nonsense").await.unwrap_err().code(), Code::Unauthenticated);
    })
    .await;
}

#[tokio::test]
async fn a_person_is_found_by_those_who_may_see_people() {
    on_both(async |world| {
        let admin = world.admin().await;
        let kit = world.sandbox.kit("jobs");
        let user = client(kit).get_user(&kit.ctx(), admin.id.parse().unwrap()).await.unwrap();
        assert_eq!((user.number, user.role.as_str(), user.disabled), (1, "admin", false));
        let unknown = kit.random.id(world.clock.now());
        assert_eq!(client(kit).get_user(&kit.ctx(), unknown).await.unwrap_err().kind, FaultKind::NotFound);
        let weak = Ctx { grants: std::sync::Arc::new(grants(&["runs:read"])), ..kit.ctx() };
        let link = kit.link_for("identity", weak.clone()).unwrap();
        let refused = IdentityClient::new(link).get_user(&weak, unknown).await.unwrap_err();
        assert_eq!(refused.code, "permission_denied");
    })
    .await;
}

#[tokio::test]
async fn a_rotated_key_signs_and_the_old_one_still_verifies() {
    on_both(async |world| {
        let admin = world.admin().await;
        let kit = world.sandbox.kit("jobs");
        let before = client(kit).jwks(&kit.ctx()).await.unwrap();
        let rotate = world.call(Method::POST, "/api/v1/signing-keys/rotate").bearer(&admin.access);
        rotate.send().await.expect(204);
        let after = client(kit).jwks(&kit.ctx()).await.unwrap();
        assert_eq!((before.keys.len(), after.keys.len()), (1, 2));
        let published = world.get("/.well-known/jwks.json").send().await.expect(200);
        assert_eq!(published.body, serde_json::to_value(&after).unwrap());
        assert!(published.body["keys"][0].get("d").is_none(), "the private part stays here");
        world.get("/api/v1/auth/me").bearer(&admin.access).send().await.expect(200);
        let fresh = world.person("root@example.org").await;
        world.get("/api/v1/auth/me").bearer(&fresh.access).send().await.expect(200);
    })
    .await;
}

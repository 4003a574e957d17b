//! The client against a scripted server: what it sends, what it makes of answers, when it tries again.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use metier_core::Secret;

use super::*;
use crate::client::testing;

const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// A server whose every answer is known: it counts refreshes, and takes the token of the last one.
#[derive(Clone, Default)]
struct Scripted {
    refreshed: Arc<AtomicUsize>,
    logged_out: Arc<AtomicUsize>,
}

impl Scripted {
    async fn start(&self) -> String {
        let router = Router::new()
            .route("/api/v1/auth/login", post(login))
            .route("/api/v1/auth/refresh", post(refresh))
            .route("/api/v1/auth/logout", post(logout))
            .route("/api/v1/auth/me", get(me))
            .route("/api/v1/elsewhere", get(|| async { Redirect::temporary("http://10.0.0.1/steal") }))
            .route("/api/v1/html", get(|| async { (StatusCode::BAD_GATEWAY, "<html>bad gateway</html>") }))
            .route("/api/v1/endless", get(endless))
            .route("/api/v1/busy", get(busy))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    fn refreshes(&self) -> usize {
        self.refreshed.load(Ordering::SeqCst)
    }
}

fn tokens(number: usize, lifetime: i64) -> Json<Value> {
    Json(json!({
        "access_token": format!("access-{number}"),
        "expires_at": Timestamp::from_seconds(START.seconds() + lifetime).to_string(),
        "refresh_token": format!("refresh-{number}"),
        "device_token": "device",
    }))
}

async fn login() -> Json<Value> {
    tokens(0, 600)
}

async fn refresh(State(scripted): State<Scripted>, Json(body): Json<Value>) -> Response {
    let number = scripted.refreshed.fetch_add(1, Ordering::SeqCst);
    if body["refresh_token"] != json!(format!("refresh-{number}")) {
        return refused(StatusCode::UNAUTHORIZED, "refresh_token_reused").into_response();
    }
    tokens(number + 1, 1_200 * i64::try_from(number + 1).unwrap()).into_response()
}

async fn logout(State(scripted): State<Scripted>) -> StatusCode {
    scripted.logged_out.fetch_add(1, Ordering::SeqCst);
    StatusCode::NO_CONTENT
}

async fn me(State(scripted): State<Scripted>, headers: HeaderMap) -> Response {
    let token = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
    let good = format!("Bearer access-{}", scripted.refreshes());
    match token {
        Some(token) if token == good || token == "Bearer mtr_key" => {
            Json(json!({ "token": token })).into_response()
        }
        Some(_) => refused(StatusCode::UNAUTHORIZED, "token_invalid").into_response(),
        None => refused(StatusCode::UNAUTHORIZED, "unauthenticated").into_response(),
    }
}

async fn busy() -> impl IntoResponse {
    ([(header::RETRY_AFTER, "17")], refused(StatusCode::TOO_MANY_REQUESTS, "login_throttled"))
}

async fn endless() -> Body {
    let megabyte = bytes::Bytes::from(vec![b'x'; 1024 * 1024]);
    Body::from_stream(futures::stream::repeat(Ok::<_, std::convert::Infallible>(megabyte)))
}

fn refused(status: StatusCode, code: &str) -> (StatusCode, Json<Value>) {
    let body = json!({ "type": "/errors/x", "title": "No", "status": status.as_u16(), "detail": "no", "code": code });
    (status, Json(body))
}

async fn ask(api: &Api, what: &str) -> Result<Value, ClientError> {
    api.send(&Call::get(&[what])).await
}

async fn who(api: &Api) -> Result<Value, ClientError> {
    api.send(&Call::get(&["auth", "me"])).await
}

struct World {
    scripted: Scripted,
    url: String,
    folder: tempfile::TempDir,
    clock: Clock,
}

impl World {
    async fn start() -> Self {
        let scripted = Scripted::default();
        let url = scripted.start().await;
        Self { scripted, url, folder: tempfile::tempdir().unwrap(), clock: Clock::manual(START) }
    }

    /// As another command of the same person would see it.
    fn api(&self) -> Api {
        testing::api(&self.url, self.folder.path(), self.clock.clone())
    }

    async fn sign_in(&self) -> Api {
        let api = self.api();
        api.sign_in("ada@example.org", &Secret::new("correct horse battery".into())).await.unwrap();
        api
    }
}

#[tokio::test]
async fn a_session_is_kept_and_renewed_before_it_ends() {
    let world = World::start().await;
    world.sign_in().await;
    assert_eq!(who(&world.api()).await.unwrap()["token"], "Bearer access-0");
    world.clock.advance(std::time::Duration::from_secs(575));
    assert_eq!(who(&world.api()).await.unwrap()["token"], "Bearer access-1");
    assert_eq!(who(&world.api()).await.unwrap()["token"], "Bearer access-1");
    assert_eq!(world.scripted.refreshes(), 1);
}

#[tokio::test]
async fn commands_at_the_same_moment_renew_once() {
    let world = World::start().await;
    world.sign_in().await;
    world.clock.advance(std::time::Duration::from_secs(600));
    let apis: Vec<Api> = (0..8).map(|_| world.api()).collect();
    let threads = apis.into_iter().map(|api| {
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(who(&api)).unwrap()
        })
    });
    let threads: Vec<_> = threads.collect();
    // The server answers on this thread's runtime.
    let answers =
        tokio::task::spawn_blocking(|| threads.into_iter().map(|it| it.join().unwrap()).collect::<Vec<_>>());
    for answer in answers.await.unwrap() {
        assert_eq!(answer["token"], "Bearer access-1");
    }
    assert_eq!(world.scripted.refreshes(), 1);
}

#[tokio::test]
async fn a_token_that_is_refused_early_is_renewed_once() {
    let world = World::start().await;
    let api = world.sign_in().await;
    who(&api).await.unwrap();
    // Another client of the server made it forget the token; the refresh token is the next one it expects.
    let body = json!({ "refresh_token": "refresh-0" });
    api.send_anonymously(&Call::post(&["auth", "refresh"]).json(body)).await.unwrap();
    let error = who(&api).await.unwrap_err();
    assert!(matches!(error, ClientError::SessionEnded { .. }), "{error:?}");
    let error = who(&world.api()).await.unwrap_err();
    assert_eq!(error.status(), Some(401), "the dead session is forgotten: {error:?}");
}

#[tokio::test]
async fn a_key_goes_before_the_session_and_is_never_renewed() {
    let world = World::start().await;
    world.sign_in().await;
    let with = |key: &str| {
        let file = CredentialFile::in_folder(world.folder.path());
        let key = Some(Secret::new(key.to_owned()));
        let transport = Transport::new(world.url.parse().unwrap(), None).unwrap();
        Api::new(transport, file, key, world.clock.clone())
    };
    assert_eq!(who(&with("mtr_key")).await.unwrap()["token"], "Bearer mtr_key");
    assert_eq!(who(&with("mtr_other")).await.unwrap_err().status(), Some(401));
    assert_eq!(world.scripted.refreshes(), 0);
}

#[tokio::test]
async fn signing_out_ends_the_session_there_and_here() {
    let world = World::start().await;
    let api = world.sign_in().await;
    assert!(api.sign_out().await.unwrap());
    assert!(!api.sign_out().await.unwrap());
    assert_eq!(world.scripted.logged_out.load(Ordering::SeqCst), 1);
    assert_eq!(who(&world.api()).await.unwrap_err().status(), Some(401));
    assert_eq!(world.api().account().unwrap().unwrap().email, "ada@example.org");
}

#[tokio::test]
async fn a_redirect_is_told_and_never_followed() {
    let world = World::start().await;
    let api = world.sign_in().await;
    match ask(&api, "elsewhere").await.unwrap_err() {
        ClientError::Redirected { target, .. } => assert_eq!(target, "http://10.0.0.1/steal"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_not_metier_is_told_apart() {
    let world = World::start().await;
    let error = ask(&world.api(), "html").await.unwrap_err().to_string();
    assert!(error.contains("502") && error.contains("<html>bad gateway"), "{error}");
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let world = World::start().await;
    let error = ask(&world.api(), "endless").await.unwrap_err().to_string();
    assert!(error.contains("larger than"), "{error}");
}

#[tokio::test]
async fn a_limit_says_when_to_come_back() {
    let world = World::start().await;
    let error = ask(&world.api(), "busy").await.unwrap_err();
    assert_eq!(error.advice(), ["try again in 17 s"]);
}

//! The services behind the door: an identity service that knows a few keys, and one that tells what reached
//! it. Both are real services of the harness, with real tokens, in this process or across the network.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{FromRequest, Request, State},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use futures::StreamExt;
use http_body_util::BodyExt;
use metier_auth::{ApiKey, Claims, Signer, Subject};
use metier_contract_identity::{
    jobber::{
        AuthenticationRequest, AuthenticationResponse,
        auth_service_server::{AuthService, AuthServiceServer},
    },
    protocol::{
        self,
        identity_server::{Identity, IdentityServer},
    },
};
use metier_core::{Actor, Clock, Fault, FaultKind, Grants, Random, Timestamp, UserId, WorkspaceId};
use metier_db::{Migrations, include_dir::Dir};
use metier_harness::{HealthCheck, Kit, Mounted, Service};
use metier_http::{Caller, Json, Problem};
use metier_rpc::{ctx, status};
use serde_json::{Value, json};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request as Call, Response as Reply, Status};
use utoipa_axum::router::OpenApiRouter;

static NOTHING: Dir<'_> = Dir::new("", &[]);
/// No tables but the platform's own.
const ONLY_EVENTS: Migrations = Migrations { sqlite: &NOTHING, postgres: &NOTHING };

/// What tests and services share; each world has its own.
#[derive(Clone, Default)]
pub struct Shared(Arc<Inner>);

#[derive(Default)]
pub struct Inner {
    /// Valid keys with their grants.
    pub keys: Mutex<BTreeMap<String, Vec<String>>>,
    /// Exchanges asked for.
    pub exchanges: AtomicUsize,
    /// Whether the jobs service says it is well.
    pub unwell: AtomicBool,
    /// Lets a waiting answer end.
    pub release: tokio::sync::Notify,
    /// Sends more of an open stream.
    pub stream: Mutex<Option<tokio::sync::mpsc::Sender<Bytes>>>,
}

impl std::ops::Deref for Shared {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// Worlds by the name their settings carry: services are types and cannot be handed one.
static WORLDS: Mutex<BTreeMap<String, Shared>> = Mutex::new(BTreeMap::new());

/// A world's shared part under a fresh name.
pub fn share(name: &str) -> Shared {
    WORLDS.lock().unwrap().entry(name.to_owned()).or_default().clone()
}

/// Names the world.
#[derive(Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Named {
    world: String,
}

/// Exchanges keys and says whose token it is.
pub struct IdentityStandIn;

impl Service for IdentityStandIn {
    const NAME: &'static str = "identity";
    const PORT: u16 = 7401;
    const SUMMARY: &'static str = "knows a few keys";
    const DEPENDS_ON: &'static [&'static str] = &[];
    const MIGRATIONS: Option<Migrations> = None;
    type Config = Named;

    async fn build(config: Named, kit: Kit) -> Result<Mounted, Fault> {
        let keys = Keys {
            shared: share(&config.world),
            signer: kit.signer()?,
            clock: kit.clock.clone(),
            random: kit.random.clone(),
        };
        Ok(Mounted::default()
            .with_http(echo("identity", share(&config.world)))
            .with_rpc(IdentityServer::new(keys.clone()))
            .with_rpc(AuthServiceServer::new(keys)))
    }
}

/// Tells what reached it.
pub struct Jobs;

impl Service for Jobs {
    const NAME: &'static str = "jobs";
    const PORT: u16 = 7402;
    const SUMMARY: &'static str = "tells what reached it";
    const DEPENDS_ON: &'static [&'static str] = &[];
    const MIGRATIONS: Option<Migrations> = Some(ONLY_EVENTS);
    type Config = Named;

    async fn build(config: Named, _kit: Kit) -> Result<Mounted, Fault> {
        let shared = share(&config.world);
        let unwell = shared.clone();
        Ok(Mounted::default().with_http(echo("jobs", shared)).with_health(HealthCheck::new("store", move || {
            let unwell = unwell.unwell.load(Ordering::SeqCst);
            async move { if unwell { Err(Fault::unavailable("/var/lib/secret is full")) } else { Ok(()) } }
        })))
    }
}

/// Publishes what a test wants.
pub struct Postings;

impl Service for Postings {
    const NAME: &'static str = "postings";
    const PORT: u16 = 7404;
    const SUMMARY: &'static str = "publishes what a test wants";
    const DEPENDS_ON: &'static [&'static str] = &[];
    const MIGRATIONS: Option<Migrations> = Some(ONLY_EVENTS);
    type Config = Named;

    async fn build(_config: Named, _kit: Kit) -> Result<Mounted, Fault> {
        Ok(Mounted::default())
    }
}

#[derive(Clone)]
struct Echo {
    service: &'static str,
    shared: Shared,
}

/// Describes one route of its own.
#[utoipa::path(get, path = "/api/v1/runs", tag = "runs", responses((status = 200, body = String)))]
async fn described() {}

#[utoipa::path(get, path = "/internal/secrets", tag = "runs", responses((status = 200)))]
async fn internal() {}

fn echo(service: &'static str, shared: Shared) -> OpenApiRouter {
    use utoipa_axum::routes;
    let echo = Echo { service, shared };
    let router = Router::new()
        .route("/api/v1/runs/wait", get(wait))
        .route("/api/v1/runs/stream", get(stream))
        .route("/api/v1/runs/long", get(long))
        .route("/api/v1/runs/count", any(count))
        .fallback(tell)
        .with_state(echo);
    let documented: OpenApiRouter = OpenApiRouter::new().routes(routes!(described)).routes(routes!(internal));
    let (_, openapi) = documented.split_for_parts();
    OpenApiRouter::with_openapi(openapi).merge(OpenApiRouter::from(router))
}

/// Method, target, headers and body size as they came, and who the caller is.
async fn tell(
    State(echo): State<Echo>,
    Caller(ctx): Caller,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let (parts, body) = request.into_parts();
    let body = Request::from_parts(parts.clone(), body);
    let bytes = Bytes::from_request(body, &()).await.map_err(|_too_large| too_large())?;
    let headers: BTreeMap<String, String> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    Ok(Json(json!({
        "service": echo.service,
        "method": parts.method.as_str(),
        "target": parts.uri.path_and_query().map(ToString::to_string),
        "headers": headers,
        "size": bytes.len(),
        "actor": ctx.actor.to_string(),
        "grants": ctx.grants.texts(),
    })))
}

/// Answers when it is told to.
async fn wait(State(echo): State<Echo>) -> &'static str {
    echo.shared.release.notified().await;
    "done"
}

/// Sends what the test sends.
async fn stream(State(echo): State<Echo>) -> Response {
    let (sender, receiver) = tokio::sync::mpsc::channel(8);
    *echo.shared.stream.lock().unwrap() = Some(sender);
    let body = Body::from_stream(ReceiverStream::new(receiver).map(Ok::<_, Infallible>));
    ([("content-type", "text/event-stream")], body).into_response()
}

/// 64 MiB, never all at once.
async fn long() -> Response {
    let chunk = Bytes::from(vec![7_u8; 64 * 1024]);
    let chunks = futures::stream::iter((0..1_024).map(move |_| Ok::<_, Infallible>(chunk.clone())));
    Body::from_stream(chunks).into_response()
}

fn too_large() -> Fault {
    Fault::new(FaultKind::TooLarge, "body_too_large", "the body is too large")
}

/// Counts the bytes of a body as they come.
async fn count(request: Request) -> Result<String, Problem> {
    let mut body = request.into_body();
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        size += frame.map_err(|_broken| too_large())?.into_data().map_or(0, |data| data.len());
    }
    Ok(size.to_string())
}

#[derive(Clone)]
struct Keys {
    shared: Shared,
    signer: Signer,
    clock: Clock,
    random: Random,
}

impl Keys {
    fn token(&self, grants: &[String]) -> (String, Timestamp) {
        let user: UserId = self.random.id(self.clock.now());
        let subject = Subject {
            actor: Actor::ApiKey { id: self.random.id(self.clock.now()), user },
            workspace: WorkspaceId::DEFAULT,
            grants: Grants::parse(grants.iter().map(String::as_str)).unwrap(),
            session: None,
            number: Some(1),
        };
        let claims = Claims::new(subject, Duration::from_mins(2), self.clock.now(), &self.random);
        (self.signer.sign(&claims).unwrap(), Timestamp::from_seconds(claims.exp))
    }
}

#[tonic::async_trait]
impl Identity for Keys {
    async fn exchange_api_key(
        &self,
        call: Call<protocol::ExchangeApiKeyRequest>,
    ) -> Result<Reply<protocol::Token>, Status> {
        let exchange = metier_contract_identity::permission::TOKENS_EXCHANGE;
        ctx(&call)?.require(exchange).map_err(status)?;
        self.shared.exchanges.fetch_add(1, Ordering::SeqCst);
        let text = call.into_inner().api_key;
        assert!(ApiKey::parse(&text).is_ok(), "the door lets only whole keys in");
        let grants = self.shared.keys.lock().unwrap().get(&text).cloned();
        let refused =
            || Fault::new(FaultKind::Unauthenticated, "api_key_invalid", "the API key is not valid");
        let (token, end) = self.token(&grants.ok_or_else(refused).map_err(status)?);
        Ok(Reply::new(protocol::Token { token, expires_at: end.seconds() }))
    }

    async fn get_user(&self, call: Call<protocol::GetUserRequest>) -> Result<Reply<protocol::User>, Status> {
        let read = metier_contract_identity::permission::USERS_READ;
        ctx(&call)?.require(read).map_err(status)?;
        let id = ctx(&call)?.actor.to_string();
        Ok(Reply::new(protocol::User { id, ..protocol::User::default() }))
    }

    async fn authenticate(
        &self,
        _call: Call<protocol::AuthenticateRequest>,
    ) -> Result<Reply<protocol::AuthenticateReply>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn get_api_key_scope(
        &self,
        _call: Call<protocol::GetApiKeyScopeRequest>,
    ) -> Result<Reply<protocol::ApiKeyScope>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn mint_run_token(
        &self,
        _call: Call<protocol::MintRunTokenRequest>,
    ) -> Result<Reply<protocol::Token>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn jwks(&self, _call: Call<protocol::JwksRequest>) -> Result<Reply<protocol::JwksReply>, Status> {
        Err(Status::unimplemented("not here"))
    }
}

#[tonic::async_trait]
impl AuthService for Keys {
    /// Tells who called and under which correlation id.
    async fn authenticate(
        &self,
        call: Call<AuthenticationRequest>,
    ) -> Result<Reply<AuthenticationResponse>, Status> {
        let ctx = ctx(&call)?;
        Ok(Reply::new(AuthenticationResponse { id: 1, email: format!("{} {}", ctx.actor, ctx.correlation) }))
    }
}

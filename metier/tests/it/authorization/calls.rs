//! Every gRPC method as every kind of caller: at the public door, and at the doors of services that run alone.
//!
//! The methods come from the protocols themselves, so a new one without a row fails, and so does a row without a
//! method.

use std::path::{Path, PathBuf};

use metier_auth::ServiceKeys;
use metier_contract_identity::protocol::{
    AuthenticateRequest, ExchangeApiKeyRequest, GetApiKeyScopeRequest, GetUserRequest, MintRunTokenRequest,
};
use metier_contract_jobs::protocol::{CancelRunRequest, GetRunRequest, SubmitRunRequest};
use metier_contract_products::protocol::CreateProductRequest;
use metier_core::{Clock, CorrelationId, Ctx, Random, Secret};
use metier_testkit::authorization::{Endpoint, Table, walk};
use metier_worker::protocol::{
    AppendOutputRequest, ClaimRequest, HeartbeatRequest, Kind, KindRef, RegisterRequest,
};
use prost::Message;
use reqwest::Client;
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use super::cast::{CATEGORY, Cast, NOTHING};
use crate::platform::{Platform, Topology, client, system_tests};

/// At the public door.
const OUTSIDE: &str = include_str!("calls.txt");
/// At a service's own door, where only an operator or another service gets to.
const INSIDE: &str = include_str!("links.txt");
/// What gRPC says instead of HTTP's statuses, which the tables know. What is not there was not refused; a method
/// that nobody serves is hidden.
const STATUSES: [(&str, u16); 3] = [("16", 401), ("7", 403), ("12", 404)];
/// More attempts to sign in than one address is granted otherwise.
const SIGN_IN_FREELY: [(&str, &str); 2] = [
    ("METIER_GATEWAY__LIMITS__SIGN_IN_BURST", "10000"),
    ("METIER_GATEWAY__LIMITS__SIGN_IN_PER_MINUTE", "10000"),
];
/// The caller that shows a token which one service made for another.
const SERVICE: &str = "service";
/// What tools find where.
const DESCRIBED: [(&str, &str); 5] = [
    ("identity", "auth.AuthService"),
    ("jobs", "jobs.JobsService"),
    ("jobs", "metier.worker.v1.WorkerService"),
    ("products", "products.ProductsService"),
    ("products", "grpc.health.v1.Health"),
];
/// What stands for the method in [`Endpoint`].
const CALL: &str = "CALL";

system_tests!(heavy_every_method_answers_every_caller_at_the_public_door_as_the_table_says);

async fn heavy_every_method_answers_every_caller_at_the_public_door_as_the_table_says(topology: Topology) {
    let platform = Platform::start_with(topology, &SIGN_IN_FREELY).await;
    let cast = Cast::gather(&platform).await;
    let (callers, door) = (Callers::new(&platform, &cast), platform.api("gateway"));
    walk(&every_method(), &Table::parse(OUTSIDE), async |method, actor| {
        callers.answer(&door, method, actor).await
    })
    .await;
    platform.stop().await;
}

#[tokio::test]
async fn heavy_every_method_answers_every_caller_at_the_doors_of_services_as_the_table_says() {
    let platform = Platform::start_with(Topology::SplitPostgres, &SIGN_IN_FREELY).await;
    let cast = Cast::gather(&platform).await;
    let callers = Callers::new(&platform, &cast);
    for (service, wanted) in DESCRIBED {
        let told = described_services(&platform.url(service).unwrap()).await;
        assert!(told.iter().any(|name| name == wanted), "{service} says it serves {told:?}");
    }
    walk(&every_method(), &Table::parse(INSIDE), async |method, actor| {
        callers.answer(&platform.url(serving(&method.path)).unwrap(), method, actor).await
    })
    .await;
    platform.stop().await;
}

/// What tools are told that a service serves, asked without any token: nothing of it is secret.
async fn described_services(door: &str) -> Vec<String> {
    let channel = tonic::transport::Endpoint::from_shared(door.to_owned()).unwrap().connect().await.unwrap();
    let mut client = ServerReflectionClient::new(channel);
    let wish = MessageRequest::ListServices(String::new());
    let wish = ServerReflectionRequest { host: String::new(), message_request: Some(wish) };
    let mut answers =
        client.server_reflection_info(futures::stream::iter([wish])).await.unwrap().into_inner();
    match answers.message().await.unwrap().unwrap().message_response {
        Some(MessageResponse::ListServicesResponse(list)) => {
            list.service.into_iter().map(|service| service.name).collect()
        }
        other => panic!("no list of services: {other:?}"),
    }
}

/// Who serves a method; what all serve is asked of the engine.
fn serving(path: &str) -> &'static str {
    match path.split('.').collect::<Vec<_>>().as_slice() {
        ["/auth", ..] | ["/metier", "identity", ..] => "identity",
        ["/metier", "scheduler", ..] => "scheduler",
        ["/products", ..] | ["/metier", "products", ..] => "products",
        _ => "jobs",
    }
}

/// Everybody, and the way in.
struct Callers<'a> {
    platform: &'a Platform,
    cast: &'a Cast,
    http2: Client,
}

impl<'a> Callers<'a> {
    fn new(platform: &'a Platform, cast: &'a Cast) -> Self {
        // Installs what speaks TLS, which a client wants to know although no call needs it.
        drop(client());
        let http2 = Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
        Self { platform, cast, http2 }
    }

    /// What one service, the gateway, shows another when it calls for itself. It ends within a minute.
    fn service_token(&self, audience: &str) -> String {
        let secret = std::fs::read_to_string(self.platform.folder().join("keys/join-secret")).unwrap();
        let (clock, random) = (Clock::system(), Random::system());
        let keys = ServiceKeys::from_join_secret(&Secret::new(secret.trim().to_owned())).unwrap();
        let ctx = Ctx::service("gateway", CorrelationId::fresh(&clock, &random));
        keys.signer("gateway", &random).unwrap().sign(&ctx, audience, clock.now()).unwrap()
    }

    /// The status as HTTP has it, 200 for everything that is not about rights.
    async fn answer(&self, door: &str, method: &Endpoint, actor: &str) -> u16 {
        let path = &method.path;
        let message = self.message(path);
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        let framed = [&[0], &length[..], &message].concat();
        let request = self.http2.post(format!("{door}{path}")).header("te", "trailers");
        let request = request.header("content-type", "application/grpc").body(framed);
        let request = match actor {
            SERVICE => request.bearer_auth(self.service_token(serving(path))),
            _ => self.cast.signed(request, actor),
        };
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path} is no gRPC here");
        let status = answer.headers().get("grpc-status").map_or("0", |status| status.to_str().unwrap());
        assert!(!["2", "13", "14"].contains(&status), "{path} as {actor}: {:?}", answer.headers());
        STATUSES.iter().find(|(known, _)| *known == status).map_or(200, |(_, answered)| *answered)
    }

    /// Something that is well formed: only rights may be refused.
    fn message(&self, path: &str) -> Vec<u8> {
        let nothing = NOTHING.to_owned();
        let text = |text: &str| text.to_owned();
        match path.rsplit('/').next().unwrap() {
            "Authenticate" => AuthenticateRequest { token: self.cast.token("user") }.encode_to_vec(),
            "ExchangeApiKey" => ExchangeApiKeyRequest { api_key: self.cast.token("worker") }.encode_to_vec(),
            "GetUser" => GetUserRequest { id: nothing }.encode_to_vec(),
            "GetApiKeyScope" => GetApiKeyScopeRequest { api_key_id: nothing }.encode_to_vec(),
            "MintRunToken" => MintRunTokenRequest {
                run_id: text(NOTHING),
                user_id: text(NOTHING),
                workspace_id: nothing,
                ..MintRunTokenRequest::default()
            }
            .encode_to_vec(),
            "SubmitRun" => SubmitRunRequest {
                kind: text("fibonacci"),
                items: vec![text("{\"iterations\": 1}")],
                ..SubmitRunRequest::default()
            }
            .encode_to_vec(),
            "GetRun" => GetRunRequest { id: nothing }.encode_to_vec(),
            "CancelRun" => CancelRunRequest { id: nothing }.encode_to_vec(),
            "CreateProduct" => CreateProductRequest {
                name: text("product"),
                category: text(CATEGORY),
                price_text: text("1.00"),
                ..CreateProductRequest::default()
            }
            .encode_to_vec(),
            "Register" => RegisterRequest {
                worker: text("worker"),
                kinds: vec![Kind { name: text("errand"), version: 1, ..Kind::default() }],
                ..RegisterRequest::default()
            }
            .encode_to_vec(),
            "Claim" => ClaimRequest {
                worker: text("worker"),
                kinds: vec![KindRef { name: text("errand"), version: 1 }],
                max_tasks: 1,
                ..ClaimRequest::default()
            }
            .encode_to_vec(),
            "Heartbeat" => HeartbeatRequest { lease: nothing, ..HeartbeatRequest::default() }.encode_to_vec(),
            "AppendOutput" => {
                AppendOutputRequest { lease: nothing, ..AppendOutputRequest::default() }.encode_to_vec()
            }
            _ => Vec::new(),
        }
    }
}

fn every_method() -> Vec<Endpoint> {
    owners().iter().flat_map(|owner| methods(owner)).chain([health(), reflection()]).collect()
}

/// The methods of a contract or a crate of the platform.
fn methods(owner: &str) -> Vec<Endpoint> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(owner).join("proto");
    let files: Vec<PathBuf> = walkdir::WalkDir::new(&root)
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "proto"))
        .collect();
    assert!(!files.is_empty(), "{owner} has no protocol");
    let compiled = protox::compile(files, [root]).unwrap();
    let services =
        compiled.file.iter().flat_map(|file| file.service.iter().map(move |it| (file.package(), it)));
    let paths = services.flat_map(|(package, service)| {
        service.method.iter().map(move |method| format!("/{package}.{}/{}", service.name(), method.name()))
    });
    paths.map(call).collect()
}

/// Everything that has a protocol.
fn owners() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = ["contracts", "platform"].map(|folder| (folder, root.join(folder).read_dir().unwrap()));
    let crates = folders.into_iter().flat_map(|(folder, entries)| {
        entries.map(move |entry| format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap()))
    });
    let mut owners: Vec<String> = crates.filter(|owner| root.join(owner).join("proto").is_dir()).collect();
    owners.sort_unstable();
    owners
}

/// Probes, which every service answers beside its own methods.
fn health() -> Endpoint {
    call("/grpc.health.v1.Health/Check".to_owned())
}

/// What tools ask every service.
fn reflection() -> Endpoint {
    call("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo".to_owned())
}

fn call(path: String) -> Endpoint {
    Endpoint { method: CALL.to_owned(), path, body: None, headers: Vec::new(), open: false }
}

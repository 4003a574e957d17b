//! A guarded echo server and the ways to reach it.

use std::{convert::Infallible, sync::Arc, time::Duration};

use http::{HeaderMap, Method, header::AUTHORIZATION};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use metier_core::{
    Authenticate, BoxFuture, Clock, CorrelationId, Ctx, Fault, FaultKind, Random, Secret, Timestamp,
};
use metier_rpc::{ClientLayer, Guard, GuardOptions, Link, RemoteOptions};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, UnixListener},
    task::JoinSet,
};
use tonic::service::Routes;

use crate::echo::{
    Echo,
    v1::{echo_client::EchoClient, echo_server::EchoServer},
};

/// The way from the caller to the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    InProcess,
    Tcp,
    Unix,
}

/// A running echo server.
pub struct Peer {
    pub echo: Echo,
    pub link: Link,
    pub clock: Clock,
    _folder: tempfile::TempDir,
    _tasks: JoinSet<()>,
}

pub const TOKEN: &str = "good";

/// Knows one token.
pub struct OneToken;

impl Authenticate for OneToken {
    fn authenticate<'a>(
        &'a self,
        headers: &'a HeaderMap,
        method: &'a Method,
        correlation: CorrelationId,
    ) -> BoxFuture<'a, Result<Ctx, Fault>> {
        assert_eq!(method, Method::POST);
        let answer = match headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap()) {
            None => Ok(Ctx::anonymous(correlation)),
            Some("Bearer good") => Ok(Ctx::service("caller", correlation)),
            Some(_) => Err(Fault::new(FaultKind::Unauthenticated, "token_expired", "sign in again")),
        };
        Box::pin(std::future::ready(answer))
    }
}

pub fn clock() -> Clock {
    Clock::manual(Timestamp::from_seconds(1_000_000))
}

pub fn guard(echo: &Echo, adjust: impl FnOnce(&mut GuardOptions)) -> Guard {
    let mut options = GuardOptions::new(Arc::new(OneToken), clock(), Random::seeded(1));
    adjust(&mut options);
    Guard::new(Routes::new(EchoServer::new(echo.clone())), options)
}

/// Serves one connection until it ends.
pub async fn serve(guard: Guard, io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let service = TowerToHyperService::new(guard);
    let _ended = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(io), service).await;
}

/// Serves every connection, and drops them all when it is dropped.
pub async fn serve_tcp(listener: TcpListener, guard: Guard) -> Infallible {
    let mut connections = JoinSet::new();
    loop {
        let (io, _peer) = listener.accept().await.unwrap();
        connections.spawn(serve(guard.clone(), io));
    }
}

async fn serve_unix(listener: UnixListener, guard: Guard) -> Infallible {
    let mut connections = JoinSet::new();
    loop {
        let (io, _peer) = listener.accept().await.unwrap();
        connections.spawn(serve(guard.clone(), io));
    }
}

impl Peer {
    pub async fn start(way: Way, adjust: impl FnOnce(&mut GuardOptions)) -> Self {
        let (echo, mut tasks) = (Echo::default(), JoinSet::new());
        let guard = guard(&echo, adjust);
        let folder = tempfile::tempdir().unwrap();
        let link = match way {
            Way::InProcess => Link::in_process(guard),
            Way::Tcp => {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let address = format!("http://{}", listener.local_addr().unwrap());
                tasks.spawn(async move { match serve_tcp(listener, guard).await {} });
                Link::remote(&address, &RemoteOptions::default()).unwrap()
            }
            Way::Unix => {
                let path = folder.path().join("rpc.sock");
                let listener = UnixListener::bind(&path).unwrap();
                tasks.spawn(async move { match serve_unix(listener, guard).await {} });
                Link::remote(&format!("unix://{}", path.display()), &RemoteOptions::default()).unwrap()
            }
        };
        Self { echo, link, clock: clock(), _folder: folder, _tasks: tasks }
    }

    /// A client that shows the good token.
    pub fn client(&self) -> EchoClient<Link> {
        self.client_showing(TOKEN)
    }

    pub fn client_showing(&self, token: &str) -> EchoClient<Link> {
        EchoClient::new(self.link.clone().layer(&self.layer(token)))
    }

    /// A client that adds nothing of its own.
    pub fn bare_client(&self) -> EchoClient<Link> {
        EchoClient::new(self.link.clone())
    }

    pub fn layer(&self, token: &str) -> ClientLayer {
        let tokens = Arc::new(Secret::new(token.to_owned()));
        ClientLayer::new(tokens, self.clock.clone(), Random::seeded(2))
    }

    /// A context that gives up after this long.
    pub fn ctx_for(&self, wait: Duration) -> Ctx {
        let mut ctx = Ctx::service("caller", "the-correlation".parse().unwrap());
        ctx.deadline = Some(self.clock.now().plus(wait));
        ctx
    }
}

/// Runs a test over each way; the last line printed names the way that failed.
pub async fn on_every_way(test: impl AsyncFn(Peer)) {
    with_limits(|_options| {}, test).await;
}

pub async fn with_limits(adjust: impl Fn(&mut GuardOptions), test: impl AsyncFn(Peer)) {
    for way in [Way::InProcess, Way::Tcp, Way::Unix] {
        println!("over {way:?}");
        test(Peer::start(way, &adjust).await).await;
    }
}

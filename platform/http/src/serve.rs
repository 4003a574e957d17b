//! The server: HTTP/1 and HTTP/2 on one listener, with or without TLS, bounded, stopped softly and then hard.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    serve::{Listener, ListenerExt},
};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto::Builder,
        graceful::{GracefulShutdown, Watcher},
    },
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::Certificates;

/// Where the server's limits lie.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Connections at a time; further ones wait to be accepted.
    pub connections: usize,
    /// What to speak TLS with; plain HTTP when there is none.
    pub certificates: Option<Certificates>,
    /// How long a client may take for the handshake, to send the head of a request, and to be idle on HTTP/1.
    pub head_timeout: Duration,
    /// Headers of a request on HTTP/1.
    pub headers: usize,
    /// Bytes of a request's head.
    pub head_bytes: usize,
    /// Requests at a time on one HTTP/2 connection.
    pub streams: u32,
    /// How often an HTTP/2 connection is probed, idle or not.
    pub keep_alive: Duration,
    /// How long running requests may go on once the server stops.
    pub grace: Duration,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            connections: 4_096,
            certificates: None,
            head_timeout: Duration::from_secs(30),
            headers: 100,
            head_bytes: 64 * 1024,
            streams: 256,
            keep_alive: Duration::from_secs(30),
            grace: Duration::from_secs(10),
        }
    }
}

/// A listener whose connections send small answers at once.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn bind(address: SocketAddr) -> io::Result<impl Listener<Io = TcpStream, Addr = SocketAddr>> {
    let listener = TcpListener::bind(address).await?;
    Ok(listener.tap_io(|io| {
        if let Err(error) = io.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY on a connection");
        }
    }))
}

/// Serves until `shutdown`, then lets running requests end within the grace, then cuts them. Dropping the
/// future cuts them at once.
///
/// Handlers find the peer's address as [`ConnectInfo`].
pub async fn serve<L>(
    mut listener: L,
    app: Router,
    options: &ServeOptions,
    shutdown: impl Future<Output = ()> + Send,
) where
    L: Listener<Io = TcpStream>,
    L::Addr: Clone + Send + Sync + 'static,
{
    let builder = Arc::new(builder(options));
    let slots = Arc::new(Semaphore::new(options.connections));
    let (graceful, mut connections) = (GracefulShutdown::new(), JoinSet::new());
    let stopping = CancellationToken::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        while connections.try_join_next().is_some() {}
        let accepted = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, (io, peer)) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut shutdown => break,
        };
        let connection =
            Connection { app: app.clone(), peer, builder: Arc::clone(&builder), watcher: graceful.watcher() };
        let handshake = options.certificates.clone().map(|certificates| Handshake {
            certificates,
            patience: options.head_timeout,
            stopping: stopping.clone(),
        });
        connections.spawn(async move {
            let _slot = slot;
            match handshake {
                None => connection.serve(io).await,
                Some(handshake) => {
                    if let Some(io) = handshake.shake(io).await {
                        connection.serve(io).await;
                    }
                }
            }
        });
    }
    drop(listener);
    stopping.cancel();
    if timeout(options.grace, graceful.shutdown()).await.is_err() {
        tracing::warn!(connections = connections.len(), "cut connections that outlasted the grace");
    }
    connections.shutdown().await;
}

fn builder(options: &ServeOptions) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(options.head_timeout)
        .max_headers(options.headers)
        .max_buf_size(options.head_bytes);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(options.keep_alive)
        .max_concurrent_streams(options.streams)
        .max_header_list_size(u32::try_from(options.head_bytes).unwrap_or(u32::MAX));
    builder
}

/// What stands before the first byte of HTTP when TLS is spoken.
struct Handshake {
    certificates: Certificates,
    patience: Duration,
    stopping: CancellationToken,
}

impl Handshake {
    /// The connection as HTTP sees it; none when the client does not come that far.
    async fn shake(self, io: TcpStream) -> Option<TlsStream<TcpStream>> {
        let shaken = tokio::select! {
            shaken = timeout(self.patience, self.certificates.accept(io)) => shaken,
            () = self.stopping.cancelled() => return None,
        };
        match shaken {
            Ok(Ok(io)) => return Some(io),
            Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
            Err(_elapsed) => tracing::debug!("a handshake took too long"),
        }
        metrics::counter!("metier_http_handshakes_failed_total").increment(1);
        None
    }
}

/// A client, and what answers it.
struct Connection<A> {
    app: Router,
    peer: A,
    builder: Arc<Builder<TokioExecutor>>,
    watcher: Watcher,
}

impl<A: Clone + Send + Sync + 'static> Connection<A> {
    async fn serve(self, io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let service = with_peer(self.app, self.peer);
        let connection = self.builder.serve_connection(TokioIo::new(io), service).into_owned();
        if let Err(error) = self.watcher.watch(connection).await {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

fn with_peer<A: Clone + Send + Sync + 'static>(
    app: Router,
    peer: A,
) -> impl hyper::service::Service<
    http::Request<Incoming>,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future: Send + 'static,
> + Clone {
    hyper::service::service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer.clone()));
        app.clone().oneshot(request.map(Body::new))
    })
}

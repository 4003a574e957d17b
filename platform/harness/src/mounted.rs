//! What a service has put together: its doors, its loops, its health checks.

use std::{borrow::Cow, fmt, sync::Arc};

use metier_core::{Authenticate, BoxFuture, Fault};
use metier_http::Certificates;
use tokio_util::sync::CancellationToken;
use tonic::{body::Body, server::NamedService, service::Routes};
use utoipa_axum::router::OpenApiRouter;

use crate::Gauges;

/// A built service. Start from [`Mounted::default`], which offers nothing.
#[derive(Default)]
pub struct Mounted {
    /// Its HTTP routes with their description, paths in full (`/api/v1/...`).
    pub http: OpenApiRouter,
    /// Its gRPC services.
    pub rpc: Routes,
    /// What its protocols say, each an encoded set of descriptors, for tools that ask.
    pub descriptors: Vec<&'static [u8]>,
    /// What runs in the background.
    pub loops: Vec<Loop>,
    /// What has to hold for it to be ready.
    pub health: Vec<HealthCheck>,
    /// Numbers that are looked up when somebody reads the metrics.
    pub gauges: Vec<Gauges>,
    /// Who knows its callers, when it takes other credentials than services do: the public door.
    pub authenticate: Option<Arc<dyn Authenticate>>,
    /// What its door speaks TLS with; plain HTTP when there is none.
    pub certificates: Option<Certificates>,
}

impl Mounted {
    /// The same with these HTTP routes added.
    #[must_use]
    pub fn with_http(mut self, routes: OpenApiRouter) -> Self {
        self.http = self.http.merge(routes);
        self
    }

    /// The same with this gRPC service added.
    #[must_use]
    pub fn with_rpc<S>(mut self, service: S) -> Self
    where
        S: tower::Service<http::Request<Body>, Error = std::convert::Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Response: axum::response::IntoResponse,
        S::Future: Send + 'static,
    {
        self.rpc = self.rpc.add_service(service);
        self
    }

    /// The same, telling tools that ask what these protocols say.
    #[must_use]
    pub fn with_descriptors(mut self, descriptors: &'static [u8]) -> Self {
        self.descriptors.push(descriptors);
        self
    }

    /// The same with this loop added.
    #[must_use]
    pub fn with_loop(mut self, added: Loop) -> Self {
        self.loops.push(added);
        self
    }

    /// The same with this health check added.
    #[must_use]
    pub fn with_health(mut self, check: HealthCheck) -> Self {
        self.health.push(check);
        self
    }

    /// The same with these numbers looked up when somebody reads the metrics.
    #[must_use]
    pub fn with_gauges(mut self, gauges: Gauges) -> Self {
        self.gauges.push(gauges);
        self
    }

    /// The same, its callers known by `authenticate` instead of by the tokens services take.
    #[must_use]
    pub fn with_authenticate(mut self, authenticate: Arc<dyn Authenticate>) -> Self {
        self.authenticate = Some(authenticate);
        self
    }

    /// The same, its door speaking TLS when there are certificates.
    #[must_use]
    pub fn with_certificates(mut self, certificates: Option<Certificates>) -> Self {
        self.certificates = certificates;
        self
    }
}

impl fmt::Debug for Mounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Mounted");
        shown.field("loops", &self.loops).field("health", &self.health).finish_non_exhaustive()
    }
}

/// Work in the background, watched: when it ends, fails or panics it is started again after a pause, and
/// the service is degraded until it has run quietly for a while.
#[derive(Clone)]
pub struct Loop {
    pub(crate) name: Cow<'static, str>,
    pub(crate) start: Arc<dyn Fn(CancellationToken) -> BoxFuture<'static, Result<(), Fault>> + Send + Sync>,
}

impl Loop {
    /// A loop that `start` begins, and begins again. It has to end soon after the token is cancelled, and
    /// to re-read the database at each start: it can be killed at any line.
    pub fn new<F>(
        name: impl Into<Cow<'static, str>>,
        start: impl Fn(CancellationToken) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), Fault>> + Send + 'static,
    {
        Self { name: name.into(), start: Arc::new(move |stop| Box::pin(start(stop))) }
    }
}

impl fmt::Debug for Loop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Loop").field(&self.name).finish()
    }
}

/// One question whose answer decides whether the service is ready.
#[derive(Clone)]
pub struct HealthCheck {
    pub(crate) name: Cow<'static, str>,
    pub(crate) check: Arc<dyn Fn() -> BoxFuture<'static, Result<(), Fault>> + Send + Sync>,
}

impl HealthCheck {
    /// A check that may take a second or two and changes nothing.
    pub fn new<F>(name: impl Into<Cow<'static, str>>, check: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), Fault>> + Send + 'static,
    {
        Self { name: name.into(), check: Arc::new(move || Box::pin(check())) }
    }
}

impl fmt::Debug for HealthCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HealthCheck").field(&self.name).finish()
    }
}

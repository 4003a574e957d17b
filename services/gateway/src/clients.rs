//! What one client may ask at a time, how much in the long run, and how fast it may try to sign in.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    RequestExt,
    body::{Body, HttpBody},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use http_body_util::BodyExt;
use ipnet::IpNet;
use metier_core::{Actor, ApiKeyId, Clock, Ctx, Fault, FaultKind, RunId, UserId};
use metier_http::{Caller, Problem};

use crate::{
    address::{client_address, client_network},
    config::Config,
    domain::{
        pace::Pace,
        paces::{Allowance, Paces},
        routes,
    },
};

/// How many requests may come at once.
pub const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
/// How many may still come now.
pub const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
/// In how many seconds all may come again.
pub const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// Knows who asks how much. Clones share it.
#[derive(Clone)]
pub struct Clients(Arc<Inner>);

struct Inner {
    clock: Clock,
    trusted: Vec<IpNet>,
    concurrent: usize,
    working: Mutex<HashMap<IpAddr, usize>>,
    asking: Mutex<Paces<Asker>>,
    signing_in: Mutex<Paces<IpAddr>>,
}

/// Whose requests count together: wherever somebody is signed in, theirs; else those of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Asker {
    User(UserId),
    Key(ApiKeyId),
    Run(RunId),
    Network(IpAddr),
}

impl Asker {
    fn of(ctx: Option<&Ctx>, network: IpAddr) -> Self {
        match ctx.map(|ctx| &ctx.actor) {
            Some(Actor::User { id }) => Self::User(*id),
            Some(Actor::ApiKey { id, .. }) => Self::Key(*id),
            Some(Actor::Run { id, .. }) => Self::Run(*id),
            Some(Actor::Anonymous | Actor::Service { .. }) | None => Self::Network(network),
        }
    }
}

/// The address of the client, for who passes it on.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl Clients {
    /// Limits as configured.
    pub fn new(config: &Config, clock: Clock) -> Self {
        let limits = &config.limits;
        Self(Arc::new(Inner {
            clock,
            trusted: config.trusted_proxies.clone(),
            concurrent: limits.concurrent_per_client,
            working: Mutex::default(),
            asking: paces(limits.requests_burst, limits.requests_per_minute),
            signing_in: paces(limits.sign_in_burst, limits.sign_in_per_minute),
        }))
    }

    fn begin(&self, network: IpAddr) -> Result<Working, Fault> {
        let mut working = self.0.working.lock().unwrap_or_else(PoisonError::into_inner);
        let count = working.entry(network).or_default();
        if *count >= self.0.concurrent {
            let message = "too many requests at a time from this address";
            return Err(rate_limited(message, Duration::from_secs(1)));
        }
        *count += 1;
        Ok(Working { clients: self.clone(), network })
    }

    fn try_sign_in(&self, network: IpAddr) -> Result<(), Fault> {
        let mut known = self.0.signing_in.lock().unwrap_or_else(PoisonError::into_inner);
        let admitted = known.admit(network, self.0.clock.now());
        admitted
            .map(drop)
            .map_err(|wait| rate_limited("too many attempts to sign in from this address", wait))
    }

    fn ask(&self, asker: Asker) -> Result<Allowance, Fault> {
        let mut known = self.0.asking.lock().unwrap_or_else(PoisonError::into_inner);
        let admitted = known.admit(asker, self.0.clock.now());
        admitted.map_err(|wait| rate_limited("too many requests of this client", wait))
    }

    /// Lets a call that is not a request of the API in, counting it as one.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn admit_call(&self, request: &Request) -> Result<(), Fault> {
        let network = client_address(request, &self.0.trusted);
        let asker = Asker::of(request.extensions().get::<Ctx>(), of_client(network));
        self.ask(asker).map(drop).inspect_err(|_| refused())
    }
}

fn paces<K: Eq + std::hash::Hash>(burst: u32, per_minute: u32) -> Mutex<Paces<K>> {
    Mutex::new(Paces::new(Pace::new(burst, per_minute)))
}

/// Without a network between (a test, a Unix socket) all are one client.
fn of_client(address: Option<IpAddr>) -> IpAddr {
    address.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), client_network)
}

fn refused() {
    metrics::counter!("metier_gateway_rate_limited_total").increment(1);
}

fn rate_limited(message: &str, wait: Duration) -> Fault {
    Fault::new(FaultKind::RateLimited, "rate_limited", message).retry_after(wait)
}

/// One request at work, until it is dropped.
struct Working {
    clients: Clients,
    network: IpAddr,
}

impl Drop for Working {
    fn drop(&mut self) {
        let mut working = self.clients.0.working.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = working.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                working.remove(&self.network);
            }
        }
    }
}

/// Lets a request in when its client does not ask too much. It counts until its answer was read to the end.
pub async fn admit(State(clients): State<Clients>, mut request: Request, next: Next) -> Response {
    let address = client_address(&request, &clients.0.trusted);
    if let Some(address) = address {
        request.extensions_mut().insert(ClientAddress(address));
    }
    let network = of_client(address);
    let caller = request.extract_parts::<Caller>().await.ok();
    let asker = Asker::of(caller.as_ref().map(|Caller(ctx)| ctx), network);
    let signs_in = request.method() == Method::POST && routes::is_guessable(request.uri().path());
    let admitted = clients.begin(network).and_then(|working| {
        if signs_in {
            clients.try_sign_in(network)?;
        }
        Ok((working, clients.ask(asker)?))
    });
    match admitted {
        Ok((working, allowance)) => {
            let mut response = hold(next.run(request).await, working);
            tell(response.headers_mut(), allowance);
            response
        }
        Err(fault) => {
            refused();
            Problem(fault).into_response()
        }
    }
}

/// What is left to the client. Times are whole seconds, rounded up.
fn tell(headers: &mut HeaderMap, allowance: Allowance) {
    let seconds = allowance.whole_in.as_millis().div_ceil(1_000);
    let told = [
        (LIMIT, u128::from(allowance.limit)),
        (REMAINING, u128::from(allowance.remaining)),
        (RESET, seconds),
    ];
    for (name, number) in told {
        if let Ok(value) = HeaderValue::try_from(number.to_string()) {
            headers.insert(name, value);
        }
    }
}

/// Ties the request's place to the body of its answer.
fn hold(response: Response, working: Working) -> Response {
    if response.body().is_end_stream() {
        return response;
    }
    response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _held = &working;
            frame
        }))
    })
}

//! What one client may ask at a time, and how fast it may try to sign in.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::{Body, HttpBody},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::Method;
use http_body_util::BodyExt;
use ipnet::IpNet;
use metier_core::{Clock, Fault, FaultKind, Timestamp};
use metier_http::Problem;

use crate::{
    address::{client_address, client_network},
    config::Config,
    domain::{pace::Pace, routes},
};

/// Clients whose pace is remembered; beyond it those who may ask again are forgotten first.
const REMEMBERED: usize = 10_000;

/// Knows who asks how much. Clones share it.
#[derive(Clone)]
pub struct Clients(Arc<Inner>);

struct Inner {
    clock: Clock,
    trusted: Vec<IpNet>,
    concurrent: usize,
    pace: Pace,
    working: Mutex<HashMap<IpAddr, usize>>,
    signing_in: Mutex<HashMap<IpAddr, Timestamp>>,
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
            pace: Pace::new(limits.sign_in_burst, limits.sign_in_per_minute),
            working: Mutex::default(),
            signing_in: Mutex::default(),
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
        let now = self.0.clock.now();
        let mut known = self.0.signing_in.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.retain(|_, whole_at| *whole_at > now);
        }
        let whole_at = known.get(&network).copied().unwrap_or(Timestamp::EPOCH);
        let next = self.0.pace.admit(whole_at, now);
        let next =
            next.map_err(|wait| rate_limited("too many attempts to sign in from this address", wait))?;
        known.insert(network, next);
        Ok(())
    }
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
    // Without a network between (a test, a Unix socket) all are one client.
    let network = address.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), client_network);
    let signs_in = request.method() == Method::POST && routes::is_guessable(request.uri().path());
    let admitted = clients.begin(network).and_then(|working| {
        if signs_in {
            clients.try_sign_in(network)?;
        }
        Ok(working)
    });
    match admitted {
        Ok(working) => hold(next.run(request).await, working),
        Err(fault) => {
            metrics::counter!("metier_gateway_rate_limited_total").increment(1);
            Problem(fault).into_response()
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

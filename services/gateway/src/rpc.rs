//! Passing gRPC calls on: the worker protocol and the public contracts, streams included.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::Response,
};
use http::{
    HeaderValue,
    header::{AUTHORIZATION, COOKIE},
};
use metier_contract_identity::forwarded::{CLIENT_ADDRESS_HEADER, GATEWAY_TOKEN_HEADER};
use metier_core::{Ctx, Fault};
use metier_rpc::{CORRELATION_HEADER, Link};
use tonic::{Status, service::Routes};
use tower::ServiceExt;

use crate::{clients::Clients, domain::routes, door::Door};

/// The ways to the services that may be called.
#[derive(Clone)]
struct Calls {
    door: Door,
    clients: Clients,
    links: Arc<HashMap<&'static str, Link>>,
}

/// Routes that pass on what is public and know nothing else. The links must show nobody's token but the one
/// the call carries: a link of the door's own would make anybody as powerful as a service.
pub fn routes(door: Door, clients: Clients, links: HashMap<&'static str, Link>) -> Routes {
    let calls = Calls { door, clients, links: Arc::new(links) };
    Routes::from(Router::new().fallback(pass).with_state(calls))
}

async fn pass(State(calls): State<Calls>, request: Request) -> Response {
    let answer = calls.forward(request).await;
    answer.unwrap_or_else(Status::into_http).map(Body::new)
}

impl Calls {
    async fn forward(&self, mut request: Request) -> Result<http::Response<tonic::body::Body>, Status> {
        let service = routes::service_of_call(request.uri().path());
        let link = service.and_then(|service| self.links.get(service)).cloned();
        let link = link.ok_or_else(|| Status::unimplemented("there is no such service"))?;
        self.clients.admit_call(&request).map_err(metier_rpc::status)?;
        let bearer = self.door.bearer(request.headers()).await.map_err(metier_rpc::status)?;
        let correlation = request.extensions().get::<Ctx>().map(|ctx| ctx.correlation.to_string());
        let headers = request.headers_mut();
        for name in [CLIENT_ADDRESS_HEADER, GATEWAY_TOKEN_HEADER, AUTHORIZATION.as_str(), COOKIE.as_str()] {
            headers.remove(name);
        }
        if let Some(token) = bearer {
            headers.insert(AUTHORIZATION, value(&format!("Bearer {}", token.expose()))?);
        }
        if let Some(correlation) = correlation {
            headers.insert(CORRELATION_HEADER, value(&correlation)?);
        }
        link.oneshot(request.map(tonic::body::Body::new)).await
    }
}

fn value(text: &str) -> Result<HeaderValue, Status> {
    let mut value =
        HeaderValue::try_from(text).map_err(|error| metier_rpc::status(Fault::internal(error)))?;
    value.set_sensitive(true);
    Ok(value)
}

//! Passing a request on to the service that answers it, and its answer back. Bodies stream both ways.
//!
//! What a client must not be able to say of itself is taken out; what the door found out is put in.

use std::sync::Arc;

use axum::{
    RequestPartsExt,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderValue,
    header::{AUTHORIZATION, CONTENT_LENGTH, COOKIE},
    request::Parts,
};
use metier_contract_identity::{
    SERVICE as IDENTITY,
    forwarded::{CLIENT_ADDRESS_HEADER, GATEWAY_TOKEN_HEADER},
};
use metier_core::{Fault, FaultKind, Secret, TokenSource};
use metier_http::{BodyLimit, Caller, HttpLink, Problem};

use crate::{clients::ClientAddress, domain::routes, door::Door};

/// The way to one service.
#[derive(Clone)]
pub struct Passage {
    /// Who answers.
    pub service: &'static str,
    /// The way there.
    pub link: HttpLink,
    /// Who knows the callers.
    pub door: Door,
    /// The door's own tokens for the service, where it is told the client's address.
    pub own_tokens: Arc<dyn TokenSource>,
}

/// Passes the request on.
pub async fn pass(State(passage): State<Passage>, request: Request) -> Response {
    match passage.prepare(request).await {
        Ok(request) => passage.link.send(request).await,
        Err(problem) => problem.into_response(),
    }
}

impl Passage {
    async fn prepare(&self, request: Request) -> Result<Request, Problem> {
        let (mut parts, body) = request.into_parts();
        check_length(&parts)?;
        let token = match parts.extract::<Caller>().await {
            Ok(_caller) => self.door.bearer(&parts.headers).await?,
            // An expired cookie must not keep anybody from signing in again.
            Err(_refused) if routes::is_sign_in(parts.uri.path()) => None,
            Err(refused) => return Err(refused),
        };
        let address = parts.extensions.get::<ClientAddress>().copied();
        self.mark(&mut parts.headers, token, address).await?;
        Ok(Request::from_parts(parts, body))
    }

    async fn mark(
        &self,
        headers: &mut HeaderMap,
        token: Option<Secret<String>>,
        address: Option<ClientAddress>,
    ) -> Result<(), Fault> {
        for name in [CLIENT_ADDRESS_HEADER, GATEWAY_TOKEN_HEADER, AUTHORIZATION.as_str()] {
            headers.remove(name);
        }
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, secret(&format!("Bearer {}", token.expose()))?);
        }
        if self.service != IDENTITY {
            headers.remove(COOKIE);
            return Ok(());
        }
        if let Some(ClientAddress(address)) = address {
            headers.insert(CLIENT_ADDRESS_HEADER, secret(&address.to_string())?);
            headers.insert(GATEWAY_TOKEN_HEADER, secret(self.own_tokens.token().await?.expose())?);
        }
        Ok(())
    }
}

/// A body that says it is too long is refused before any of it is read; one that does not say is cut later.
fn check_length(parts: &Parts) -> Result<(), Fault> {
    let Some(BodyLimit(limit)) = parts.extensions.get::<BodyLimit>().copied() else { return Ok(()) };
    let length =
        parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > limit) {
        let message = format!("the body is over the limit of {limit} bytes");
        return Err(Fault::new(FaultKind::TooLarge, "body_too_large", message));
    }
    Ok(())
}

fn secret(text: &str) -> Result<HeaderValue, Fault> {
    let mut value = HeaderValue::try_from(text).map_err(Fault::internal)?;
    value.set_sensitive(true);
    Ok(value)
}

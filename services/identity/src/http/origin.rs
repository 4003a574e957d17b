//! From where a request comes: the address the gateway saw, and what the client says of itself.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::extract::{ConnectInfo, FromRequestParts};
use cookie::Cookie;
use http::{
    HeaderMap, HeaderValue, Method,
    header::{AUTHORIZATION, COOKIE, USER_AGENT},
    request::Parts,
};
use metier_contract_identity::forwarded::{CLIENT_ADDRESS_HEADER, GATEWAY, GATEWAY_TOKEN_HEADER};
use metier_core::{Actor, CorrelationId, Secret};

use super::{Web, answer::DEVICE_COOKIE};
use crate::domain::session::Origin;

/// The origin as headers and connection tell it; the body may add to it.
pub(crate) struct From(pub(crate) Origin);

impl FromRequestParts<Web> for From {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let address = forwarded(parts, web).await.or(peer);
        let label = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let device = cookie(&parts.headers, DEVICE_COOKIE);
        Ok(Self(Origin { address, label, device }))
    }
}

/// Believed only beside the gateway's own token.
async fn forwarded(parts: &Parts, web: &Web) -> Option<IpAddr> {
    let address = parts.headers.get(CLIENT_ADDRESS_HEADER)?.to_str().ok()?.parse().ok()?;
    let token = parts.headers.get(GATEWAY_TOKEN_HEADER)?.to_str().ok()?;
    let shown =
        HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::try_from(format!("Bearer {token}")).ok()?)]);
    let correlation = parts.extensions.get::<CorrelationId>()?.clone();
    let ctx = web.services.authenticate(&shown, &Method::POST, correlation).await.ok()?;
    matches!(&ctx.actor, Actor::Service { name } if name == GATEWAY).then_some(address)
}

/// The value of a cookie; of two with the same name, which a neighboring site can plant, neither counts.
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<Secret<String>> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let cookies = lines.flat_map(Cookie::split_parse).filter_map(Result::ok);
    let mut values = cookies.filter(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned());
    match (values.next(), values.next()) {
        (Some(value), None) if !value.is_empty() => Some(Secret::new(value)),
        _ => None,
    }
}

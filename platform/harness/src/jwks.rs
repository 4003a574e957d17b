//! Public keys from a peer: for a process that verifies tokens and holds no key to sign any.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use metier_auth::{Jwks, Verifier};
use metier_core::Fault;
use metier_http::HttpLink;

use crate::peers::Peers;

const PATH: &str = "/.well-known/jwks.json";
const MOST_BYTES: usize = 256 * 1024;

/// Verifies with the keys that the service `publisher` answers, asked again when a token names an unknown
/// one.
pub(crate) fn verifier(publisher: String, peers: Arc<Peers>) -> Verifier {
    Verifier::fetching(move || {
        let link = peers.ways(&publisher).map(|ways| ways.http.clone());
        async move { fetch(link?).await }
    })
}

async fn fetch(link: HttpLink) -> Result<Jwks, Fault> {
    let away = || Fault::unavailable("the public keys cannot be fetched");
    let request = Request::get(PATH).body(Body::empty()).map_err(Fault::internal)?;
    let answer = link.send(request).await;
    if answer.status() != StatusCode::OK {
        return Err(away().caused_by(format!("{PATH} answered {}", answer.status())));
    }
    let bytes = to_bytes(answer.into_body(), MOST_BYTES).await.map_err(|error| away().caused_by(error))?;
    serde_json::from_slice(&bytes).map_err(|error| away().caused_by(error))
}

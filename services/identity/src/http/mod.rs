//! The REST side. It translates; [`crate::ops`] decides.

mod answer;
mod api_keys;
mod auth;
mod bodies;
pub(crate) mod origin;
mod password;
mod roles;
mod sessions;
mod setup;
mod signing_keys;
mod users;

use std::sync::Arc;

use http::HeaderMap;
use metier_auth::{Credential, CsrfGuard, SessionCookies};
use metier_core::{Authenticate, SessionId};
use metier_db::KeyedRequest;
use metier_harness::Kit;
use metier_http::{Fingerprint, IdempotencyKey};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    graphql::{self, AuthSchema},
    ops::Identity,
};

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Web {
    pub(crate) identity: Identity,
    pub(crate) cookies: SessionCookies,
    pub(crate) graphql: AuthSchema,
    over_tls: bool,
    csrf: CsrfGuard,
    /// Knows the tokens of services, for what the gateway says of its clients.
    services: Arc<dyn Authenticate>,
}

impl Web {
    /// The session of the bearer token, if a person signed in with it.
    pub(crate) async fn session(&self, headers: &HeaderMap) -> Option<SessionId> {
        match Credential::find(headers) {
            Ok(Some(Credential::Bearer(token))) => self.identity.session_of(&token).await,
            _ => None,
        }
    }
}

/// Every route of the service.
pub(crate) fn router(identity: Identity, kit: &Kit) -> OpenApiRouter {
    let over_tls = kit.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    let cookies = if over_tls { SessionCookies::over_https() } else { SessionCookies::over_http() };
    let services = Arc::clone(&kit.authenticate);
    let graphql = graphql::schema();
    let web = Web { identity, cookies, graphql, over_tls, csrf: kit.csrf.clone(), services };
    OpenApiRouter::new()
        .routes(routes!(auth::login))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::logout))
        .routes(routes!(auth::register))
        .routes(routes!(auth::me))
        .routes(routes!(password::change))
        .routes(routes!(sessions::list))
        .routes(routes!(sessions::end))
        .routes(routes!(setup::set_up))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::get, users::update, users::delete))
        .routes(routes!(roles::list, roles::create))
        .routes(routes!(roles::get, roles::update, roles::delete))
        .routes(routes!(api_keys::list, api_keys::create))
        .routes(routes!(api_keys::get, api_keys::revoke))
        .routes(routes!(signing_keys::rotate))
        .routes(routes!(signing_keys::jwks))
        .routes(routes!(graphql::graphql))
        .with_state(web)
}

/// A create as the database remembers it, when it came with a key.
fn keyed(
    operation: &'static str,
    key: Option<&IdempotencyKey>,
    fingerprint: Fingerprint,
) -> Option<KeyedRequest> {
    let key = key?.as_str().to_owned();
    Some(KeyedRequest { operation, key, fingerprint: fingerprint.to_string() })
}

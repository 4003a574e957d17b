//! The one rule that lets a cookie speak for a person.
//!
//! A browser adds cookies to every request, also to those another site makes it send. So a request that
//! may change something (any method but GET, HEAD and OPTIONS, and any upgrade to a web socket) counts
//! only when one of these holds:
//!
//! 1. the browser itself says `sec-fetch-site: same-origin`; a page cannot set that header; or
//! 2. the header `x-metier-csrf` repeats the cookie `metier_csrf`, and that value is the HMAC of the
//!    session under a key of ours. Another site can neither read the cookie nor set the header, and a
//!    planted cookie fails the HMAC.
//!
//! A program that keeps cookies, but knows nothing of this, gets the cookie `Authentication` instead. It counts also when
//!
//! 3. the request has none of the headers that tell of a page: `origin`, `referer`, `sec-fetch-site`. A browser adds
//!    at least the first to every such request of another page, and no page can take it away. That cookie is
//!    `SameSite=Strict` besides, so a browser does not send it when another site asks.
//!
//! Bearer tokens need no such rule: no browser sends them by itself.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{
    Hmac, Mac,
    digest::{Key, KeyInit},
};
use http::{HeaderMap, Method, header};
use metier_core::{Fault, FaultKind, Secret, SessionId};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::{CSRF_COOKIE, cookies, service::derive};

/// The header that repeats the CSRF cookie.
pub const CSRF_HEADER: &str = "x-metier-csrf";

/// What a browser adds to the requests of a page.
const PAGE_HEADERS: [&str; 3] = ["origin", "referer", "sec-fetch-site"];

/// Makes and checks the values of the CSRF cookie.
#[derive(Clone)]
pub struct CsrfGuard(Secret<[u8; 32]>);

impl CsrfGuard {
    /// Replicas of the gateway agree on the values because they share the join secret.
    pub fn from_join_secret(secret: &Secret<String>) -> Self {
        Self(derive(secret, "metier csrf"))
    }

    /// The value that belongs to a session.
    pub fn value(&self, session: SessionId) -> String {
        let mut block = Key::<Hmac<Sha256>>::default();
        block[..32].copy_from_slice(self.0.expose());
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&block);
        mac.update(session.uuid().as_bytes());
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    /// Lets the request pass, or says why not.
    ///
    /// # Errors
    /// `csrf_refused` when a request that may change something shows neither proof.
    pub fn check(&self, method: &Method, headers: &HeaderMap, session: SessionId) -> Result<(), Fault> {
        if is_safe(method, headers) || is_same_origin(headers) || self.is_repeated(headers, session)? {
            return Ok(());
        }
        Err(Fault::new(
            FaultKind::Forbidden,
            "csrf_refused",
            format!("send the value of the cookie {CSRF_COOKIE} in the header {CSRF_HEADER}"),
        ))
    }

    /// The same for the cookie of a program, which may stand alone where no page can be behind the request.
    ///
    /// # Errors
    /// As [`CsrfGuard::check`].
    pub fn check_plain(&self, method: &Method, headers: &HeaderMap, session: SessionId) -> Result<(), Fault> {
        let upgrades = headers.contains_key(header::UPGRADE);
        if !upgrades && !PAGE_HEADERS.iter().any(|name| headers.contains_key(*name)) {
            return Ok(());
        }
        self.check(method, headers, session)
    }

    fn is_repeated(&self, headers: &HeaderMap, session: SessionId) -> Result<bool, Fault> {
        let Some(cookie) = cookies::find(headers, CSRF_COOKIE)? else { return Ok(false) };
        let Some(header) = headers.get(CSRF_HEADER) else { return Ok(false) };
        let expected = self.value(session);
        let equal = |value: &[u8]| bool::from(value.ct_eq(expected.as_bytes()));
        Ok(equal(cookie.as_bytes()) & equal(header.as_bytes()))
    }
}

impl fmt::Debug for CsrfGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CsrfGuard")
    }
}

fn is_safe(method: &Method, headers: &HeaderMap) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) && !headers.contains_key(header::UPGRADE)
}

fn is_same_origin(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin")
}

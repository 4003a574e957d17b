//! From the headers of a request to the one who asks.

use std::sync::Arc;

use http::{HeaderMap, Method, header};
use metier_core::{Authenticate, BoxFuture, Clock, CorrelationId, Ctx, Fault, FaultKind, Secret};

use crate::{ApiKey, Claims, CsrfGuard, PLAIN_COOKIE, SESSION_COOKIE, ServiceKeys, Verifier, cookies};

/// What a request shows to prove who asks.
#[derive(Debug)]
pub enum Credential {
    /// `authorization: Bearer <token>`.
    Bearer(Secret<String>),
    /// `authorization: Bearer mtr_...`; the gateway exchanges it for a token.
    ApiKey(ApiKey),
    /// A token in the session cookie.
    Cookie(Secret<String>),
    /// A token in the cookie of a program that keeps cookies.
    PlainCookie(Secret<String>),
}

impl Credential {
    /// Finds it. An `authorization` header hides the cookie.
    ///
    /// # Errors
    /// `token_invalid` when there are two, or a scheme that is not Bearer.
    pub fn find(headers: &HeaderMap) -> Result<Option<Self>, Fault> {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        match (values.next(), values.next()) {
            (None, _) => Self::cookie(headers),
            (Some(_), Some(_)) => Err(invalid("more than one authorization header")),
            (Some(value), None) => {
                let token = value.to_str().ok().and_then(bearer);
                Self::bearer(token.ok_or_else(|| invalid("the authorization header is not a bearer token"))?)
                    .map(Some)
            }
        }
    }

    fn cookie(headers: &HeaderMap) -> Result<Option<Self>, Fault> {
        if let Some(token) = cookies::find(headers, SESSION_COOKIE)? {
            return Ok(Some(Self::Cookie(Secret::new(token))));
        }
        let plain = cookies::find(headers, PLAIN_COOKIE)?;
        Ok(plain.map(|token| Self::PlainCookie(Secret::new(token))))
    }

    fn bearer(token: &str) -> Result<Self, Fault> {
        if !ApiKey::looks_like(token) {
            return Ok(Self::Bearer(Secret::new(token.to_owned())));
        }
        let key =
            ApiKey::parse(token).map_err(|error| invalid("the API key is not valid").caused_by(error))?;
        Ok(Self::ApiKey(key))
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn invalid(message: &str) -> Fault {
    Fault::new(FaultKind::Unauthenticated, "token_invalid", message)
}

/// Turns credentials into a context. By itself it takes user and run tokens as bearer only; cookies and
/// service tokens are taken where they belong: at the public door, and between services.
#[derive(Clone, Debug)]
pub struct Authenticator {
    verifier: Verifier,
    clock: Clock,
    cookies: Option<CsrfGuard>,
    services: Option<(ServiceKeys, Arc<str>)>,
}

impl Authenticator {
    /// Takes user and run tokens.
    pub fn new(verifier: Verifier, clock: Clock) -> Self {
        Self { verifier, clock, cookies: None, services: None }
    }

    /// Takes the session cookie too, under the rule of [`CsrfGuard`].
    #[must_use]
    pub fn with_cookies(mut self, guard: CsrfGuard) -> Self {
        self.cookies = Some(guard);
        self
    }

    /// Takes calls of other services to the service `name` too. Not for the public door.
    #[must_use]
    pub fn with_services(mut self, keys: ServiceKeys, name: &str) -> Self {
        self.services = Some((keys, name.into()));
        self
    }

    /// The claims behind the request, for those who need the session as well.
    ///
    /// # Errors
    /// `token_expired`, `token_invalid` or `csrf_refused`; `unavailable` when the keys cannot be fetched.
    pub async fn claims(&self, method: &Method, headers: &HeaderMap) -> Result<Option<Claims>, Fault> {
        match (Credential::find(headers)?, &self.cookies) {
            (None, _) | (Some(Credential::Cookie(_) | Credential::PlainCookie(_)), None) => Ok(None),
            (Some(Credential::Bearer(token)), _) => self.verify(token.expose()).await.map(Some),
            (Some(Credential::ApiKey(_)), _) => Err(invalid("API keys are only taken by the gateway")),
            (Some(Credential::Cookie(token)), Some(guard)) => {
                let claims = self.verify_user(token.expose()).await?;
                guard.check(method, headers, claims.session()?)?;
                Ok(Some(claims))
            }
            (Some(Credential::PlainCookie(token)), Some(guard)) => {
                let claims = self.verify_user(token.expose()).await?;
                guard.check_plain(method, headers, claims.session()?)?;
                Ok(Some(claims))
            }
        }
    }

    /// The claims of a token that did not come in a header: of a subscription, or exchanged for an API key.
    ///
    /// # Errors
    /// `token_expired` or `token_invalid`; `unavailable` when the keys cannot be fetched.
    pub async fn verify(&self, token: &str) -> Result<Claims, Fault> {
        match &self.services {
            Some((keys, name)) if ServiceKeys::made(token) => {
                keys.verify(token, name, self.clock.now()).map_err(Fault::from)
            }
            _ => self.verify_user(token).await,
        }
    }

    async fn verify_user(&self, token: &str) -> Result<Claims, Fault> {
        self.verifier.verify_fetching(token, self.clock.now()).await.map_err(Fault::from)
    }
}

impl Authenticate for Authenticator {
    fn authenticate<'a>(
        &'a self,
        headers: &'a HeaderMap,
        method: &'a Method,
        correlation: CorrelationId,
    ) -> BoxFuture<'a, Result<Ctx, Fault>> {
        Box::pin(async move {
            Ok(match self.claims(method, headers).await? {
                Some(claims) => claims.into_ctx(correlation),
                None => Ctx::anonymous(correlation),
            })
        })
    }
}

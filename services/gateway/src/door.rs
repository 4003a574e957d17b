//! Who comes in: a bearer token, an API key, or a browser's cookie.

use http::{HeaderMap, Method};
use metier_auth::{Authenticator, Credential};
use metier_core::{Authenticate, BoxFuture, CorrelationId, Ctx, Fault, Secret};

use crate::exchange::KeyExchange;

/// Knows everybody who may come in. Clones share it.
#[derive(Clone)]
pub struct Door {
    authenticator: Authenticator,
    keys: KeyExchange,
}

impl Door {
    /// Takes what this authenticator takes, and API keys.
    pub fn new(authenticator: Authenticator, keys: KeyExchange) -> Self {
        Self { authenticator, keys }
    }

    /// The token to pass on for credentials that were found good before; nothing for nobody.
    ///
    /// # Errors
    /// As [`Authenticate::authenticate`].
    pub async fn bearer(&self, headers: &HeaderMap) -> Result<Option<Secret<String>>, Fault> {
        match Credential::find(headers)? {
            None => Ok(None),
            Some(Credential::Bearer(token) | Credential::Cookie(token) | Credential::PlainCookie(token)) => {
                Ok(Some(token))
            }
            Some(Credential::ApiKey(key)) => self.keys.token(&key).await.map(Some),
        }
    }
}

impl Authenticate for Door {
    fn authenticate<'a>(
        &'a self,
        headers: &'a HeaderMap,
        method: &'a Method,
        correlation: CorrelationId,
    ) -> BoxFuture<'a, Result<Ctx, Fault>> {
        Box::pin(async move {
            match Credential::find(headers)? {
                Some(Credential::ApiKey(key)) => {
                    let token = self.keys.token(&key).await?;
                    Ok(self.authenticator.verify(token.expose()).await?.into_ctx(correlation))
                }
                _ => self.authenticator.authenticate(headers, method, correlation).await,
            }
        })
    }
}

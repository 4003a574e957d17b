//! The one question every door asks before it lets a request in, and the one thing every caller shows.
//!
//! They live here so that the doors (HTTP, gRPC) and the one who knows the keys need not know each other.

use std::pin::Pin;

use http::{HeaderMap, Method};

use crate::{CorrelationId, Ctx, Fault, Secret};

/// A future behind a pointer, so that a trait with one can be handed in as an object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Turns the credentials of a request into the context it runs in.
///
/// No credentials at all is not an error: the answer is [`Ctx::anonymous`], and [`Ctx::require`] refuses
/// later. Credentials that cannot be verified are an error, so that nobody acts with less than they think.
pub trait Authenticate: Send + Sync {
    /// Who sends this request. The method is given because a cookie alone may not authorize a change.
    ///
    /// # Errors
    /// `unauthenticated` and its finer codes when credentials are there and do not hold.
    fn authenticate<'a>(
        &'a self,
        headers: &'a HeaderMap,
        method: &'a Method,
        correlation: CorrelationId,
    ) -> BoxFuture<'a, Result<Ctx, Fault>>;
}

/// Where the bearer token of outgoing calls comes from: a service's own, or the one a claim minted for a run.
pub trait TokenSource: Send + Sync {
    /// A token that is still good for a while.
    ///
    /// # Errors
    /// When none can be had.
    fn token(&self) -> BoxFuture<'_, Result<Secret<String>, Fault>>;
}

/// The one token it was given, for as long as it lasts.
impl TokenSource for Secret<String> {
    fn token(&self) -> BoxFuture<'_, Result<Secret<String>, Fault>> {
        Box::pin(std::future::ready(Ok(self.clone())))
    }
}

//! What goes with every call: a token, the correlation id, the trace and the deadline, as metadata.

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderMap, HeaderValue, Request, Response, header::AUTHORIZATION};
use metier_core::{BoxFuture, Clock, CorrelationId, Ctx, Fault, Random, Timestamp, TokenSource};
use tokio::time::{Instant, timeout_at};
use tonic::{Status, body::Body};
use tower::{Layer, Service};

use crate::{CORRELATION_HEADER, Link, TraceContext, body, body::OwnError, deadline, outcome::Outcome};

/// A request made on behalf of a context: it carries on its correlation id and its deadline.
///
/// The identity is the link's, not the context's: who a service acts for is said by the token it shows.
pub fn request<T>(ctx: &Ctx, message: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    let carried = Carried { correlation: ctx.correlation.clone(), deadline: ctx.deadline };
    request.extensions_mut().insert(carried);
    request
}

/// Rides as an extension as far as the layer, which writes it down as metadata.
#[derive(Clone)]
struct Carried {
    correlation: CorrelationId,
    deadline: Option<Timestamp>,
}

/// Puts a token, the correlation id, the trace and the deadline on each call of a [`Link`].
///
/// Metadata that the caller set itself is kept. A call with a deadline ends by it in every part; one without
/// only has to begin answering within the patience, so a stream may run for ever.
#[derive(Clone)]
pub struct ClientLayer(Arc<Options>);

struct Options {
    tokens: Arc<dyn TokenSource>,
    clock: Clock,
    random: Random,
    patience: Duration,
}

impl ClientLayer {
    /// A layer that shows tokens of this source and waits 30 s for an answer to begin.
    pub fn new(tokens: Arc<dyn TokenSource>, clock: Clock, random: Random) -> Self {
        Self::with_patience(tokens, clock, random, Duration::from_secs(30))
    }

    /// The same with another patience.
    pub fn with_patience(
        tokens: Arc<dyn TokenSource>,
        clock: Clock,
        random: Random,
        patience: Duration,
    ) -> Self {
        Self(Arc::new(Options { tokens, clock, random, patience }))
    }
}

impl Layer<Link> for ClientLayer {
    type Service = Client;

    fn layer(&self, link: Link) -> Client {
        Client { link, options: Arc::clone(&self.0) }
    }
}

/// A [`Link`] under a [`ClientLayer`]; a link again once re-boxed by [`Link::layer`].
#[derive(Clone)]
pub struct Client {
    link: Link,
    options: Arc<Options>,
}

impl Service<Request<Body>> for Client {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Status>> {
        self.link.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let fresh = self.link.clone();
        let ready = std::mem::replace(&mut self.link, fresh);
        let options = Arc::clone(&self.options);
        Box::pin(async move { options.send(ready, request).await })
    }
}

impl Options {
    async fn send(&self, mut link: Link, request: Request<Body>) -> Result<Response<Body>, Status> {
        let outcome = Outcome::client(request.uri().path().to_owned());
        let (mut parts, body) = request.into_parts();
        let own_error = OwnError::default();
        let body = own_error.watch(body);
        self.mark(parts.extensions.remove::<Carried>(), &mut parts.headers);
        let until = deadline::read(&parts.headers).map_err(crate::status)?.map(|left| Instant::now() + left);
        let begin = async {
            self.show_token(&mut parts.headers).await?;
            link.call(Request::from_parts(parts, body)).await
        };
        let begun = timeout_at(until.unwrap_or_else(|| Instant::now() + self.patience), begin).await;
        let begun = begun.unwrap_or_else(|_elapsed| Err(deadline::exceeded()));
        match own_error.get().map_or(begun, Err) {
            Ok(response) => {
                Ok(body::guard(response.map(|body| own_error.explain(body)), until, outcome, None))
            }
            Err(status) => {
                outcome.ended(status.code());
                Err(status)
            }
        }
    }

    fn mark(&self, carried: Option<Carried>, headers: &mut HeaderMap) {
        let (correlation, due) = carried.map_or_else(
            || (CorrelationId::fresh(&self.clock, &self.random), None),
            |carried| (carried.correlation, carried.deadline),
        );
        let trace =
            TraceContext::current().unwrap_or_else(|| TraceContext::start(&correlation, &self.random));
        set_if_absent(headers, TraceContext::HEADER, trace.child(&self.random).header());
        set_if_absent(headers, CORRELATION_HEADER, HeaderValue::from_str(correlation.as_str()).ok());
        let left = due.map(|due| deadline::header(due.since(self.clock.now())));
        set_if_absent(headers, deadline::HEADER, left);
    }

    async fn show_token(&self, headers: &mut HeaderMap) -> Result<(), Status> {
        if headers.contains_key(AUTHORIZATION) {
            return Ok(());
        }
        let token = self.tokens.token().await.map_err(crate::status)?;
        let value = HeaderValue::try_from(format!("Bearer {}", token.expose()));
        let mut value = value.map_err(|error| crate::status(Fault::internal(error)))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
        Ok(())
    }
}

fn set_if_absent(headers: &mut HeaderMap, name: &'static str, value: Option<HeaderValue>) {
    if let (false, Some(value)) = (headers.contains_key(name), value) {
        headers.insert(name, value);
    }
}

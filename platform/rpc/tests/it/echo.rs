//! The service the tests talk to: it does what it is told and reports what it saw.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::{Stream, StreamExt, stream};
use metier_core::{Ctx, Fault, FaultKind, Violation};
use metier_rpc::{TraceContext, ctx, status};
use tokio::sync::Notify;
use tonic::{Request, Response, Status, Streaming};

pub mod v1 {
    tonic::include_proto!("metier.test.v1");
}
use v1::{SayReply, SayRequest, echo_server};

tokio::task_local! {
    /// Set by a caller; a handler must never see it.
    pub static CALLERS_SECRET: &'static str;
}

/// Set by a handler on its answer; a caller must never see it.
#[derive(Clone)]
pub struct HandlersSecret;

#[derive(Clone, Default)]
pub struct Echo {
    /// Told when a hanging handler is let go.
    pub dropped: Arc<Notify>,
    /// Told when a handler begins to hang.
    pub hanging: Arc<Notify>,
}

struct TellOnDrop(Arc<Notify>);

impl Drop for TellOnDrop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Echo {
    async fn hang(&self) -> Status {
        let _told = TellOnDrop(Arc::clone(&self.dropped));
        self.hanging.notify_one();
        std::future::pending().await
    }

    async fn then(&self, what: &str) -> Result<(), Status> {
        match what {
            "hang" => Err(self.hang().await),
            "panic" => panic!("the handler broke"),
            "fault" => Err(status(detailed())),
            _ => Ok(()),
        }
    }
}

/// A fault with everything a fault can carry.
pub fn detailed() -> Fault {
    let mut fault = Fault::new(FaultKind::RateLimited, "too_many_runs", "å much too fast: 100 %");
    fault.violations = vec![Violation { field: "/items/3".into(), message: "must be a number".into() }];
    fault.retry_after(Duration::from_millis(1_500)).caused_by("the secret cause")
}

fn seen(ctx: &Ctx, request: &Request<impl Sized>) -> HashMap<String, String> {
    let header = |name: &str| request.metadata().get(name).and_then(|value| value.to_str().ok());
    let trace = TraceContext::current().map(TraceContext::trace_id);
    let secret = CALLERS_SECRET.try_with(|secret| *secret).unwrap_or("none");
    [
        ("actor", ctx.actor.to_string()),
        ("correlation", ctx.correlation.to_string()),
        ("deadline", ctx.deadline.map_or("none".to_owned(), |deadline| deadline.to_string())),
        ("trace", trace.unwrap_or_default()),
        ("traceparent", header("traceparent").unwrap_or_default().to_owned()),
        ("task_local", secret.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

type Replies = Pin<Box<dyn Stream<Item = Result<SayReply, Status>> + Send>>;

/// Panics when asked a second time, so that what came before is on its way.
struct PanicSoon(bool);

impl Stream for PanicSoon {
    type Item = Result<SayReply, Status>;
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        assert!(!self.0, "the stream broke");
        self.0 = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[tonic::async_trait]
impl echo_server::Echo for Echo {
    async fn say(&self, request: Request<SayRequest>) -> Result<Response<SayReply>, Status> {
        let seen = seen(ctx(&request)?, &request);
        let message = request.into_inner();
        self.then(&message.then).await?;
        let mut response = Response::new(SayReply { text: message.text, seen });
        response.extensions_mut().insert(HandlersSecret);
        Ok(response)
    }

    type RepeatStream = Replies;

    async fn repeat(&self, request: Request<SayRequest>) -> Result<Response<Replies>, Status> {
        let seen = seen(ctx(&request)?, &request);
        let SayRequest { text, then, times } = request.into_inner();
        let replies = (0..times).map(move |_| Ok(SayReply { text: text.clone(), seen: seen.clone() }));
        let echo = self.clone();
        let rest: Replies = match then.as_str() {
            "panic" => Box::pin(PanicSoon(false)),
            _ => Box::pin(
                stream::once(async move { echo.then(&then).await })
                    .filter_map(async |end| end.err().map(Err)),
            ),
        };
        Ok(Response::new(Box::pin(stream::iter(replies).chain(rest))))
    }

    type ChatStream = Replies;

    async fn chat(&self, request: Request<Streaming<SayRequest>>) -> Result<Response<Replies>, Status> {
        let messages = request.into_inner();
        let replies = messages
            .map(|message| message.map(|message| SayReply { text: message.text, ..SayReply::default() }));
        Ok(Response::new(Box::pin(replies)))
    }
}

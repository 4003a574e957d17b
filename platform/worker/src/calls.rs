//! The calls of the protocol, each with an end: a server that hangs must not hang its workers.

use std::time::Duration;

use metier_core::Random;
use metier_rpc::{Link, Retry};
use tonic::{Code, Request, Response, Status};

use crate::{
    metrics,
    protocol::{
        AppendOutputRequest, ClaimReply, ClaimRequest, CompleteRequest, Completion, CompletionResult,
        HeartbeatReply, HeartbeatRequest, OutputChunk, RegisterReply, RegisterRequest,
        worker_service_client::WorkerServiceClient,
    },
};

/// How long an answer may take beyond the wait that was asked for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Largest claim taken.
const DECODE_LIMIT: usize = 16 * 1024 * 1024;

/// A client of the engine. Clones share the connection.
#[derive(Clone)]
pub(crate) struct Calls {
    client: WorkerServiceClient<Link>,
    random: Random,
}

impl Calls {
    pub(crate) fn new(link: Link, random: Random) -> Self {
        Self { client: WorkerServiceClient::new(link).max_decoding_message_size(DECODE_LIMIT), random }
    }

    pub(crate) async fn register(&self, request: RegisterRequest) -> Result<RegisterReply, Status> {
        let mut client = self.client.clone();
        within("register", Duration::ZERO, request, |request| async move { client.register(request).await })
            .await
    }

    pub(crate) async fn claim(&self, request: ClaimRequest) -> Result<ClaimReply, Status> {
        let mut client = self.client.clone();
        let wait = Duration::from_millis(request.wait_ms.into());
        within("claim", wait, request, |request| async move { client.claim(request).await }).await
    }

    pub(crate) async fn heartbeat(&self, request: HeartbeatRequest) -> Result<HeartbeatReply, Status> {
        let mut client = self.client.clone();
        let wait = Duration::from_millis(request.wait_ms.into());
        within("heartbeat", wait, request, |request| async move { client.heartbeat(request).await }).await
    }

    pub(crate) async fn complete(
        &self,
        completions: Vec<Completion>,
    ) -> Result<Vec<CompletionResult>, Status> {
        let mut client = self.client.clone();
        let request = CompleteRequest { completions };
        let call = |request| async move { client.complete(request).await };
        Ok(within("complete", Duration::ZERO, request, call).await?.results)
    }

    /// Whether the lease was still good. Tried again when the engine is away for a moment.
    pub(crate) async fn append_output(&self, lease: &str, chunks: Vec<OutputChunk>) -> Result<bool, Status> {
        let attempt = || {
            let mut client = self.client.clone();
            let request = AppendOutputRequest { lease: lease.to_owned(), chunks: chunks.clone() };
            let call = |request| async move { client.append_output(request).await };
            within("append_output", Duration::ZERO, request, call)
        };
        Ok(Retry::default().run(&self.random, attempt).await?.accepted)
    }
}

async fn within<M, R, F>(
    name: &'static str,
    wait: Duration,
    message: M,
    call: impl FnOnce(Request<M>) -> F,
) -> Result<R, Status>
where
    F: Future<Output = Result<Response<R>, Status>>,
{
    let limit = wait + PATIENCE;
    let mut request = Request::new(message);
    request.set_timeout(limit);
    let answer = tokio::time::timeout(limit, call(request)).await;
    let answer =
        answer.unwrap_or_else(|_elapsed| Err(Status::deadline_exceeded("the engine did not answer")));
    answer.map(Response::into_inner).inspect_err(|_| metrics::call_failed(name))
}

/// Whether the engine will never accept this message, so that sending it again is pointless.
pub(crate) fn is_refusal(status: &Status) -> bool {
    matches!(status.code(), Code::InvalidArgument | Code::OutOfRange | Code::Unimplemented)
}

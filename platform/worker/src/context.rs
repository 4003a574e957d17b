//! What a handler knows of the task it works on, and how it tells how far it got.

use std::{fmt, sync::Arc, time::Duration};

use metier_core::{Clock, CorrelationId, Fault, RunId, Secret, Timestamp, UserId, WorkspaceId};
use metier_rpc::CORRELATION_HEADER;
use tokio::time::Instant;
use tonic::{Request, metadata::MetadataValue};

use crate::{Retryable, Stop, StopCause, Stream, TaskError, output::Feedback, protocol};

/// The task a handler works on. Clones share it and may outlive the handler.
#[derive(Clone)]
pub struct TaskContext(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    id: i64,
    run: RunId,
    run_number: i64,
    index: u32,
    attempt: u32,
    correlation: CorrelationId,
    workspace: WorkspaceId,
    owner: Option<UserId>,
    token: Option<Secret<String>>,
    until: Option<Instant>,
    clock: Clock,
    stop: Stop,
    feedback: Arc<Feedback>,
}

impl TaskContext {
    /// A context that no lease stands behind: for trying out a handler by itself. What the handler reports
    /// goes nowhere; `stop` tells it to stop.
    pub fn alone(run: RunId, correlation: CorrelationId, clock: Clock, stop: Stop) -> Self {
        Self(Arc::new(Inner {
            id: 0,
            run,
            run_number: 1,
            index: 0,
            attempt: 1,
            correlation,
            workspace: WorkspaceId::DEFAULT,
            owner: None,
            token: None,
            until: None,
            clock,
            stop,
            feedback: Arc::default(),
        }))
    }

    /// The same with a token of the run.
    #[must_use]
    pub fn with_token(self, token: Secret<String>) -> Self {
        Self(Arc::new(Inner { token: Some(token), ..self.0.as_ref().clone() }))
    }

    /// Reads a claimed task that starts now.
    pub(crate) fn start(
        task: &protocol::Task,
        clock: Clock,
        stop: Stop,
        feedback: Arc<Feedback>,
    ) -> Result<Self, Fault> {
        let broken = |what: &str| Fault::internal(format!("task {} came with a broken {what}", task.id));
        let owner = Some(task.owner.as_str()).filter(|owner| !owner.is_empty());
        Ok(Self(Arc::new(Inner {
            id: task.id,
            run: task.run.parse().map_err(|_| broken("run"))?,
            run_number: task.run_number,
            index: task.index,
            attempt: task.attempt,
            correlation: task.correlation.parse().map_err(|_| broken("correlation id"))?,
            workspace: task.workspace.parse().map_err(|_| broken("workspace"))?,
            owner: owner.map(str::parse).transpose().map_err(|_| broken("owner"))?,
            token: Some(task.token.clone()).filter(|token| !token.is_empty()).map(Secret::new),
            until: time_limit(task).map(|limit| Instant::now() + limit),
            clock,
            stop,
            feedback,
        })))
    }

    /// The run it belongs to.
    pub fn run(&self) -> RunId {
        self.0.run
    }

    /// The run's number, as people call it.
    pub fn run_number(&self) -> i64 {
        self.0.run_number
    }

    /// Its position within the run, from 0.
    pub fn index(&self) -> u32 {
        self.0.index
    }

    /// Which try this is, from 1.
    pub fn attempt(&self) -> u32 {
        self.0.attempt
    }

    /// The correlation id of the run.
    pub fn correlation(&self) -> &CorrelationId {
        &self.0.correlation
    }

    /// Where the run belongs.
    pub fn workspace(&self) -> WorkspaceId {
        self.0.workspace
    }

    /// Whose run it is; nobody's when it is the system's own.
    pub fn owner(&self) -> Option<UserId> {
        self.0.owner
    }

    /// A key for what this task does elsewhere: the same in every attempt, another in every other task.
    pub fn idempotency_key(&self) -> String {
        format!("{}-{}", self.0.run, self.0.index)
    }

    /// The token of this run, when it has one; see [`TaskContext::request`].
    pub fn token(&self) -> Option<&Secret<String>> {
        self.0.token.as_ref()
    }

    /// A call to another service in the name of the run: with its token and correlation id, and not
    /// outlasting the attempt.
    ///
    /// # Errors
    /// When the run has no token: a handler must not fall back on the rights of the service it runs in.
    pub fn request<T>(&self, message: T) -> Result<Request<T>, TaskError> {
        let missing = || Retryable::new("run_without_token", "the run has no right to call other services");
        let token = self.token().ok_or_else(missing)?;
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        if let Ok(correlation) = MetadataValue::try_from(self.0.correlation.as_str()) {
            metadata.insert(CORRELATION_HEADER, correlation);
        }
        let mut bearer = MetadataValue::try_from(format!("Bearer {}", token.expose()))
            .map_err(|_| Retryable::new("run_token_broken", "the run's token is not one"))?;
        bearer.set_sensitive(true);
        metadata.insert("authorization", bearer);
        if let Some(left) = self.time_left() {
            request.set_timeout(left);
        }
        Ok(request)
    }

    /// Time until the attempt is ended from outside; `None` when it has no limit.
    pub fn time_left(&self) -> Option<Duration> {
        self.0.until.map(|until| until.saturating_duration_since(Instant::now()))
    }

    /// Tells how far the task is, in thousandths, and what it is doing. Only the latest is kept, so calling
    /// this often costs little.
    pub fn progress(&self, thousandths: u32, message: impl Into<String>) {
        self.0.feedback.progress(thousandths, message.into());
    }

    /// Keeps a text with the attempt. What comes faster than it can be sent is counted and left out.
    pub fn output(&self, stream: Stream, text: impl Into<String>) {
        self.0.feedback.output(self.0.id, stream, text.into(), self.now());
    }

    /// The moment, by the worker's clock.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The signal to stop, to hand it on.
    pub fn stop(&self) -> &Stop {
        &self.0.stop
    }

    /// Whether to stop. Blocking handlers look often enough to end within a second.
    pub fn should_stop(&self) -> bool {
        self.0.stop.should_stop()
    }

    /// Ends the handler with `?` when it should stop.
    ///
    /// # Errors
    /// [`TaskError::Stopped`] when the task should stop.
    pub fn check(&self) -> Result<(), TaskError> {
        if self.should_stop() { Err(TaskError::Stopped) } else { Ok(()) }
    }

    /// Waits until the task should stop.
    pub async fn stopped(&self) -> StopCause {
        self.0.stop.stopped().await
    }
}

impl fmt::Debug for TaskContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("TaskContext");
        shown.field("run", &self.0.run).field("index", &self.0.index).field("attempt", &self.0.attempt);
        shown.finish_non_exhaustive()
    }
}

/// The longest an attempt of this task may take.
pub(crate) fn time_limit(task: &protocol::Task) -> Option<Duration> {
    (task.timeout_ms > 0).then(|| Duration::from_millis(task.timeout_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task() -> protocol::Task {
        protocol::Task {
            id: 9,
            run: "0190b0a0-0000-7000-8000-000000000001".to_owned(),
            index: 4,
            attempt: 2,
            timeout_ms: 5_000,
            correlation: "corr-1".to_owned(),
            token: "secret-token".to_owned(),
            workspace: WorkspaceId::DEFAULT.to_string(),
            ..protocol::Task::default()
        }
    }

    fn start(task: &protocol::Task) -> Result<TaskContext, Fault> {
        TaskContext::start(task, Clock::system(), Stop::default(), Arc::default())
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_in_the_name_of_the_run_carries_its_token_correlation_and_time() {
        let context = start(&task()).unwrap();
        let request = context.request(()).unwrap();
        let text = |name: &str| request.metadata().get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(text("authorization"), "Bearer secret-token");
        assert_eq!(text(CORRELATION_HEADER), "corr-1");
        assert_eq!(text("grpc-timeout"), "5000000u");
        assert!(!format!("{request:?} {context:?}").contains("secret-token"));
    }

    #[tokio::test]
    async fn without_a_token_no_call_is_made() {
        let context = start(&protocol::Task { token: String::new(), ..task() }).unwrap();
        assert!(
            matches!(context.request(()), Err(TaskError::Retryable(error)) if error.code == "run_without_token")
        );
    }

    #[tokio::test]
    async fn the_idempotency_key_is_the_same_in_every_attempt() {
        let (first, mut again) = (task(), task());
        again.attempt += 1;
        assert_eq!(start(&first).unwrap().idempotency_key(), start(&again).unwrap().idempotency_key());
    }

    #[tokio::test]
    async fn a_task_that_does_not_say_its_run_is_refused() {
        assert!(start(&protocol::Task { run: "7".to_owned(), ..task() }).is_err());
    }
}

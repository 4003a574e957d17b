//! One attempt: runs the handler, stops it when told or when its time is up, contains its panics.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use futures::FutureExt;
use metier_rpc::TraceContext;
use tokio::{task::JoinHandle, time::Instant};
use tracing::Instrument;

use crate::{
    Done, Retryable, Stop, StopCause, TaskContext, TaskError,
    context::time_limit,
    handler::Runner,
    metrics, protocol,
    ticket::{Ending, Slot, Ticket},
    worker::Setup,
};

/// How long a blocking handler may take to end once told to stop, before it is reported all the same.
const GRACE: Duration = Duration::from_secs(1);

type Outcome = Result<Done, TaskError>;

/// A task of a claim that has not started.
pub(crate) struct Claimed {
    pub(crate) task: protocol::Task,
    pub(crate) ticket: Ticket,
    pub(crate) since: Instant,
}

/// Works on a claimed task and reports how it ended.
pub(crate) async fn run(claimed: Claimed, slot: Slot, setup: Arc<Setup>) {
    let Claimed { task, mut ticket, since } = claimed;
    metrics::task_started(since.elapsed());
    ticket.started = setup.clock.now();
    let span = tracing::info_span!(
        "task",
        kind = ticket.kind,
        run = task.run,
        index = task.index,
        attempt = task.attempt,
        correlation_id = task.correlation,
    );
    let (stop, feedback) = ticket.lease.connect(task.id);
    let limit = time_limit(&task);
    let work = async {
        let context = TaskContext::start(&task, setup.clock.clone(), stop.clone(), Arc::clone(&feedback));
        let (Some(runner), Ok(context)) = (setup.handlers.runner(task.kind.as_ref()), context) else {
            return (misdelivered(&task), Some(slot));
        };
        let trace = TraceContext::start(context.correlation(), &setup.random);
        trace.scope(perform(runner, task.parameters, context, limit, slot)).await
    };
    let (ending, slot) = work.instrument(span.clone()).await;
    span.in_scope(|| log(&ending));
    if feedback.was_written() {
        ticket.lease.flush(&setup.calls).await;
    }
    ticket.report(ending);
    drop(slot);
}

/// The engine gave us what we did not ask for; another worker may know better.
fn misdelivered(task: &protocol::Task) -> Ending {
    let message = format!("the worker cannot read task {} or has no handler for its kind", task.id);
    Ending::Retryable(Retryable::new("misdelivered", message))
}

async fn perform(
    runner: &Runner,
    parameters: String,
    context: TaskContext,
    limit: Option<Duration>,
    slot: Slot,
) -> (Ending, Option<Slot>) {
    let stop = context.stop().clone();
    match runner {
        Runner::Asynchronous(handler) => {
            let work = AssertUnwindSafe(handler(context, parameters)).catch_unwind();
            let work = work.map(|outcome| outcome.unwrap_or_else(|panic| Err(panicked(&*panic))));
            (supervise(work, &stop, limit).await.unwrap_or_else(Ending::Stopped), Some(slot))
        }
        Runner::Blocking(handler) => {
            let handler = Arc::clone(handler);
            let work = tokio::task::spawn_blocking(move || {
                let outcome = catch_unwind(AssertUnwindSafe(|| handler(&context, &parameters)));
                (outcome.unwrap_or_else(|panic| Err(panicked(&*panic))), slot)
            });
            perform_blocking(work, &stop, limit).await
        }
    }
}

async fn perform_blocking(
    mut work: JoinHandle<(Outcome, Slot)>,
    stop: &Stop,
    limit: Option<Duration>,
) -> (Ending, Option<Slot>) {
    let mut kept = None;
    let outcome = (&mut work).map(|joined| match joined {
        Ok((outcome, slot)) => {
            kept = Some(slot);
            outcome
        }
        Err(error) => Err(Retryable::new("worker_shut_down", error.to_string()).into()),
    });
    match supervise(outcome, stop, limit).await {
        Ok(ending) => (ending, kept),
        Err(cause) => {
            if tokio::time::timeout(GRACE, work).await.is_err() {
                metrics::handler_abandoned();
                tracing::error!(
                    "a blocking handler does not stop as told; its slot stays taken until it ends"
                );
            }
            (Ending::Stopped(cause), None)
        }
    }
}

/// Waits for the outcome, the order to stop, or the end of the attempt's time. Being told to stop wins.
async fn supervise(
    work: impl Future<Output = Outcome>,
    stop: &Stop,
    limit: Option<Duration>,
) -> Result<Ending, StopCause> {
    tokio::select! {
        biased;
        cause = stop.stopped() => Err(cause),
        outcome = work => Ok(ending(outcome)),
        () = after(limit) => {
            stop.stop(StopCause::TimedOut);
            Err(StopCause::TimedOut)
        }
    }
}

async fn after(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}

fn ending(outcome: Outcome) -> Ending {
    match outcome {
        Ok(Done::Result(result)) => Ending::Succeeded(result.to_string()),
        Ok(Done::Skipped(reason)) => Ending::Skipped(reason),
        Err(TaskError::Retryable(error)) => Ending::Retryable(error),
        Err(TaskError::Permanent(error)) => Ending::Permanent(error),
        Err(TaskError::Stopped) => {
            Ending::Retryable(Retryable::new("stopped_early", "the handler stopped without being told to"))
        }
    }
}

fn panicked(panic: &(dyn Any + Send)) -> TaskError {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let message = format!("the handler panicked: {}", text.unwrap_or("without a message"));
    Retryable::new("handler_panicked", message).into()
}

fn log(ending: &Ending) {
    match ending {
        Ending::Retryable(error) => {
            tracing::warn!(code = %error.code, error = error.message, "attempt failed")
        }
        Ending::Permanent(error) => tracing::warn!(code = %error.code, error = error.message, "task failed"),
        ending => tracing::debug!(outcome = ending.name(), "attempt ended"),
    }
}

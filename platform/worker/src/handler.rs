//! What runs a task: asynchronous work that waits, or blocking work that computes.

use std::{collections::HashMap, sync::Arc};

use metier_core::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{KindSpec, Permanent, TaskContext, TaskError, protocol};

/// How a handler ended well.
#[derive(Clone, Debug, PartialEq)]
pub enum Done {
    /// With this result.
    Result(Value),
    /// There was nothing to do, for this reason; counts as neither success nor failure.
    Skipped(String),
}

impl Done {
    /// Done, with anything that can be written as JSON.
    ///
    /// # Errors
    /// A permanent failure when it cannot.
    pub fn with(result: impl Serialize) -> Result<Self, TaskError> {
        let broken = |error: serde_json::Error| Permanent::new("result_not_json", error.to_string());
        Ok(Self::Result(serde_json::to_value(result).map_err(broken)?))
    }
}

/// A handler of tasks that mostly wait: for the network, a database, a timer.
///
/// When the task should stop, its future is dropped where it waits. It must not keep a core busy for longer
/// than a few milliseconds at a time: nothing could stop it, and other tasks would wait. That is what
/// [`BlockingHandler`] is for.
pub trait Handler: Send + Sync + 'static {
    /// One item's parameters; [`Value`] takes them as they come.
    type Parameters: DeserializeOwned + Send;

    /// Works on a task. Runs again after a failure or a lost lease, so its effects must be idempotent.
    fn run(
        &self,
        task: TaskContext,
        parameters: Self::Parameters,
    ) -> impl Future<Output = Result<Done, TaskError>> + Send;
}

/// A handler of tasks that compute, or that call libraries that block. It runs on a thread of its own.
///
/// A thread cannot be stopped from outside: it must look at [`TaskContext::should_stop`], or call
/// [`TaskContext::check`], at least a few times a second. One that does not is reported as stopped all the
/// same, but keeps its slot until it ends.
pub trait BlockingHandler: Send + Sync + 'static {
    /// One item's parameters; [`Value`] takes them as they come.
    type Parameters: DeserializeOwned + Send;

    /// Works on a task. Runs again after a failure or a lost lease, so its effects must be idempotent.
    ///
    /// # Errors
    /// See [`TaskError`]: what may be tried again, what not, and the early end when told to stop.
    fn run(&self, task: &TaskContext, parameters: Self::Parameters) -> Result<Done, TaskError>;
}

type Asynchronous =
    Arc<dyn Fn(TaskContext, String) -> BoxFuture<'static, Result<Done, TaskError>> + Send + Sync>;
type Blocking = Arc<dyn Fn(&TaskContext, &str) -> Result<Done, TaskError> + Send + Sync>;

/// A handler with its parameters' type erased.
#[derive(Clone)]
pub(crate) enum Runner {
    Asynchronous(Asynchronous),
    Blocking(Blocking),
}

/// The kinds of one worker, each with its handler.
#[derive(Clone, Default)]
pub struct Handlers {
    kinds: Vec<KindSpec>,
    runners: HashMap<(String, u32), Runner>,
}

impl Handlers {
    /// No kinds yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a kind whose handler waits. A kind of the same name and version is replaced.
    #[must_use]
    pub fn with<H: Handler>(self, kind: KindSpec, handler: H) -> Self {
        let handler = Arc::new(handler);
        let run = move |task: TaskContext, text: String| -> BoxFuture<'static, _> {
            let handler = Arc::clone(&handler);
            Box::pin(async move { handler.run(task, parse(&text)?).await })
        };
        self.add(kind, Runner::Asynchronous(Arc::new(run)))
    }

    /// Adds a kind whose handler computes. A kind of the same name and version is replaced.
    #[must_use]
    pub fn with_blocking<H: BlockingHandler>(self, kind: KindSpec, handler: H) -> Self {
        let run = move |task: &TaskContext, text: &str| handler.run(task, parse(text)?);
        self.add(kind, Runner::Blocking(Arc::new(run)))
    }

    fn add(mut self, kind: KindSpec, runner: Runner) -> Self {
        let key = (kind.name().to_owned(), kind.version());
        if self.runners.insert(key, runner).is_some() {
            self.kinds.retain(|known| (known.name(), known.version()) != (kind.name(), kind.version()));
        }
        self.kinds.push(kind);
        self
    }

    /// The kinds added so far.
    pub fn kinds(&self) -> &[KindSpec] {
        &self.kinds
    }

    pub(crate) fn runner(&self, kind: Option<&protocol::KindRef>) -> Option<&Runner> {
        let kind = kind?;
        self.runners.get(&(kind.name.clone(), kind.version))
    }
}

fn parse<P: DeserializeOwned>(text: &str) -> Result<P, TaskError> {
    serde_json::from_str(text).map_err(|error| Permanent::new("invalid_parameters", error.to_string()).into())
}

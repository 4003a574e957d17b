//! An engine in memory that keeps the protocol's promises and misbehaves on demand.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use metier_core::WorkspaceId;
use metier_rpc::Link;
use metier_worker::protocol::{
    AppendOutputReply, AppendOutputRequest, ClaimReply, ClaimRequest, CompleteReply, CompleteRequest,
    Completion, CompletionResult, HeartbeatReply, HeartbeatRequest, KindRef, Outcome, OutputChunk, Progress,
    RegisterReply, RegisterRequest, Stop, Task,
    worker_service_server::{WorkerService, WorkerServiceServer},
};
use serde_json::Value;
use tokio::{sync::Notify, time::Instant};
use tonic::{Request, Response, Status};

pub const LEASE: Duration = Duration::from_secs(30);
const HEARTBEAT: Duration = Duration::from_secs(10);

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// It has no effect and fails.
    Away,
    /// It has its effect, and the answer is lost.
    LoseReply,
    /// It has no effect and no answer.
    Hang,
    /// It finds nothing and does not wait.
    Nothing,
    /// It is refused as malformed.
    Refuse,
}

type Script = Box<dyn FnMut(&'static str, &[Completion]) -> Fault + Send>;

/// Clones share the engine.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    changed: Notify,
    script: Mutex<Script>,
}

#[derive(Default)]
pub struct State {
    pub ready: VecDeque<Task>,
    pub leases: HashMap<String, Row>,
    /// Every outcome that reached the engine, with whether it was accepted.
    pub heard: Vec<(Completion, bool)>,
    pub output: Vec<OutputChunk>,
    pub progress: Vec<Progress>,
    pub calls: HashMap<&'static str, usize>,
    pub registered: Vec<RegisterRequest>,
    /// Leases that ran out, or whose claim's answer was lost.
    pub forsaken: BTreeSet<String>,
    next_task: i64,
    next_lease: u64,
}

pub struct Row {
    pub tasks: HashMap<i64, Task>,
    pub expires: Instant,
    pub stops: Vec<Stop>,
}

impl Engine {
    pub fn new() -> Self {
        Self::scripted(|_, _| Fault::None)
    }

    pub fn scripted(script: impl FnMut(&'static str, &[Completion]) -> Fault + Send + 'static) -> Self {
        let (state, script) = (Mutex::default(), Mutex::new(Box::new(script) as Script));
        Self(Arc::new(Shared { state, changed: Notify::new(), script }))
    }

    pub fn set_script(&self, script: impl FnMut(&'static str, &[Completion]) -> Fault + Send + 'static) {
        *self.0.script.lock().unwrap() = Box::new(script);
    }

    pub fn link(&self) -> Link {
        Link::in_process(WorkerServiceServer::new(self.clone()))
    }

    /// Adds a task of this kind and answers its id.
    pub fn submit(&self, kind: &str, parameters: Value, timeout: Duration) -> i64 {
        let mut state = self.state();
        state.next_task += 1;
        let id = state.next_task;
        state.ready.push_back(Task {
            id,
            run: "0190b0a0-0000-7000-8000-000000000001".to_owned(),
            run_number: 1,
            index: u32::try_from(id).unwrap(),
            kind: Some(KindRef { name: kind.to_owned(), version: 1 }),
            attempt: 1,
            parameters: parameters.to_string(),
            timeout_ms: timeout.as_millis() as u64,
            correlation: "corr-1".to_owned(),
            token: String::new(),
            workspace: WorkspaceId::DEFAULT.to_string(),
            owner: String::new(),
        });
        drop(state);
        self.0.changed.notify_waiters();
        id
    }

    /// Asks the worker to stop a task.
    pub fn stop(&self, task: i64, reason: &str) {
        for row in self.state().leases.values_mut().filter(|row| row.tasks.contains_key(&task)) {
            row.stops.push(Stop { task, reason: reason.to_owned() });
        }
        self.0.changed.notify_waiters();
    }

    /// Ends every lease at once, as if another engine had taken over.
    pub fn end_leases(&self) {
        let mut state = self.state();
        state.leases.values_mut().for_each(|row| row.expires = Instant::now());
        state.expire();
        drop(state);
        self.0.changed.notify_waiters();
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }

    /// The accepted outcomes of a task.
    pub fn outcomes(&self, task: i64) -> Vec<Outcome> {
        let state = self.state();
        let accepted =
            state.heard.iter().filter(|(completion, accepted)| *accepted && completion.task == task);
        accepted.map(|(completion, _)| completion.outcome()).collect()
    }

    /// The accepted outcome of a task that has exactly one.
    pub fn completion(&self, task: i64) -> Completion {
        let state = self.state();
        let mut found =
            state.heard.iter().filter(|(completion, accepted)| *accepted && completion.task == task);
        let (completion, _) = found.next().expect("the task has no outcome");
        assert!(found.next().is_none(), "task {task} has two outcomes");
        completion.clone()
    }

    pub fn calls(&self, name: &str) -> usize {
        self.state().calls.get(name).copied().unwrap_or(0)
    }

    pub fn heard(&self) -> usize {
        self.state().heard.len()
    }

    /// Waits, in virtual time, until the engine's state has this property.
    pub async fn until(&self, holds: impl Fn(&State) -> bool) {
        let patience = Duration::from_secs(600);
        let waited = tokio::time::timeout(patience, async {
            loop {
                let changed = self.0.changed.notified();
                if holds(&self.state()) {
                    return;
                }
                changed.await;
            }
        });
        waited.await.expect("the engine never got there");
    }

    async fn enter(&self, call: &'static str, completions: &[Completion]) -> Result<Fault, Status> {
        *self.state().calls.entry(call).or_default() += 1;
        let fault = (self.0.script.lock().unwrap())(call, completions);
        match fault {
            Fault::Away => Err(Status::unavailable("away")),
            Fault::Hang => std::future::pending().await,
            Fault::Refuse => Err(Status::invalid_argument("malformed")),
            Fault::None | Fault::LoseReply | Fault::Nothing => Ok(fault),
        }
    }

    fn leave<T>(&self, fault: Fault, reply: T) -> Result<Response<T>, Status> {
        self.0.changed.notify_waiters();
        if fault == Fault::LoseReply {
            Err(Status::unavailable("the reply was lost"))
        } else {
            Ok(Response::new(reply))
        }
    }

    /// Waits until `look` finds something or `wait_ms` have passed.
    async fn poll<T>(&self, wait_ms: u32, look: impl Fn(&mut State) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + Duration::from_millis(wait_ms.into());
        loop {
            let changed = self.0.changed.notified();
            if let Some(found) = look(&mut self.state()) {
                return Some(found);
            }
            tokio::time::timeout_at(deadline, changed).await.ok()?;
        }
    }
}

impl State {
    fn expire(&mut self) {
        let now = Instant::now();
        let over: Vec<_> = self
            .leases
            .iter()
            .filter(|(_, row)| row.expires <= now)
            .map(|(token, _)| token.clone())
            .collect();
        for token in over {
            let row = self.leases.remove(&token).unwrap();
            self.ready.extend(row.tasks.into_values().map(|task| Task { attempt: task.attempt + 1, ..task }));
            self.forsaken.insert(token);
        }
    }

    fn lease(&mut self, max_tasks: u32) -> Option<ClaimReply> {
        if self.ready.is_empty() {
            return None;
        }
        let count = self.ready.len().min(max_tasks as usize);
        let tasks: Vec<Task> = self.ready.drain(..count).collect();
        self.next_lease += 1;
        let lease = format!("lease-{}", self.next_lease);
        let row = Row {
            tasks: tasks.iter().map(|task| (task.id, task.clone())).collect(),
            expires: Instant::now() + LEASE,
            stops: Vec::new(),
        };
        self.leases.insert(lease.clone(), row);
        Some(ClaimReply { lease, tasks, results: Vec::new() })
    }

    fn apply(&mut self, completions: Vec<Completion>) -> Vec<CompletionResult> {
        self.expire();
        completions.into_iter().map(|completion| self.apply_one(completion)).collect()
    }

    fn apply_one(&mut self, completion: Completion) -> CompletionResult {
        let task = completion.task;
        let done = self.leases.get_mut(&completion.lease).and_then(|row| row.tasks.remove(&task));
        let accepted = done.is_some();
        if let Some(done) = done.filter(|_| completion.outcome() == Outcome::Released) {
            self.ready.push_back(done);
        }
        self.leases.retain(|_, row| !row.tasks.is_empty());
        self.heard.push((completion, accepted));
        let reason = if accepted { String::new() } else { "the lease had ended".to_owned() };
        CompletionResult { task, accepted, reason }
    }
}

#[tonic::async_trait]
impl WorkerService for Engine {
    async fn register(&self, request: Request<RegisterRequest>) -> Result<Response<RegisterReply>, Status> {
        let fault = self.enter("register", &[]).await?;
        self.state().registered.push(request.into_inner());
        let millis = |duration: Duration| duration.as_millis() as u64;
        self.leave(fault, RegisterReply { lease_ms: millis(LEASE), heartbeat_ms: millis(HEARTBEAT) })
    }

    async fn claim(&self, request: Request<ClaimRequest>) -> Result<Response<ClaimReply>, Status> {
        let request = request.into_inner();
        let fault = self.enter("claim", &request.completions).await?;
        let results = self.state().apply(request.completions);
        self.0.changed.notify_waiters();
        let claimed = self.poll(if fault == Fault::Nothing { 0 } else { request.wait_ms }, |state| {
            state.expire();
            state.lease(request.max_tasks)
        });
        let mut reply = claimed.await.unwrap_or_default();
        if fault == Fault::LoseReply && !reply.lease.is_empty() {
            self.state().forsaken.insert(reply.lease.clone());
        }
        reply.results = results;
        self.leave(fault, reply)
    }

    async fn heartbeat(
        &self,
        request: Request<HeartbeatRequest>,
    ) -> Result<Response<HeartbeatReply>, Status> {
        let request = request.into_inner();
        let fault = self.enter("heartbeat", &[]).await?;
        self.state().progress.extend(request.progress);
        self.0.changed.notify_waiters();
        let reply = self.poll(request.wait_ms, |state| {
            state.expire();
            let Some(row) = state.leases.get_mut(&request.lease) else {
                return Some(HeartbeatReply { alive: false, stop: Vec::new() });
            };
            row.expires = Instant::now() + LEASE;
            let stop = row.stops.clone();
            (!stop.is_empty() || request.wait_ms == 0).then_some(HeartbeatReply { alive: true, stop })
        });
        let reply = reply.await.unwrap_or(HeartbeatReply { alive: true, stop: Vec::new() });
        self.leave(fault, reply)
    }

    async fn complete(&self, request: Request<CompleteRequest>) -> Result<Response<CompleteReply>, Status> {
        let completions = request.into_inner().completions;
        let fault = self.enter("complete", &completions).await?;
        let results = self.state().apply(completions);
        self.leave(fault, CompleteReply { results })
    }

    async fn append_output(
        &self,
        request: Request<AppendOutputRequest>,
    ) -> Result<Response<AppendOutputReply>, Status> {
        let request = request.into_inner();
        let fault = self.enter("append_output", &[]).await?;
        let mut state = self.state();
        let accepted = state.leases.contains_key(&request.lease);
        if accepted {
            state.output.extend(request.chunks);
        }
        drop(state);
        self.leave(fault, AppendOutputReply { accepted })
    }
}

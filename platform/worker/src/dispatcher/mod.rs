//! The worker's one loop: it decides when to claim, when to report, and what to start.
//!
//! At most one claim and one report are under way. Outcomes ride on the next claim; one that carries some
//! does not wait for tasks, so that their answer comes at once. While a claim waits for tasks, outcomes
//! travel by themselves, after a moment in which others may join. Every claimed task leaves exactly one
//! outcome, see [`crate::ticket::Ticket`].

mod claim;
mod report;

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use metier_core::BoxFuture;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::Instant,
};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;

use self::claim::Claim;
use crate::{
    StopCause,
    attempt::{self, Claimed},
    backoff::Backoff,
    lease::{Lease, Timing},
    pace::Pace,
    pending::Pending,
    protocol::CompletionResult,
    stopping::Stopping,
    ticket::{Ending, Message, Report, Slot},
    worker::Setup,
};

/// How long a claimed task may wait for its start before it is given back.
const LONGEST_HELD: Duration = Duration::from_secs(1);

pub(crate) struct Dispatcher {
    setup: Arc<Setup>,
    inbox: UnboundedReceiver<Message>,
    messages: UnboundedSender<Message>,
    held: VecDeque<Claimed>,
    leases: HashMap<String, Arc<Lease>>,
    running: usize,
    pace: Pace,
    pending: Pending,
    timing: Option<Timing>,
    claim: Option<Call<Claim>>,
    claim_backoff: Backoff,
    /// The last claim found nothing.
    dry: bool,
    report: Option<Call<Vec<CompletionResult>>>,
    report_backoff: Backoff,
    stopping: Option<Stopping>,
    end: CancellationToken,
    _end: DropGuard,
}

/// A call under way, with the outcomes it carries.
struct Call<T> {
    carried: Vec<Report>,
    answer: BoxFuture<'static, Result<T, Status>>,
}

enum Event {
    Message(Message),
    Claimed(Result<Claim, Status>),
    Reported(Result<Vec<CompletionResult>, Status>),
    Stop,
    Wake,
}

impl Dispatcher {
    pub(crate) fn new(setup: Arc<Setup>) -> Self {
        let (messages, inbox) = unbounded_channel();
        let end = CancellationToken::new();
        let pace = Pace::new(setup.options.concurrency.max(1));
        Self {
            setup,
            inbox,
            messages,
            held: VecDeque::new(),
            leases: HashMap::new(),
            running: 0,
            pace,
            pending: Pending::default(),
            timing: None,
            claim: None,
            claim_backoff: Backoff::default(),
            dry: false,
            report: None,
            report_backoff: Backoff::default(),
            stopping: None,
            _end: end.clone().drop_guard(),
            end,
        }
    }

    pub(crate) async fn run(mut self, stop: CancellationToken) {
        tracing::info!(worker = self.setup.options.name, "the worker starts");
        while !self.is_done() {
            let now = Instant::now();
            self.release_stale(now);
            self.start_tasks();
            self.start_calls(now);
            let event = self.next_event(&stop).await;
            self.handle(event);
        }
        tracing::info!(worker = self.setup.options.name, "the worker has stopped");
    }

    async fn next_event(&mut self, stop: &CancellationToken) -> Event {
        let wake = self.wake_at(Instant::now());
        tokio::select! {
            biased;
            Some(message) = self.inbox.recv() => Event::Message(message),
            answer = answered(&mut self.claim) => Event::Claimed(answer),
            answer = answered(&mut self.report) => Event::Reported(answer),
            () = stop.cancelled(), if self.stopping.is_none() => Event::Stop,
            () = sleep_until(wake) => Event::Wake,
        }
    }

    fn handle(&mut self, event: Event) {
        let now = Instant::now();
        match event {
            Event::Message(message) => {
                self.hear(message, now);
                while let Ok(message) = self.inbox.try_recv() {
                    self.hear(message, now);
                }
            }
            Event::Claimed(answer) => self.claimed(answer, now),
            Event::Reported(answer) => self.reported(answer, now),
            Event::Stop => self.stopping = Some(Stopping::from(now, self.setup.options.drain)),
            Event::Wake => {}
        }
        if let Some(stopping) = self.stopping {
            self.shut_down(stopping, now);
        }
    }

    fn hear(&mut self, message: Message, now: Instant) {
        match message {
            Message::Ended(report) if report.lost => self.settle(&report),
            Message::Ended(report) => self.pending.push(report, now),
            Message::SlotFree(ran) => {
                self.running -= 1;
                self.pace.ran(ran);
            }
        }
    }

    /// Gives back what could not start in time: the tasks before it take longer than was guessed.
    fn release_stale(&mut self, now: Instant) {
        while self.held.front().is_some_and(|front| front.since + LONGEST_HELD <= now) {
            self.pace.stalled();
            if let Some(claimed) = self.held.pop_front() {
                claimed.ticket.report(Ending::Released);
            }
        }
    }

    fn start_tasks(&mut self) {
        while self.running < self.setup.options.concurrency.max(1) {
            let Some(claimed) = self.held.pop_front() else { return };
            let (stop, _) = claimed.ticket.lease.connect(claimed.task.id);
            match stop.cause() {
                Some(cause) => claimed.ticket.report(Ending::Stopped(cause)),
                None => self.start(claimed),
            }
        }
    }

    fn start(&mut self, claimed: Claimed) {
        self.running += 1;
        let slot = Slot::take(self.messages.clone());
        let work = attempt::run(claimed, slot, Arc::clone(&self.setup));
        tokio::spawn(self.end.clone().run_until_cancelled_owned(work));
    }

    fn start_calls(&mut self, now: Instant) {
        let wanted = self.wanted();
        if wanted > 0 && self.claim.is_none() && self.claim_backoff.is_over(now) {
            self.claim = Some(self.call_claim(wanted, now));
        } else if self.report_at().is_some_and(|moment| moment <= now) {
            self.report = Some(self.call_complete(now));
        }
    }

    /// Tasks to ask for now. A claim never waits while tasks are held: were they given back, it would take
    /// them again. So when there is nothing more to hold, the next claim is made once all have started.
    fn wanted(&self) -> usize {
        if self.stopping.is_some() || (self.dry && !self.held.is_empty()) {
            return 0;
        }
        self.pace.wanted(self.running, self.held.len())
    }

    fn shut_down(&mut self, stopping: Stopping, now: Instant) {
        self.held.drain(..).for_each(|claimed| claimed.ticket.report(Ending::Released));
        if now >= stopping.drop_claim && self.claim.as_ref().is_some_and(|claim| claim.carried.is_empty()) {
            self.claim = None;
        }
        if now >= stopping.stop_tasks {
            self.leases.values().for_each(|lease| lease.stop_all(StopCause::Shutdown));
        }
    }

    fn is_done(&self) -> bool {
        let Some(stopping) = self.stopping else { return false };
        let nothing_open = self.leases.is_empty() && self.claim.is_none() && self.report.is_none();
        let given_up = Instant::now() >= stopping.give_up;
        if given_up && !nothing_open {
            tracing::error!(
                leases = self.leases.len(),
                "the worker ends without having reported every outcome"
            );
        }
        nothing_open || given_up
    }

    /// The next moment at which there is something to do without anything happening.
    fn wake_at(&self, now: Instant) -> Option<Instant> {
        let report = self.report_at();
        let claim = self.claim_backoff.until().filter(|_| self.claim.is_none() && self.wanted() > 0);
        let stale = self.held.front().map(|front| front.since + LONGEST_HELD);
        let stopping = self.stopping.map(|stopping| stopping.next(now));
        [report, claim, stale, stopping].into_iter().flatten().min()
    }
}

async fn answered<T>(call: &mut Option<Call<T>>) -> Result<T, Status> {
    match call {
        Some(call) => call.answer.as_mut().await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

//! One client's stream: it takes what comes next only when the client has taken what came before, so a slow client
//! slows down nobody and fills no memory. What it falls behind it reads from the log.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use axum::response::sse;
use futures::future::{BoxFuture, select_all};
use metier_bus::{Event, Telling};
use metier_contract_jobs::event::{RUN_REPLAYED, RUN_STARTED, RUN_SUBMITTED, TOPIC_RUN};
use metier_core::{Clock, Ctx, Fault, Timestamp};
use serde_json::{Value, json};
use tokio::{sync::watch, time::Instant};

use super::{
    progress::{RUN_PROGRESSED, Seen},
    tail::Tail,
};
use crate::domain::{
    cursor::{Cursor, Place},
    filter::Filter,
};

/// Told when a client is so far behind that it is served from the log.
const LAGGING: &str = "stream.lagging";
/// Told when events are gone that the client has not heard.
const GAP: &str = "stream.gap";

/// How long the first word waits for publishers that do not answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a cursor that moved without a word is kept to oneself.
const QUIET: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// What somebody asked to hear.
pub(super) struct Wish {
    pub(super) ctx: Ctx,
    pub(super) filter: Filter,
    pub(super) cursor: Cursor,
}

/// A client's stream.
pub(super) struct Follower {
    wish: Wish,
    clock: Clock,
    logs: Vec<FollowedLog>,
    progress: Option<FollowedProgress>,
    out: VecDeque<sse::Event>,
    /// The cursor as the client knows it, and since when it may be another one.
    told: String,
    untold_since: Instant,
    turn: usize,
}

struct FollowedLog {
    tail: Arc<Tail>,
    end: watch::Receiver<Option<i64>>,
    batch: VecDeque<Arc<Event>>,
    is_lagging: bool,
    retry_at: Option<Instant>,
}

struct FollowedProgress {
    seen: watch::Receiver<Arc<Seen>>,
    told: Arc<Seen>,
    /// When runs ended whose end was told since the last look at them.
    ended: HashMap<String, Timestamp>,
}

impl FollowedLog {
    /// Who comes back is expected to be behind, and not told so.
    fn new(tail: &Arc<Tail>, cursor: &Cursor) -> Self {
        let (tail, end, is_lagging) =
            (Arc::clone(tail), tail.follow(), cursor.place(tail.publisher).is_some());
        Self { tail, end, batch: VecDeque::new(), is_lagging, retry_at: None }
    }

    fn publisher(&self) -> &'static str {
        self.tail.publisher
    }

    fn may_ask(&self) -> bool {
        self.retry_at.is_none_or(|at| at <= Instant::now())
    }
}

impl Follower {
    /// Follows these logs, and how far runs are when that is wished for.
    pub(super) fn new(
        wish: Wish,
        clock: Clock,
        tails: &[Arc<Tail>],
        progress: Option<watch::Receiver<Arc<Seen>>>,
    ) -> Self {
        let followed = |seen| FollowedProgress { seen, told: Arc::default(), ended: HashMap::new() };
        let progress = progress.filter(|_| wish.filter.wants_type(RUN_PROGRESSED)).map(followed);
        Self {
            logs: tails.iter().map(|tail| FollowedLog::new(tail, &wish.cursor)).collect(),
            progress,
            out: VecDeque::new(),
            told: String::new(),
            untold_since: Instant::now(),
            turn: 0,
            wish,
            clock,
        }
    }

    /// Learns where the logs end, as far as their publishers answer.
    pub(super) async fn begin(&mut self) {
        let known = self.logs.iter_mut().map(|log| async { drop(log.end.wait_for(Option::is_some).await) });
        let _ = tokio::time::timeout(PATIENCE, futures::future::join_all(known)).await;
        for index in 0..self.logs.len() {
            self.meet(index).await;
        }
        let bookmark = self.bookmark();
        self.out.push_back(bookmark);
    }

    /// What comes next.
    pub(super) async fn next(&mut self) -> sse::Event {
        loop {
            if let Some(event) = self.out.pop_front() {
                return event;
            }
            if self.read_on().await || self.look_at_runs() {
                continue;
            }
            if self.owes_bookmark().is_some_and(|at| at <= Instant::now()) {
                return self.bookmark();
            }
            self.wait().await;
        }
    }

    /// Finds its place in a log whose end is known now: the one it has, or the end. A log that ends before it is an
    /// older one.
    async fn meet(&mut self, index: usize) {
        let log = &self.logs[index];
        let (publisher, Some(end)) = (log.publisher(), *log.end.borrow()) else { return };
        match self.wish.cursor.place(publisher) {
            None => self.wish.cursor.set(publisher, Place { position: end, parts: 0 }),
            Some(place) if place.position > end => {
                let Ok(end) = log.tail.end_now().await else { return };
                if place.position > end {
                    self.wish.cursor.set(publisher, Place { position: end, parts: 0 });
                    self.say(GAP, publisher, json!({ "publisher": publisher, "lost": null }));
                }
            }
            Some(_) => {}
        }
    }

    /// Deals with one more event of some log; each has its turn. `false` when there is none.
    async fn read_on(&mut self) -> bool {
        for step in 0..self.logs.len() {
            let index = (self.turn + step) % self.logs.len();
            if self.logs[index].batch.is_empty() {
                self.fetch(index).await;
            }
            if let Some(event) = self.logs[index].batch.pop_front() {
                self.turn = index + 1;
                self.deal_with(index, &event);
                return true;
            }
        }
        !self.out.is_empty()
    }

    async fn fetch(&mut self, index: usize) {
        let log = &mut self.logs[index];
        let publisher = log.publisher();
        let (has_moved, end) = (log.end.has_changed().unwrap_or(false), *log.end.borrow_and_update());
        let place = self.wish.cursor.place(publisher);
        if place.is_none_or(|place| has_moved && end.is_some_and(|end| place.position > end)) {
            self.meet(index).await;
        }
        let log = &mut self.logs[index];
        let Some((place, end)) = self.wish.cursor.place(publisher).zip(end) else { return };
        if place.position >= end || !log.may_ask() {
            return;
        }
        match log.tail.after(place.position).await {
            Ok(next) => {
                log.retry_at = None;
                let fell_behind = next.was_behind && !log.is_lagging;
                log.is_lagging = next.was_behind;
                log.batch = next.events.into();
                if fell_behind {
                    let behind = end - place.position;
                    self.say(LAGGING, publisher, json!({ "publisher": publisher, "behind": behind }));
                }
                self.notice_gap(index, place, end);
            }
            Err(fault) => self.put_off(index, &fault),
        }
    }

    fn put_off(&mut self, index: usize, fault: &Fault) {
        let log = &mut self.logs[index];
        tracing::debug!(error = %fault.chain(), publisher = log.publisher(), "cannot read events for a client");
        log.retry_at = Some(Instant::now() + RETRY);
    }

    /// Positions follow one another without a hole, so a hole is what was forgotten before it was told.
    fn notice_gap(&mut self, index: usize, place: Place, end: i64) {
        let log = &self.logs[index];
        let next = log.batch.front().map_or(end + 1, |event| event.position);
        let lost = next - place.position - 1;
        if lost > 0 {
            let publisher = log.publisher();
            self.wish.cursor.set(publisher, Place { position: next - 1, parts: 0 });
            self.say(GAP, publisher, json!({ "publisher": publisher, "lost": lost }));
        }
    }

    fn deal_with(&mut self, index: usize, event: &Event) {
        let publisher = self.logs[index].publisher();
        let before = self.wish.cursor.place(publisher).unwrap_or_default();
        let tellings = event.tellings();
        let count = tellings.len();
        for (part, telling) in tellings.into_iter().enumerate().skip(before.parts) {
            if part + 1 < count {
                let place = Place { position: event.position - 1, parts: part + 1 };
                self.wish.cursor.set(publisher, place);
            } else {
                self.wish.cursor.set(publisher, Place { position: event.position, parts: 0 });
            }
            if self.is_wanted(&telling) {
                self.note_end(&telling);
                self.tell(&telling);
            }
        }
        self.wish.cursor.set(publisher, Place { position: event.position, parts: 0 });
    }

    fn is_wanted(&self, telling: &Telling) -> bool {
        self.wish.filter.wants(telling) && telling.is_for(&self.wish.ctx)
    }

    fn tell(&mut self, telling: &Telling) {
        self.told = self.wish.cursor.to_string();
        self.untold_since = Instant::now();
        self.out.push_back(framed(telling).id(&self.told));
    }

    fn note_end(&mut self, telling: &Telling) {
        let goes_on = [RUN_SUBMITTED, RUN_STARTED, RUN_REPLAYED].contains(&&*telling.kind);
        let ends = telling.topic == TOPIC_RUN && !goes_on;
        if let Some(progress) = self.progress.as_mut().filter(|_| ends) {
            progress.ended.insert(telling.subject.clone(), telling.time);
        }
    }

    /// Tells of runs that moved since the last look. What was looked at before a run's end was told is no news.
    fn look_at_runs(&mut self) -> bool {
        let Some(progress) = &mut self.progress else { return false };
        let seen = Arc::clone(&progress.seen.borrow_and_update());
        if Arc::ptr_eq(&seen, &progress.told) {
            return false;
        }
        let before = std::mem::replace(&mut progress.told, Arc::clone(&seen));
        progress.ended.retain(|_, ended| *ended >= seen.time);
        let has_ended: Vec<_> = progress.ended.keys().cloned().collect();
        let has_moved = |number: &i64, run: &Telling| {
            before.runs.get(number).is_none_or(|known| known.data != run.data)
                && !has_ended.contains(&run.subject)
        };
        for (number, run) in &seen.runs {
            if has_moved(number, run) && self.is_wanted(run) {
                self.out.push_back(framed(run));
            }
        }
        true
    }

    /// Something about the stream itself, whatever was wished for.
    fn say(&mut self, kind: &str, publisher: &str, data: Value) {
        metrics::counter!("metier_gateway_event_streams_behind_total", "publisher" => publisher.to_owned())
            .increment(1);
        let body = json!({ "type": kind, "subject": publisher, "time": self.clock.now(), "data": data });
        self.out.push_back(sse::Event::default().event(kind).data(body.to_string()));
    }

    /// When the cursor has to be told although nothing else is.
    fn owes_bookmark(&self) -> Option<Instant> {
        (self.wish.cursor.to_string() != self.told).then(|| self.untold_since + QUIET)
    }

    /// A frame without data: a browser keeps its id and tells nobody.
    fn bookmark(&mut self) -> sse::Event {
        self.told = self.wish.cursor.to_string();
        self.untold_since = Instant::now();
        sse::Event::default().id(&self.told)
    }

    /// Until something may have come.
    async fn wait(&mut self) {
        let retries = self.logs.iter().filter_map(|log| log.retry_at);
        let until =
            retries.chain(self.owes_bookmark()).min().unwrap_or_else(|| Instant::now() + LONGEST_WAIT);
        let ends = self.logs.iter_mut().map(|log| changed(&mut log.end));
        let runs = self.progress.iter_mut().map(|progress| changed(&mut progress.seen));
        let changes: Vec<BoxFuture<'_, ()>> = ends.chain(runs).collect();
        if changes.is_empty() {
            return tokio::time::sleep_until(until).await;
        }
        let _ = tokio::time::timeout_at(until, select_all(changes)).await;
    }
}

fn changed<T: Send + Sync>(receiver: &mut watch::Receiver<T>) -> BoxFuture<'_, ()> {
    Box::pin(async move {
        if receiver.changed().await.is_err() {
            std::future::pending().await
        }
    })
}

fn framed(telling: &Telling) -> sse::Event {
    let body = serde_json::to_string(telling).unwrap_or_default();
    sse::Event::default().event(&telling.kind).data(body)
}

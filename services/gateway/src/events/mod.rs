//! `/api/v1/events`: what happens in all services, as one stream for each client.
//!
//! The door keeps nothing: the events lie in the logs of those who published them, and a client's place in each is in
//! the id of the last one it heard.

mod follower;
mod progress;
mod tail;

use std::{sync::Arc, time::Duration};

use axum::{extract::State, response::Response};
use futures::stream;
use metier_core::{Ctx, Fault, FaultKind, UserId};
use metier_harness::{Kit, Loop, Mounted};
use metier_http::{Caller, LastEventId, Problem, Query};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use utoipa::IntoParams;

use crate::domain::{cursor::Cursor, filter::Filter};
use follower::{Follower, Wish};
use progress::Progress;
use tail::Tail;

/// Streams that are open at a time.
const MOST: usize = 1_024;
/// A stream ends after this and the client comes back with its last id: so long may it hear on after its rights ended.
const LONGEST: Duration = Duration::from_mins(10);

/// Who knows how far runs are.
const JOBS: &str = "jobs";

/// All events, for all who follow them. Clones share them.
#[derive(Clone)]
pub(crate) struct Events(Arc<Inner>);

struct Inner {
    kit: Kit,
    tails: Vec<Arc<Tail>>,
    progress: Option<Arc<Progress>>,
    places: Arc<Semaphore>,
}

impl Events {
    /// The events of these publishers.
    ///
    /// # Errors
    /// When one of them is unknown.
    pub(crate) fn new(kit: &Kit, publishers: &[&'static str]) -> Result<Self, Fault> {
        let tail = |publisher: &&'static str| Ok(Arc::new(Tail::new(publisher, kit.link(publisher)?)));
        let jobs = publishers.contains(&JOBS).then(|| kit.link(JOBS)).transpose()?;
        Ok(Self(Arc::new(Inner {
            tails: publishers.iter().map(tail).collect::<Result<_, Fault>>()?,
            progress: jobs.map(|link| Arc::new(Progress::new(link, kit.clock.clone()))),
            places: Arc::new(Semaphore::new(MOST)),
            kit: kit.clone(),
        })))
    }

    /// The service with what has to run for the streams.
    pub(crate) fn run_in(&self, mounted: Mounted) -> Mounted {
        let tails = self.0.tails.iter().map(|tail| {
            let tail = Arc::clone(tail);
            let name = format!("events.{}", tail.publisher);
            Loop::new(name, move |stop: CancellationToken| {
                let tail = Arc::clone(&tail);
                async move {
                    tail.run(stop).await;
                    Ok(())
                }
            })
        });
        let progress = self.0.progress.iter().map(|progress| {
            let progress = Arc::clone(progress);
            Loop::new("events.progress", move |stop: CancellationToken| {
                let progress = Arc::clone(&progress);
                async move {
                    progress.run(stop).await;
                    Ok(())
                }
            })
        });
        tails.chain(progress).fold(mounted, Mounted::with_loop)
    }

    fn is_there(&self, publisher: &str) -> bool {
        self.0.tails.iter().any(|tail| tail.publisher == publisher)
    }

    fn open(&self, wish: Wish) -> Result<Response, Fault> {
        let full = |_| Fault::new(FaultKind::Unavailable, "overloaded", "too many streams are open");
        let place = Arc::clone(&self.0.places).try_acquire_owned().map_err(full)?;
        let seen = self.0.progress.as_ref().map(|progress| progress.follow());
        let follower = Follower::new(wish, self.0.kit.clock.clone(), &self.0.tails, seen);
        let events = stream::unfold((follower, false, place), |(mut follower, begun, place)| async move {
            if !begun {
                follower.begin().await;
            }
            let event = follower.next().await;
            Some((event, (follower, true, place)))
        });
        let stop = self.0.kit.stop.clone();
        let end = async move {
            let _ = tokio::time::timeout(LONGEST, stop.cancelled()).await;
        };
        Ok(metier_http::events(events, end))
    }
}

/// What a client wishes to hear.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// Names of events, or how they begin, separated by commas: `run,source.synced`. All when left out.
    #[serde(rename = "type")]
    #[param(example = "run,source.synced")]
    types: String,
    /// Ids of what the events are about, separated by commas.
    subject: String,
    /// Whose things the events are about: `me`, or a user's id.
    #[param(example = "me")]
    owner: Option<String>,
    /// Goes on after the event of this id, as the header `Last-Event-ID` does, which is taken rather than this.
    after: String,
}

impl EventQuery {
    fn wish(self, ctx: Ctx, last: Option<String>, events: &Events) -> Result<Wish, Fault> {
        let filter =
            Filter::new(&self.types, &self.subject, self.owner.map(|text| owner(&ctx, &text)).transpose()?)?;
        let cursor: Cursor = last.unwrap_or(self.after).parse()?;
        Ok(Wish { ctx, filter, cursor: cursor.among(|publisher| events.is_there(publisher)) })
    }
}

fn owner(ctx: &Ctx, text: &str) -> Result<UserId, Fault> {
    match text {
        "me" => ctx.user(),
        id => id.parse().map_err(|_| Fault::invalid("owner", "must be me, or the id of a user")),
    }
}

/// Follow events
///
/// Server-sent events: `event` is the type, `data` a JSON object with `id`, `type`, `subject`, `time`, `owner`,
/// `correlation_id` and `data`, and `id` is where the client is. Shown again as `Last-Event-ID` it goes on right there,
/// without a gap or a repetition, also after a restart of any service; without it the stream begins now. Everybody hears
/// what they may see. `run.progressed` is told live only, about twice a second at most. `stream.lagging` says that the
/// client is slower than the events, `stream.gap` that some are gone. A stream ends after ten minutes.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(EventQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was heard")),
    responses((status = 200, description = "Events until the client goes", body = String, content_type = "text/event-stream")))]
pub(crate) async fn follow(
    State(events): State<Events>,
    Caller(ctx): Caller,
    Query(query): Query<EventQuery>,
    LastEventId(last): LastEventId,
) -> Result<Response, Problem> {
    ctx.require_somebody()?;
    Ok(events.open(query.wish(ctx, last, &events)?)?)
}

//! Reading a publisher's log from any position, for readers that keep their position themselves.

use std::time::Duration;

use metier_core::{Fault, FaultKind};
use metier_rpc::Link;
use tonic::{Code, Request, Status};

use crate::{
    Event,
    protocol::{self, ReadRequest, event_log_client::EventLogClient},
};

/// The code of a service's answer that has no log: it publishes nothing.
pub const NO_LOG: &str = "no_event_log";

/// How long an answer may take beyond the wait that was asked for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a look into a log found.
#[derive(Debug, Default)]
pub struct Found {
    /// The events, in their order.
    pub events: Vec<Event>,
    /// Everything up to here has been looked at.
    pub position: i64,
}

/// One publisher's log. Clones read the same one.
#[derive(Clone, Debug)]
pub struct LogReader(EventLogClient<Link>);

impl LogReader {
    /// Reads the log of the service at the other end of `link`.
    pub fn new(link: Link) -> Self {
        Self(EventLogClient::new(link))
    }

    /// At most `limit` events of these topics (all, when there are none) after a position, waiting up to `wait` for
    /// a first one.
    ///
    /// # Errors
    /// When the publisher is away, or an event cannot be read.
    pub async fn read(
        &self,
        after: i64,
        topics: &[String],
        limit: u32,
        wait: Duration,
    ) -> Result<Found, Fault> {
        let wait_ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
        let mut request = Request::new(ReadRequest { after, topics: topics.to_vec(), limit, wait_ms });
        // A shorter deadline, such as the usual one of a call, would end every wait for something to happen.
        request.set_timeout(wait + PATIENCE);
        let reply = self.ask(request).await?;
        let events = reply.events.into_iter().map(Event::try_from).collect::<Result<_, _>>()?;
        Ok(Found { events, position: reply.position })
    }

    /// The position of the newest event.
    ///
    /// # Errors
    /// When the publisher is away.
    pub async fn end(&self) -> Result<i64, Fault> {
        let request = Request::new(ReadRequest { after: -1, ..ReadRequest::default() });
        Ok(self.ask(request).await?.position)
    }

    async fn ask(&self, request: Request<ReadRequest>) -> Result<protocol::ReadReply, Fault> {
        Ok(self.0.clone().read(request).await.map_err(unread)?.into_inner())
    }
}

fn unread(status: Status) -> Fault {
    if status.code() == Code::Unimplemented {
        return Fault::new(FaultKind::NotFound, NO_LOG, "this service publishes nothing").caused_by(status);
    }
    metier_rpc::fault(status)
}

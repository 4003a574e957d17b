//! The network behind a [`crate::Link`]: a lazy HTTP/2 channel, and its failures in our words.

use std::{
    error::Error,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::Frame;
use metier_core::Fault;
use tonic::{
    Code, Status, TimeoutExpired,
    body::Body,
    transport::{Channel, Endpoint},
};
use tower::BoxError;

use crate::deadline;

const HEADER_BYTES: u32 = 64 * 1024;

/// How to keep a connection to a peer.
#[derive(Clone, Debug)]
pub struct RemoteOptions {
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// How often an open connection is probed, idle or not.
    pub keep_alive: Duration,
    /// When a probe without answer ends the connection.
    pub keep_alive_timeout: Duration,
}

impl Default for RemoteOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            keep_alive: Duration::from_secs(20),
            keep_alive_timeout: Duration::from_secs(10),
        }
    }
}

pub(crate) fn channel(address: &str, options: &RemoteOptions) -> Result<Channel, Fault> {
    let endpoint = Endpoint::from_shared(address.to_owned()).map_err(|error| {
        Fault::invalid("address", format!("{address:?} is not an address")).caused_by(error)
    })?;
    Ok(endpoint
        .connect_timeout(options.connect_timeout)
        .http2_keep_alive_interval(options.keep_alive)
        .keep_alive_timeout(options.keep_alive_timeout)
        .keep_alive_while_idle(true)
        .http2_max_header_list_size(HEADER_BYTES)
        .tcp_nodelay(true)
        .connect_lazy())
}

/// The status of a call whose connection failed: the peer is away, unless time was up.
pub(crate) fn broken(error: BoxError) -> Status {
    if within::<TimeoutExpired>(&*error) {
        return deadline::exceeded();
    }
    lost(Status::from_error(error))
}

fn lost(status: Status) -> Status {
    match status.code() {
        Code::Unknown | Code::Internal | Code::Cancelled => {
            let mut lost =
                Status::unavailable(format!("connection to the peer failed: {}", status.message()));
            lost.set_source(std::sync::Arc::new(status));
            lost
        }
        _ => status,
    }
}

fn within<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<E>() {
            return true;
        }
        next = error.source();
    }
    false
}

/// An answer's body whose connection may break on the way.
pub(crate) fn body(inner: Body) -> Body {
    Body::new(Breakable(inner))
}

struct Breakable(Body);

impl http_body::Body for Breakable {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Pin::new(&mut self.0).poll_frame(cx).map_err(lost)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.0.size_hint()
    }
}

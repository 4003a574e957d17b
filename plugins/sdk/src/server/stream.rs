//! `POST /v2/sync`: the request checked, then the stream of lines.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{State, rejection::BytesRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::BytesMut;
use futures::StreamExt;
use serde_json::{Map, Value};
use tokio_stream::wrappers::ReceiverStream;

use super::{Host, refusal::Refusal, run};
use crate::{
    Pass, SourcePlugin,
    wire::{Frame, Posting, SyncRequest, limits},
};

/// Lines sent together when they are ready together.
const LINES_AT_ONCE: usize = 32;

/// Streams one sync.
pub(super) async fn sync<P: SourcePlugin>(
    State(host): State<Arc<Host<P>>>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let (pass, deadline) = match body.map_err(unread).and_then(|body| read::<P>(&body)) {
        Ok(asked) => asked,
        Err(refusal) => return refusal.into_response(),
    };
    let Some(turn) = run::take_turn(&host).await else { return Refusal::busy().into_response() };
    let frames = ReceiverStream::new(run::start(host, turn, pass, deadline));
    let lines =
        frames.ready_chunks(LINES_AT_ONCE).map(|frames| Ok::<_, std::convert::Infallible>(encode(frames)));
    let kind = HeaderValue::from_static("application/x-ndjson");
    ([(header::CONTENT_TYPE, kind)], Body::from_stream(lines)).into_response()
}

fn unread(rejection: BytesRejection) -> Refusal {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let title = "the request is larger than 128 KiB";
        return Refusal { status: StatusCode::PAYLOAD_TOO_LARGE, code: "too_large", title, detail: None };
    }
    invalid("the request broke off", rejection.body_text())
}

fn invalid(title: &'static str, detail: String) -> Refusal {
    Refusal { status: StatusCode::BAD_REQUEST, code: "invalid_request", title, detail: Some(detail) }
}

type Asked<C> = (Pass<C>, Option<Duration>);

fn read<P: SourcePlugin>(body: &[u8]) -> Result<Asked<P::Checkpoint>, Refusal> {
    let body: &[u8] = if body.is_empty() { b"{}" } else { body };
    // Through an object first: a list of values would also read as one.
    let request: SyncRequest = serde_json::from_slice::<Map<String, Value>>(body)
        .and_then(|object| serde_json::from_value(object.into()))
        .map_err(|error| invalid("the request does not read", error.to_string()))?;
    let page_size = request.page_size() as usize;
    let deadline = request.deadline_ms.map(Duration::from_millis);
    let checkpoint = request.checkpoint.map(understood).transpose()?;
    Ok((Pass { checkpoint, page_size }, deadline))
}

fn understood<C: serde::de::DeserializeOwned>(checkpoint: Value) -> Result<C, Refusal> {
    serde_json::from_value(checkpoint).map_err(|error| Refusal {
        status: StatusCode::CONFLICT,
        code: "checkpoint_refused",
        title: "the checkpoint is not one of this plugin's; ask again without it",
        detail: Some(error.to_string()),
    })
}

fn encode(frames: Vec<Frame>) -> Bytes {
    let mut lines = BytesMut::new();
    for frame in frames {
        lines.extend_from_slice(&line(frame));
        lines.extend_from_slice(b"\n");
    }
    lines.freeze()
}

/// One line. A posting too long for the contract first goes without its raw form, and is else rejected in its place,
/// so that the count stays true.
fn line(frame: Frame) -> Vec<u8> {
    let bytes = serde_json::to_vec(&frame).unwrap_or_default();
    if !bytes.is_empty() && bytes.len() < limits::MAX_LINE_BYTES {
        return bytes;
    }
    match frame {
        Frame::Posting { posting } if posting.raw.is_some() => {
            line(Frame::Posting { posting: Box::new(Posting { raw: None, ..*posting }) })
        }
        Frame::Posting { posting } => {
            let reason = "the posting is larger than 1 MiB".to_owned();
            line(Frame::Rejected { original_id: Some(posting.original_id), reason })
        }
        // Every other frame is bounded where it is written.
        _ => br#"{"type":"warning","reason":"a line was too long to send"}"#.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_back(frame: Frame) -> Frame {
        Frame::parse(&line(frame)).unwrap()
    }

    #[test]
    fn a_posting_too_long_for_a_line_loses_its_raw_form_before_it_is_refused() {
        let mut posting = Posting::new("1", "Målare");
        posting.raw = Some("x".repeat(limits::MAX_LINE_BYTES).into());
        let Frame::Posting { posting: sent } =
            read_back(Frame::Posting { posting: Box::new(posting.clone()) })
        else {
            panic!("not sent")
        };
        assert_eq!(*sent, Posting { raw: None, ..posting.clone() });

        posting.fields.insert("text".into(), "x".repeat(limits::MAX_LINE_BYTES).into());
        let sent = read_back(Frame::Posting { posting: Box::new(posting) });
        assert!(matches!(sent, Frame::Rejected { original_id: Some(id), .. } if id == "1"));
    }
}

//! Server-sent events, as far as `GET /api/v1/events` sends them.

use super::ClientError;

/// The most that one frame may have.
const FRAME_BYTES: usize = 4 * 1024 * 1024;

/// What a stream said at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// The type of the event; empty for a place to come back to.
    pub event: String,
    /// Where the reader is from here on.
    pub id: Option<String>,
    /// What is told.
    pub data: String,
}

/// Cuts a stream into frames, however its bytes arrive.
#[derive(Debug, Default)]
pub struct Frames {
    rest: Vec<u8>,
}

impl Frames {
    /// The frames that are whole now. Comments are none.
    pub fn read(&mut self, bytes: &[u8]) -> Result<Vec<Frame>, ClientError> {
        self.rest.extend_from_slice(bytes);
        let mut frames = Vec::new();
        while let Some(end) = self.rest.windows(2).position(|pair| pair == b"\n\n") {
            let whole: Vec<u8> = self.rest.drain(..end + 2).collect();
            frames.extend(frame(&String::from_utf8_lossy(&whole)));
        }
        if self.rest.len() > FRAME_BYTES {
            return Err(ClientError::Failed("the server sends an event that has no end".to_owned()));
        }
        Ok(frames)
    }
}

fn frame(text: &str) -> Option<Frame> {
    let mut frame = Frame::default();
    for line in text.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut frame.event),
            "id" => frame.id = Some(value.to_owned()),
            "data" if frame.data.is_empty() => value.clone_into(&mut frame.data),
            "data" => frame.data = format!("{}\n{value}", frame.data),
            _ => {}
        }
    }
    (frame != Frame::default()).then_some(frame)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STREAM: &str = "id: a:1\n\n:\n\nevent: run.failed\nid: a:2\ndata: {\"é\":1}\n\nevent: x\ndata: 1\ndata: 2\n\nevent: half";

    fn expected() -> Vec<Frame> {
        let frame = |event: &str, id: Option<&str>, data: &str| Frame {
            event: event.to_owned(),
            id: id.map(str::to_owned),
            data: data.to_owned(),
        };
        vec![
            frame("", Some("a:1"), ""),
            frame("run.failed", Some("a:2"), "{\"é\":1}"),
            frame("x", None, "1\n2"),
        ]
    }

    proptest! {
        #[test]
        fn a_stream_is_read_alike_however_it_is_cut(cuts in proptest::collection::vec(1_usize..20, 1..40)) {
            let (mut frames, mut read, mut rest) = (Frames::default(), Vec::new(), STREAM.as_bytes());
            for cut in cuts.into_iter().chain([STREAM.len()]) {
                let (part, more) = rest.split_at(cut.min(rest.len()));
                read.extend(frames.read(part).unwrap());
                rest = more;
            }
            prop_assert_eq!(read, expected());
        }
    }

    #[test]
    fn a_frame_without_an_end_is_given_up() {
        let mut frames = Frames::default();
        assert!(frames.read(&vec![b'x'; FRAME_BYTES + 1]).is_err());
    }
}

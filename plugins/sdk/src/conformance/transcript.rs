//! One stream as the kit read it.

use std::collections::BTreeMap;

use reqwest::Response;
use serde_json::Value;

use super::probe::content_type;
use crate::wire::{End, Frame, FrameError, Posting, limits};

/// What came, and how it stopped.
#[derive(Default)]
pub(super) struct Transcript {
    pub(super) status: u16,
    pub(super) kind: String,
    /// The lines that read, with those that are postings not yet judged.
    pub(super) frames: Vec<Frame>,
    /// Postings that do not read, told as sentences.
    pub(super) bad_postings: Vec<String>,
    /// Lines that are no frames, told as sentences.
    pub(super) bad_lines: Vec<String>,
    /// Whether the plugin closed the stream itself.
    pub(super) closed: bool,
    /// Why reading stopped otherwise.
    pub(super) broke_off: Option<String>,
}

impl Transcript {
    /// Reads up to `lines` lines and `bytes` bytes.
    pub(super) async fn read(mut response: Response, lines: usize, bytes: usize) -> Self {
        let mut transcript =
            Self { status: response.status().as_u16(), kind: content_type(&response), ..Self::default() };
        let (mut pending, mut taken, mut seen) = (Vec::new(), 0, 0);
        while seen < lines && taken < bytes {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    taken += chunk.len();
                    pending.extend_from_slice(&chunk);
                    seen += transcript.take_lines(&mut pending, lines - seen);
                    if seen < lines && pending.len() > limits::MAX_LINE_BYTES {
                        transcript.bad_lines.push("a line goes on beyond 1 MiB".to_owned());
                        break;
                    }
                }
                Ok(None) => {
                    transcript.close(&pending);
                    break;
                }
                Err(error) => {
                    transcript.broke_off = Some(format!("the connection broke: {error}"));
                    break;
                }
            }
        }
        transcript
    }

    fn take_lines(&mut self, pending: &mut Vec<u8>, most: usize) -> usize {
        let mut taken = 0;
        while taken < most
            && let Some(end) = pending.iter().position(|byte| *byte == b'\n')
        {
            let line: Vec<u8> = pending.drain(..=end).collect();
            taken += 1;
            self.take(&line);
        }
        taken
    }

    fn take(&mut self, line: &[u8]) {
        if line.len() > limits::MAX_LINE_BYTES {
            self.bad_lines.push(format!("a line has {} bytes", line.len()));
        }
        if line.trim_ascii().is_empty() {
            self.bad_lines.push("a line is empty".to_owned());
            return;
        }
        match Frame::parse(line) {
            Ok(frame) => self.frames.push(frame),
            Err(error @ FrameError::Posting { .. }) => self.bad_postings.push(error.to_string()),
            Err(error) => self.bad_lines.push(error.to_string()),
        }
    }

    fn close(&mut self, rest: &[u8]) {
        self.closed = true;
        if !rest.trim_ascii().is_empty() {
            self.bad_lines.push("the last line is not ended by a line feed".to_owned());
            self.take(rest);
        }
    }

    pub(super) fn end(&self) -> Option<&End> {
        self.frames.iter().find_map(|frame| match frame {
            Frame::End(end) => Some(end),
            _ => None,
        })
    }

    pub(super) fn postings(&self) -> impl Iterator<Item = &Posting> {
        self.frames.iter().filter_map(|frame| match frame {
            Frame::Posting { posting } => Some(&**posting),
            _ => None,
        })
    }

    /// Title by id.
    pub(super) fn titles(&self) -> BTreeMap<&str, &str> {
        self.postings().map(|posting| (posting.original_id.as_str(), posting.title.as_str())).collect()
    }

    /// How many lines count towards `fetched`; a posting that does not read counts too.
    pub(super) fn counted(&self) -> usize {
        self.frames.iter().filter(|frame| frame.is_counted()).count() + self.bad_postings.len()
    }

    /// The first checkpoint, and how many frames lie before it.
    pub(super) fn first_checkpoint(&self) -> Option<(usize, &Value)> {
        self.frames.iter().enumerate().find_map(|(place, frame)| match frame {
            Frame::Checkpoint { checkpoint } => Some((place, checkpoint)),
            _ => None,
        })
    }

    /// Whether the plugin ended the stream by itself, without failing and without more to come.
    pub(super) fn ran_through(&self) -> bool {
        self.closed && self.end().is_some_and(|end| !end.more && end.error.is_none())
    }
}

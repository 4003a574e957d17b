//! `POST /v2/sync`: the request, and the lines of the stream that answers it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::{Posting, limits};

/// The body of `POST /v2/sync`. Every key may be left out; `{}` asks for everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SyncRequest {
    /// The checkpoint Metier kept from the last stream, byte for byte the plugin's own; `null` for none.
    #[serde(default)]
    pub checkpoint: Option<Value>,
    /// How many postings the plugin sends between two checkpoints, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u32>,
    /// After how many milliseconds the plugin ends the stream by itself, with `more`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u64>,
}

impl SyncRequest {
    /// The page size asked for, within the limits of the contract.
    pub fn page_size(&self) -> u32 {
        self.page_size.unwrap_or(limits::DEFAULT_PAGE_SIZE).clamp(1, limits::MAX_PAGE_SIZE)
    }
}

/// One line of the stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Frame {
    /// A posting on offer.
    Posting {
        /// The posting, nested so that its own keys can never meet the frame's.
        posting: Box<Posting>,
    },
    /// A posting that the source says it took down. It may be expired at once.
    Removed {
        /// The id the posting was sent with.
        original_id: String,
        /// When the source took it down, if it says so.
        #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
        removed_at: Option<OffsetDateTime>,
    },
    /// An ad that the plugin could not turn into a posting. Counted and shown, never hidden.
    Rejected {
        /// The ad's id, where it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        original_id: Option<String>,
        /// Why, one sentence.
        reason: String,
    },
    /// Everything above is the plugin's past: a next sync may begin here.
    Checkpoint {
        /// Opaque to Metier. `null` says: begin again from nothing.
        checkpoint: Value,
    },
    /// A part of the source failed and the rest went on.
    Warning {
        /// What failed and why, one sentence.
        reason: String,
    },
    /// The last line. A stream that stops without it was cut off and is never complete.
    End(End),
}

/// How a stream ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// True only when THIS stream held every posting that the source has on offer under its settings.
    pub complete: bool,
    /// True when the plugin stopped before it was through: ask again at once, with the last checkpoint.
    #[serde(default)]
    pub more: bool,
    /// How many `posting`, `removed` and `rejected` lines this stream held.
    pub fetched: u64,
    /// Why the sync failed, one sentence; what was sent before stays valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Anything worth a line in the sync log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Why a line of the stream is not a frame.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Not JSON at all: the stream is damaged and must be given up.
    #[error("the line is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// A posting that does not read. The rest of the stream is unharmed.
    #[error("the posting does not read: {source}")]
    Posting {
        /// The posting's id, where it could be found.
        original_id: Option<String>,
        /// Which field, and why.
        source: serde_json::Error,
    },
    /// A known frame without what it must hold.
    #[error("the {kind} frame does not read: {source}")]
    Malformed {
        /// The frame's type.
        kind: String,
        /// Which field, and why.
        source: serde_json::Error,
    },
    /// A frame of a later contract. To be skipped.
    #[error("unknown frame type {0:?}")]
    Unknown(String),
}

impl Frame {
    /// Reads one line. One bad posting is an error of its own kind, so that it never costs the rest.
    pub fn parse(line: &[u8]) -> Result<Self, FrameError> {
        let value: Value = serde_json::from_slice(line).map_err(FrameError::NotJson)?;
        let kind = value.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        match kind.as_str() {
            "posting" => Self::parse_posting(value),
            "removed" | "rejected" | "checkpoint" | "warning" | "end" => {
                serde_json::from_value(value).map_err(|source| FrameError::Malformed { kind, source })
            }
            _ => Err(FrameError::Unknown(kind)),
        }
    }

    fn parse_posting(mut value: Value) -> Result<Self, FrameError> {
        let posting = value.get_mut("posting").map(Value::take).unwrap_or_default();
        let original_id = posting.get("original_id").and_then(Value::as_str).map(str::to_owned);
        serde_json::from_value(posting)
            .map(|posting| Self::Posting { posting })
            .map_err(|source| FrameError::Posting { original_id, source })
    }

    /// Whether the line counts towards [`End::fetched`].
    pub fn is_counted(&self) -> bool {
        matches!(self, Self::Posting { .. } | Self::Removed { .. } | Self::Rejected { .. })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(value: &Value) -> Result<Frame, FrameError> {
        Frame::parse(value.to_string().as_bytes())
    }

    #[test]
    fn every_frame_reads_back_as_it_was_written() {
        let frames = [
            Frame::Posting { posting: Box::new(Posting::new("1", "Rörmokare")) },
            Frame::Removed { original_id: "2".into(), removed_at: Some(OffsetDateTime::UNIX_EPOCH) },
            Frame::Rejected { original_id: None, reason: "it has no title".into() },
            Frame::Checkpoint { checkpoint: json!({"page": 3}) },
            Frame::Warning { reason: "gb answered 500".into() },
            Frame::End(End { complete: true, fetched: 3, ..End::default() }),
        ];
        for frame in frames {
            let line = serde_json::to_vec(&frame).unwrap();
            assert_eq!(Frame::parse(&line).unwrap(), frame);
        }
    }

    #[test]
    fn a_bad_posting_names_itself_and_its_fault() {
        let error =
            parse(&json!({"type": "posting", "posting": {"original_id": "7", "title": 5}})).unwrap_err();
        let FrameError::Posting { original_id, source } = error else { panic!("{error}") };
        assert_eq!(original_id.as_deref(), Some("7"));
        assert!(source.to_string().contains("expected a string"), "{source}");
    }

    #[test]
    fn a_frame_of_a_later_contract_is_told_apart_from_damage() {
        assert!(
            matches!(parse(&json!({"type": "weather"})), Err(FrameError::Unknown(kind)) if kind == "weather")
        );
        assert!(matches!(Frame::parse(b"{\"type\":\"posti"), Err(FrameError::NotJson(_))));
        assert!(matches!(parse(&json!({"type": "end"})), Err(FrameError::Malformed { .. })));
    }

    #[test]
    fn an_empty_request_asks_for_everything() {
        let request: SyncRequest = serde_json::from_str("{}").unwrap();
        assert_eq!((request.checkpoint.clone(), request.page_size()), (None, limits::DEFAULT_PAGE_SIZE));
        assert_eq!(SyncRequest { page_size: Some(0), ..request }.page_size(), 1);
    }
}

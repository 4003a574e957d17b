//! Reading what plugins answer, however they put it.
//!
//! Every dialect that shipped plugins speak is accepted. An entry that cannot be read is a [`Rejection`] of
//! that entry alone; only a reply that is no list at all is a [`Refusal`].

mod contract;
mod decode;
mod health;
mod job_post;
mod legacy;
mod moment;
mod reader;
mod record;

use serde::{Deserialize, Serialize};

pub use contract::{End, Line, read_line};
pub use health::{Condition, Health, read_health};
pub use legacy::{Listing, read_listing, read_sync_answer};
pub use moment::parse_moment;
pub use record::{Markup, RawPosting};

/// The most a reply may hold. Anything past a limit is refused with the limit named.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one whole reply.
    pub body_bytes: usize,
    /// Bytes of one posting as sent.
    pub posting_bytes: usize,
    /// Postings in one reply.
    pub postings: usize,
    /// Levels of nesting within one posting.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body_bytes: 64 << 20, posting_bytes: 1 << 20, postings: 50_000, depth: 16 }
    }
}

/// Why one entry of a batch was not taken. The rest of the batch is unharmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Place in the batch, from zero.
    pub position: usize,
    /// The source's own id, where it could be read.
    pub original_id: Option<String>,
    /// The field at fault; `posting` when it is the entry as a whole.
    pub field: String,
    /// What is wrong with it, for a person to read.
    pub reason: String,
}

/// An optional field that was set aside because it made no sense; the posting itself was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// The field that was set aside.
    pub field: String,
    /// What was wrong with it.
    pub reason: String,
}

impl Doubt {
    pub(crate) fn new(field: &str, reason: impl Into<String>) -> Self {
        Self { field: field.to_owned(), reason: reason.into() }
    }
}

/// Why a whole reply was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The body is longer than [`Limits::body_bytes`].
    #[error("the reply has {bytes} bytes, more than the {limit} allowed")]
    TooLarge {
        /// Length of the body.
        bytes: usize,
        /// The limit it broke.
        limit: usize,
    },
    /// More entries than [`Limits::postings`].
    #[error("the reply lists {count} postings, more than the {limit} allowed")]
    TooMany {
        /// Entries in the list.
        count: usize,
        /// The limit it broke.
        limit: usize,
    },
    /// The plugin said that it failed, by HTTP status or in the body.
    #[error("the plugin failed with HTTP {status}: {message}")]
    Failed {
        /// The HTTP status.
        status: u16,
        /// What the plugin said, shortened.
        message: String,
    },
    /// Not JSON, or JSON that breaks off.
    #[error("the reply is not valid JSON at line {line}, column {column}: {reason}")]
    NotJson {
        /// Line, from one.
        line: usize,
        /// Column, from one.
        column: usize,
        /// The parser's words.
        reason: String,
    },
    /// JSON, but no list of postings in any known place.
    #[error("the reply holds no list of postings under data or jobs, nor is it one")]
    NoList,
}

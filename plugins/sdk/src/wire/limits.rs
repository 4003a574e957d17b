//! The sizes both sides hold to. Metier refuses what is larger; the kit and the server in this crate check it.

/// Postings (with removed and rejected ones) between two checkpoints, at most.
pub const MAX_PAGE_SIZE: u32 = 1_000;
/// The page size used when a request names none.
pub const DEFAULT_PAGE_SIZE: u32 = 100;
/// Bytes of one line of the stream, its line feed included.
pub const MAX_LINE_BYTES: usize = 1024 * 1024;
/// Bytes of a checkpoint as JSON.
pub const MAX_CHECKPOINT_BYTES: usize = 64 * 1024;
/// Bytes of a request body a plugin must accept, and may refuse to exceed.
pub const MAX_REQUEST_BYTES: usize = 128 * 1024;
/// Characters of `original_id`.
pub const MAX_ID_CHARS: usize = 200;
/// Characters of `title`, `company` and every other one-line text.
pub const MAX_LINE_CHARS: usize = 500;
/// Characters of `url`.
pub const MAX_URL_CHARS: usize = 2_000;
/// Characters of the description.
pub const MAX_DESCRIPTION_CHARS: usize = 200_000;
/// Entries in each list of skills.
pub const MAX_SKILLS: usize = 200;
/// Keys in `fields`.
pub const MAX_FIELDS: usize = 100;
/// Characters of a note, warning or reason.
pub const MAX_REASON_CHARS: usize = 1_000;

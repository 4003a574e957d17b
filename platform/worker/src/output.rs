//! What a task printed and how far it got, until the lease sends it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use metier_core::Timestamp;
use tokio::sync::Notify;

use crate::protocol::{OutputChunk, Progress};

/// Most unsent bytes kept for one task. The lease empties it several times a second.
const CAPACITY: usize = 256 * 1024;

/// Which of a task's outputs a text belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// What a command wrote to its standard output.
    Stdout,
    /// What a command wrote to its standard error.
    Stderr,
    /// What the handler itself has to say.
    Log,
}

impl Stream {
    const fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Log => "log",
        }
    }
}

/// Shared between a handler, which writes, and its lease, which takes and sends.
#[derive(Debug, Default)]
pub(crate) struct Feedback {
    state: Mutex<State>,
    changed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    progress: Option<(u32, String)>,
    chunks: Vec<OutputChunk>,
    bytes: usize,
    dropped: usize,
    written: bool,
}

impl Feedback {
    /// Rings `changed` whenever there is something to send.
    pub(crate) fn ringing(changed: Arc<Notify>) -> Self {
        Self { state: Mutex::default(), changed }
    }

    pub(crate) fn progress(&self, thousandths: u32, message: String) {
        self.state().progress = Some((thousandths.min(1_000), message));
        self.changed.notify_one();
    }

    pub(crate) fn output(&self, task: i64, stream: Stream, text: String, at: Timestamp) {
        let mut state = self.state();
        state.written = true;
        if state.bytes + text.len() > CAPACITY {
            state.dropped += text.len();
        } else {
            state.bytes += text.len();
            let at = at.micros();
            state.chunks.push(OutputChunk { task, stream: stream.name().to_owned(), text, at });
        }
        drop(state);
        self.changed.notify_one();
    }

    pub(crate) fn take_progress(&self, task: i64) -> Option<Progress> {
        let (thousandths, message) = self.state().progress.take()?;
        Some(Progress { task, thousandths, message })
    }

    /// Everything unsent; what did not fit is told of in a last chunk.
    pub(crate) fn take_output(&self, task: i64) -> Vec<OutputChunk> {
        let mut state = self.state();
        let mut chunks = std::mem::take(&mut state.chunks);
        let dropped = std::mem::take(&mut state.dropped);
        state.bytes = 0;
        if dropped > 0 {
            let text =
                format!("{dropped} bytes of output are missing: they came faster than they could be sent");
            let at = chunks.last().map_or(0, |last| last.at);
            chunks.push(OutputChunk { task, stream: Stream::Log.name().to_owned(), text, at });
        }
        chunks
    }

    /// Whether there ever was output; some of it may just be on its way.
    pub(crate) fn was_written(&self) -> bool {
        self.state().written
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_beyond_the_capacity_is_counted_and_told_of() {
        let feedback = Feedback::default();
        feedback.output(7, Stream::Stdout, "x".repeat(CAPACITY), Timestamp::EPOCH);
        feedback.output(7, Stream::Stdout, "too much".to_owned(), Timestamp::EPOCH);
        let chunks = feedback.take_output(7);
        assert_eq!(chunks.len(), 2);
        assert!(chunks[1].text.starts_with("8 bytes"), "{}", chunks[1].text);
        assert_eq!(feedback.take_output(7), []);
    }

    #[test]
    fn only_the_latest_progress_is_sent() {
        let feedback = Feedback::default();
        feedback.progress(100, "one".to_owned());
        feedback.progress(5_000, "two".to_owned());
        let expected = Progress { task: 1, thousandths: 1_000, message: "two".to_owned() };
        assert_eq!(feedback.take_progress(1), Some(expected));
        assert_eq!(feedback.take_progress(1), None);
    }
}

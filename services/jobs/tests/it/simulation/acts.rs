//! What can happen to the engine.

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Somebody sends a new run, or sends one again.
    Submit,
    Cancel,
    Replay,
    Pause,
    Resume,
    /// A worker does the next thing: claims, ends a task, reports, or sends a heartbeat.
    Work,
    /// Some message arrives, whichever was sent first.
    Deliver,
    /// Some message never arrives.
    Drop,
    /// Some request arrives twice.
    Repeat,
    /// A worker dies, and another of its name comes up that knows nothing.
    KillWorker,
    /// Every replica of the engine dies and comes up on what the database holds.
    KillEngine,
    /// Time passes.
    Pass,
    Promote,
    Rescue,
    FinishCancellations,
}

/// How often each act happens, of the sum of all.
pub const ACTS: &[(Act, u32)] = &[
    (Act::Submit, 6),
    (Act::Cancel, 3),
    (Act::Replay, 6),
    (Act::Pause, 1),
    (Act::Resume, 2),
    (Act::Work, 50),
    (Act::Deliver, 24),
    (Act::Drop, 3),
    (Act::Repeat, 3),
    (Act::KillWorker, 1),
    (Act::KillEngine, 1),
    (Act::Pass, 9),
    (Act::Promote, 4),
    (Act::Rescue, 6),
    (Act::FinishCancellations, 1),
];

//! What can happen to workflows.

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Somebody starts a workflow, a new one or one that there is.
    Start,
    /// A replica decides what comes next in a run, or two of them do at once.
    Decide,
    /// A worker claims, ends a task, says again how it ended, sends a heartbeat, or dies.
    Work,
    /// Somebody sends a signal to a run, whatever it waits for.
    Signal,
    /// Somebody approves or rejects a step, whether or not they may and it waits.
    Judge,
    Cancel,
    Resume,
    /// Time passes.
    Pass,
    Promote,
    Rescue,
    FinishCancellations,
    /// Every replica of the engine dies and comes up on what the database holds.
    KillEngine,
}

/// How often each act happens, of the sum of all.
pub const ACTS: &[(Act, u32)] = &[
    (Act::Start, 5),
    (Act::Decide, 34),
    (Act::Work, 34),
    (Act::Signal, 5),
    (Act::Judge, 4),
    (Act::Cancel, 4),
    (Act::Resume, 6),
    (Act::Pass, 6),
    (Act::Promote, 2),
    (Act::Rescue, 3),
    (Act::FinishCancellations, 1),
    (Act::KillEngine, 1),
];

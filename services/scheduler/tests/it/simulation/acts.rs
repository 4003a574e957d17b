//! What can happen to schedules.

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Create,
    Pause,
    Resume,
    /// Somebody starts a schedule by hand.
    Start,
    /// A replica writes down the times that have come.
    Fire,
    /// A replica reads which fires are to be submitted.
    Look,
    /// A replica submits one of those that it saw, whatever became of it since.
    Submit,
    /// A run ends; the news of it may be lost.
    End,
    Pass,
    /// A replica's clock is set to another time.
    SetClock,
    /// The engine goes away, or comes back.
    Away,
    /// The owner is disabled, or enabled again.
    Disable,
    /// A replica dies, and another comes up.
    Kill,
}

/// How often each act happens, of the sum of all.
pub const ACTS: &[(Act, u32)] = &[
    (Act::Create, 3),
    (Act::Pause, 2),
    (Act::Resume, 3),
    (Act::Start, 3),
    (Act::Fire, 16),
    (Act::Look, 16),
    (Act::Submit, 30),
    (Act::End, 7),
    (Act::Pass, 16),
    (Act::SetClock, 2),
    (Act::Away, 2),
    (Act::Disable, 1),
    (Act::Kill, 1),
];

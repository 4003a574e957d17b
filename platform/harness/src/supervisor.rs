//! Keeps a loop running: starts it again when it ends, fails or panics, and remembers that it did.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use metier_core::{Fault, Random};
use tokio::{
    task::JoinError,
    time::{Instant, sleep},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::Loop;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A loop that has run this long is well again.
const STABLE: Duration = Duration::from_secs(10);

/// How a loop is doing, for the health report.
#[derive(Debug)]
pub(crate) struct LoopState {
    pub(crate) name: Cow<'static, str>,
    now: Mutex<LoopNow>,
}

/// A moment of a loop.
#[derive(Clone, Debug, Default)]
pub(crate) struct LoopNow {
    /// How often it had to be started again.
    pub(crate) restarts: u64,
    /// Why it was started again last, until it has run quietly for a while.
    pub(crate) trouble: Option<String>,
}

impl LoopState {
    pub(crate) fn new(name: Cow<'static, str>) -> Arc<Self> {
        Arc::new(Self { name, now: Mutex::default() })
    }

    pub(crate) fn now(&self) -> LoopNow {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn fell(&self, why: String) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.restarts += 1;
        now.trouble = Some(why);
    }

    fn well(&self) {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).trouble = None;
    }
}

/// Runs a loop until `stop`, however often it falls.
pub(crate) async fn supervise(
    service: &'static str,
    kept: Loop,
    state: Arc<LoopState>,
    stop: CancellationToken,
    random: Random,
) {
    let mut pause = FIRST_PAUSE;
    loop {
        let began = Instant::now();
        let ended = run_once(&kept, &state, &stop).await;
        if stop.is_cancelled() {
            return;
        }
        report(service, &state, ended);
        if began.elapsed() >= STABLE {
            pause = FIRST_PAUSE;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(pause.mul_f64(0.75 + random.fraction() / 2.0)) => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn run_once(
    kept: &Loop,
    state: &LoopState,
    stop: &CancellationToken,
) -> Result<Result<(), Fault>, JoinError> {
    let mut task = AbortOnDropHandle::new(tokio::spawn((kept.start)(stop.clone())));
    tokio::select! {
        ended = &mut task => return ended,
        () = sleep(STABLE) => state.well(),
    }
    task.await
}

fn report(service: &'static str, state: &LoopState, ended: Result<Result<(), Fault>, JoinError>) {
    let (shown, detail) = match ended {
        Ok(Ok(())) => ("ended".to_owned(), String::new()),
        Ok(Err(fault)) => (fault.to_string(), fault.chain()),
        Err(error) => ("panicked".to_owned(), error.to_string()),
    };
    let name = &state.name;
    tracing::error!(service, %name, reason = shown, detail, "a loop fell; starting it again");
    metrics::counter!("metier_loop_restarts_total", "service" => service, "loop" => name.to_string())
        .increment(1);
    state.fell(shown);
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Starts a loop that answers its n-th start as told.
    fn started(
        behave: impl Fn(u32, CancellationToken) -> metier_core::BoxFuture<'static, Result<(), Fault>>
        + Send
        + Sync
        + 'static,
    ) -> (Arc<LoopState>, CancellationToken, tokio::task::JoinHandle<()>) {
        let starts = AtomicU32::new(0);
        let kept = Loop::new("test", move |stop| behave(starts.fetch_add(1, Ordering::SeqCst), stop));
        let (state, stop) = (LoopState::new("test".into()), CancellationToken::new());
        let task = tokio::spawn(supervise("jobs", kept, state.clone(), stop.clone(), Random::seeded(1)));
        (state, stop, task)
    }

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_panics_fails_or_ends_is_started_again() {
        let (state, _stop, _task) = started(|start, stop| {
            Box::pin(async move {
                match start {
                    0 => panic!("first"),
                    1 => Err(Fault::unavailable("the disk is away")),
                    2 => Ok(()),
                    _ => {
                        stop.cancelled().await;
                        Ok(())
                    }
                }
            })
        });
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(state.now().restarts, 3);
        assert_eq!(state.now().trouble.as_deref(), Some("ended"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_loop_is_well_again_after_it_has_run_quietly() {
        let (state, _stop, _task) = started(|start, stop| {
            Box::pin(async move {
                if start == 0 {
                    return Err(Fault::unavailable("the disk is away"));
                }
                stop.cancelled().await;
                Ok(())
            })
        });
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(state.now().trouble.as_deref(), Some("the disk is away (unavailable)"));
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert_eq!((state.now().restarts, state.now().trouble), (1, None));
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_but_not_beyond_half_a_minute_or_so() {
        let (state, _stop, _task) = started(|_, _| Box::pin(std::future::ready(Ok(()))));
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        assert!((90..200).contains(&state.now().restarts), "{}", state.now().restarts);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stopped_loop_stays_stopped() {
        let (state, stop, task) = started(|_, stop| {
            Box::pin(async move {
                stop.cancelled().await;
                Ok(())
            })
        });
        stop.cancel();
        task.await.unwrap();
        assert_eq!(state.now().restarts, 0);
    }
}

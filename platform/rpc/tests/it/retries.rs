//! Trying again happens only where asked for, only when the peer is away, and not for ever.

use std::{cell::Cell, time::Duration};

use metier_core::Random;
use metier_rpc::Retry;
use tokio::time::Instant;
use tonic::{Code, Status};

async fn failing(times: u32, code: Code, calls: &Cell<u32>) -> Result<u32, Status> {
    let retry = Retry::default();
    let call = || {
        calls.set(calls.get() + 1);
        let answer = if calls.get() <= times { Err(Status::new(code, "away")) } else { Ok(calls.get()) };
        std::future::ready(answer)
    };
    retry.run(&Random::seeded(4), call).await
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_comes_back_in_time_answers() {
    let (calls, start) = (Cell::new(0), Instant::now());
    assert_eq!(failing(2, Code::Unavailable, &calls).await.unwrap(), 3);
    let waited = start.elapsed();
    assert!(waited >= Duration::from_millis(150) && waited <= Duration::from_millis(302), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_stays_away_is_given_up() {
    let calls = Cell::new(0);
    assert_eq!(failing(9, Code::Unavailable, &calls).await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(calls.get(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_an_answer_however_bad() {
    for code in [Code::Internal, Code::DeadlineExceeded, Code::ResourceExhausted, Code::FailedPrecondition] {
        let calls = Cell::new(0);
        assert_eq!(failing(9, code, &calls).await.unwrap_err().code(), code);
        assert_eq!(calls.get(), 1);
    }
}

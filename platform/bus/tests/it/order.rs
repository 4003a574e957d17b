//! Events are read in the order of commits, and none is passed over.

use metier_bus::Outbox;
use metier_core::Random;

use crate::bed::{beds, clock, postgres_bed};

#[tokio::test]
async fn two_transactions_that_commit_out_of_order_lose_no_event_for_a_reader_between_them() {
    let mut bed = postgres_bed().await;
    let first = bed.open("began first").await;
    let second = bed.open("began second").await;
    second.commit().await;
    bed.relay().position_all().await.unwrap();
    assert_eq!(bed.heard().await, ["began second"]);
    first.commit().await;
    bed.relay().position_all().await.unwrap();
    assert_eq!(bed.heard().await, ["began second", "began first"]);
}

#[tokio::test]
async fn several_relays_and_transactions_that_commit_in_any_order_lose_and_repeat_nothing() {
    let mut bed = postgres_bed().await;
    let (one, two) = (bed.relay(), bed.relay());
    let mut open = Vec::new();
    for subject in ["1", "2", "3", "4"] {
        open.push(bed.open(subject).await);
    }
    let mut expected = Vec::new();
    for (place, subject) in [(2, "3"), (0, "1"), (1, "4"), (0, "2")] {
        let (_, one, two) = tokio::join!(open.remove(place).commit(), one.position_all(), two.position_all());
        one.and(two).unwrap();
        bed.relay().position_all().await.unwrap();
        expected.push(subject);
        assert_eq!(bed.heard().await, expected);
    }
}

#[tokio::test]
async fn an_event_of_an_earlier_moment_that_commits_later_is_read_later() {
    for mut bed in beds().await {
        let slow = Outbox::new(clock(1_700_000_000), Random::system());
        bed.publish(&bed.outbox, &["of now"]).await;
        bed.relay().position_all().await.unwrap();
        assert_eq!(bed.heard().await, ["of now"]);
        bed.publish(&slow, &["of long ago"]).await;
        bed.relay().position_all().await.unwrap();
        assert_eq!(bed.heard().await, ["of now", "of long ago"]);
    }
}

#[tokio::test]
async fn events_of_one_transaction_keep_their_order() {
    for mut bed in beds().await {
        let subjects = &["a", "b", "c", "d", "e", "f", "g", "h"];
        bed.publish(&bed.outbox, subjects).await;
        bed.relay().position_all().await.unwrap();
        assert_eq!(bed.heard().await, subjects);
    }
}

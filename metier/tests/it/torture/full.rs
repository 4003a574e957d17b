//! The torture in full, for `cargo xtask torture`: one account over all topologies.

use super::{Account, Load, endure};
use crate::platform::Topology;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: cargo xtask torture"]
async fn heavy_nothing_is_lost_of_twenty_thousand() {
    let load = Load {
        tasks: number("METIER_TEST_TORTURE_TASKS", 20_000),
        runs: number("METIER_TEST_TORTURE_RUNS", 20_000),
        kills: number("METIER_TEST_TORTURE_KILLS", 12),
        seed: 11,
    };
    let mut accounts = Vec::new();
    println!("\n{}", Account::heading());
    for topology in Topology::ALL {
        let account = endure(topology, load).await;
        println!("{account}");
        accounts.push(account);
    }
    // Told first, judged then: what went wrong in one is clearer beside the others.
    accounts.iter().for_each(Account::holds);
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name)
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
}

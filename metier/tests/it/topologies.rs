//! What holds in every topology, and that all of these tests run in each.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use crate::platform::{Platform, Topology, system_tests};

system_tests!(heavy_every_service_is_ready_and_ends_in_good_order);

async fn heavy_every_service_is_ready_and_ends_in_good_order(topology: Topology) {
    Platform::start(topology).await.stop().await;
}

/// Tests that are not made in every topology, by how their names begin, and why.
const ALONE: &[(&str, &str)] = &[
    (
        "authorization::calls::heavy_every_method_answers_every_caller_at_the_doors_of_services",
        "only a service with a process of its own has a door of its own",
    ),
    ("backup::", "lays out installations of its own, on either database"),
    ("chaos::", "what the proof starts itself, says or refuses, and one account over all topologies"),
    ("cli", "the command line knows no more of a server than its door"),
    ("command_line::", "commands that need no server"),
    ("doctor::", "examines the folder of one machine"),
    ("doors::", "which ports one process of all services opens"),
    ("folder::", "the folder of one machine"),
    ("fuzz::", "sends to one process, on either database, what takes minutes in three"),
    ("keys::", "several machines, each with a folder of its own: another topology"),
    (
        "limits::heavy_a_key_is_limited_from_the_command_line",
        "the command line knows no more of a server than its door",
    ),
    ("life::", "one process from its first line to its last"),
    ("numbers::", "the numbers of one process; of several, each shows its own"),
    ("openjobs::", "how its door is opened: flags and settings of one process"),
    ("tls::", "the certificate of one door"),
    ("topologies::every_topology_has_the_same_tests", "this one"),
    ("torture::full::", "one account over all topologies"),
    ("workflows::heavy_a_workflow_is_checked", "the command line knows no more of a server than its door"),
];

#[test]
fn every_topology_has_the_same_tests() {
    let mut made: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut alone = BTreeSet::new();
    for test in tests() {
        let found = Topology::ALL.map(Topology::module).into_iter().find_map(|module| {
            test.contains(&format!("::{module}::"))
                .then(|| (module, test.replace(&format!("::{module}::"), "::")))
        });
        match found {
            Some((module, name)) => assert!(made.entry(module).or_default().insert(name)),
            None => assert!(alone.insert(test)),
        }
    }
    for test in &alone {
        let excused = ALONE.iter().any(|(beginning, _)| test.starts_with(beginning));
        assert!(excused, "{test} is made in no topology: make it with system_tests!, or say here why not");
    }
    for (beginning, why) in ALONE {
        assert!(alone.iter().any(|test| test.starts_with(beginning)), "no {beginning} is left: {why}");
    }
    let [first, rest @ ..] = Topology::ALL.map(|topology| &made[topology.module()]);
    println!("{} tests in each topology, {} in none: {first:#?}", first.len(), alone.len());
    assert!(rest.iter().all(|tests| *tests == first), "{made:#?}");
}

/// The names of all tests of this program.
fn tests() -> Vec<String> {
    let listed =
        Command::new(std::env::current_exe().unwrap()).args(["--list", "--format", "terse"]).output();
    let text = String::from_utf8(listed.unwrap().stdout).unwrap();
    text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

//! The system tests: the real binary, in processes of its own, in every topology.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking and prints what it measured"
)]

mod authorization;
mod backup;
mod bad_input;
mod board;
mod chaos;
mod cli;
mod cli_plugin;
mod cli_runs;
mod cli_shell;
mod cli_watch;
mod clients;
mod command_line;
mod console;
mod crashes;
mod demo;
mod doctor;
mod doors;
mod events;
mod folder;
mod fuzz;
mod hostile_plugins;
mod jobber;
mod keys;
mod life;
mod limits;
mod network;
mod numbers;
mod openjobs;
mod platform;
mod python_worker;
mod real_sources;
mod runs;
mod schedules;
mod source_schedules;
mod stopping;
mod tls;
mod topologies;
mod torture;
mod workflows;

//! Log lines, metrics and spans through the crate's public door.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod log_lines;
mod numbers;
mod process;
mod secrets;

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use metier_core::{Clock, Timestamp};
use metier_telemetry::{LogFormat, LogLevel, LogSettings, subscriber};
use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

/// Keeps what is written.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Paper {
    type Writer = Self;
    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// What is written while `work` runs.
fn written(format: LogFormat, level: &str, work: impl FnOnce(&LogLevel)) -> String {
    let (paper, settings) = (Paper::default(), LogSettings { level: level.to_owned(), format });
    let clock = Clock::manual(Timestamp::from_seconds(1_800_000_000));
    let (subscriber, level) = subscriber(&settings, clock, paper.clone()).unwrap();
    tracing::subscriber::with_default(subscriber, || work(&level));
    paper.text()
}

fn json_lines(level: &str, work: impl FnOnce(&LogLevel)) -> Vec<Value> {
    written(LogFormat::Json, level, work).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

//! How busy the machine is with other things: a figure taken on a busy machine says little.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// A flushed write slower than this, in milliseconds, means that others use the disk.
const SLOW_WRITE: f64 = 0.2;
/// More processor cores than this in use by others disturb a measurement.
const BUSY: f64 = 0.3;
/// How long it is looked at.
const WATCH: Duration = Duration::from_millis(700);
/// Clock ticks a second in `/proc/stat`, the same on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

/// What else the machine was doing.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    /// Median of flushed writes of 4 KB, milliseconds.
    pub write: f64,
    /// Processor cores in use.
    pub busy: f64,
}

impl Machine {
    /// Looks at it for about a second, while nothing is measured.
    pub fn look(folder: &Path) -> Result<Self> {
        let (before, start) = (used()?, Instant::now());
        while start.elapsed() < WATCH {
            thread::park_timeout(WATCH);
        }
        let busy = (used()? - before) / start.elapsed().as_secs_f64();
        Ok(Self { write: flushed_write(folder)?, busy })
    }

    /// Whether a figure taken now can be trusted.
    pub fn quiet(self) -> bool {
        self.write <= SLOW_WRITE && self.busy <= BUSY
    }
}

/// Seconds of all processor cores that were used since the machine started.
fn used() -> Result<f64> {
    let stat = fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().context("/proc/stat is empty")?;
    let ticks: Vec<f64> = line.split_whitespace().skip(1).filter_map(|word| word.parse().ok()).collect();
    let idle: f64 = ticks.iter().skip(3).take(2).sum();
    Ok((ticks.iter().take(8).sum::<f64>() - idle) / TICKS)
}

fn flushed_write(folder: &Path) -> Result<f64> {
    let path = folder.join("probe");
    let mut file = fs::File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..101 {
        file.write_all(&[7; 4_096])?;
        let start = Instant::now();
        file.sync_data()?;
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
    }
    fs::remove_file(path)?;
    Ok(super::figures::median(&mut times))
}

//! Limits of the system that are too low for many connections and database files.

use std::fs;

use super::{Finding, scene::Scene};

/// Connections, database files, log segments of the search index.
const LEAST: u64 = 1_024;
const LINE: &str = "Max open files";

/// The limits of this process; those of one started the same way are the same.
pub fn read() -> Option<String> {
    fs::read_to_string("/proc/self/limits").ok()
}

pub fn look(scene: &Scene) -> Vec<Finding> {
    let lines = scene.limits.iter().flat_map(|limits| limits.lines());
    let told = lines.filter_map(|line| line.strip_prefix(LINE)).next();
    let limit =
        told.and_then(|told| told.split_whitespace().next()).and_then(|limit| limit.parse::<u64>().ok());
    match limit {
        Some(limit) if limit < LEAST => vec![Finding::wrong(
            format!("a process may open {limit} files at once; Metier under load needs {LEAST} or more"),
            "raise it: `ulimit -n 65536` in the shell, LimitNOFILE=65536 in a systemd unit",
        )],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::testing::{Installation, only};

    #[test]
    fn only_a_low_limit_is_a_fault() {
        let with = |soft: &str| {
            let limits = format!("Limit Soft Hard Units\nMax open files            {soft}   4096   files\n");
            look(&Scene { limits: Some(limits), ..Installation::new().scene() })
        };
        assert!(only(with("256")).message.contains("256 files"));
        assert_eq!(with("1024"), []);
        assert_eq!(with("unlimited"), []);
    }
}

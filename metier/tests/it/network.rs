//! Who can reach a running installation.

use std::{collections::HashSet, fs};

use crate::platform::{Platform, Topology, system_tests};

/// The addresses a process listens on, as the kernel writes them.
pub fn listening(process: u32) -> Vec<String> {
    let descriptors = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let targets = descriptors.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    let sockets: HashSet<String> = targets.map(|target| target.display().to_string()).collect();
    let mut addresses = Vec::new();
    for table in ["tcp", "tcp6"] {
        let Ok(text) = fs::read_to_string(format!("/proc/{process}/net/{table}")) else { continue };
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let listens = fields[3] == "0A" && sockets.contains(&format!("socket:[{}]", fields[9]));
            addresses.extend(listens.then(|| fields[1].to_owned()));
        }
    }
    addresses
}

system_tests!(heavy_nothing_listens_but_on_loopback_unless_asked);

async fn heavy_nothing_listens_but_on_loopback_unless_asked(topology: Topology) {
    let mut platform = Platform::start(topology).await;
    let mut found = 0;
    for name in platform.names() {
        for address in listening(platform.process(&name).id()) {
            assert!(address.starts_with("0100007F:"), "{name} listens on {address}");
            found += 1;
        }
    }
    assert!(found > 0, "nothing listens, so nothing was shown");
    platform.stop().await;
}

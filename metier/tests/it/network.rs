//! Who can reach a running installation.

use std::{collections::HashSet, fs};

use crate::platform::{Platform, Topology};

/// The addresses a process listens on, as the kernel writes them.
fn listening(process: u32) -> Vec<String> {
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

#[tokio::test]
async fn heavy_nothing_listens_but_on_loopback_unless_asked() {
    for topology in [Topology::AllInOneSqlite, Topology::SplitPostgres] {
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
}

/// The port of an address as the kernel writes it.
fn port(address: &str) -> u16 {
    u16::from_str_radix(address.split_once(':').unwrap().1, 16).unwrap()
}

#[tokio::test]
async fn heavy_all_in_one_no_service_listens_but_the_public_door() {
    let mut platform = Platform::start(Topology::AllInOneSqlite).await;
    let process = platform.process("jobs").id();
    let ports: Vec<u16> = listening(process).iter().map(|address| port(address)).collect();
    let doors: Vec<_> = platform.doors().into_iter().filter(|(_, port)| ports.contains(port)).collect();
    assert!(matches!(doors.as_slice(), [(name, _)] if name == "gateway"), "{doors:?}");
    platform.stop().await;
}

#[tokio::test]
async fn heavy_it_listens_where_it_is_asked_to_and_nothing_else_does() {
    let settings = [("METIER_SERVER__LISTEN", "0.0.0.0")];
    let mut platform = Platform::start_with(Topology::AllInOneSqlite, &settings).await;
    let addresses = listening(platform.process("jobs").id());
    let open: Vec<u16> =
        addresses.iter().filter(|it| !it.starts_with("0100007F:")).map(|address| port(address)).collect();
    let gateway = platform.doors().into_iter().find(|(name, _)| name == "gateway");
    assert_eq!(open, [gateway.unwrap().1], "{addresses:?}");
    platform.stop().await;
}

//! The doors of one process that runs all services.

use crate::{
    network::listening,
    platform::{Platform, Topology},
};

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

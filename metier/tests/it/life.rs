//! One process from its first line to its last.

use crate::platform::{Person, Platform, Process, Topology, free_port};

/// The memory that a process has allocated, in MB. The program itself is left out: it is several times as
/// large with debug information as without.
fn allocated(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1_024
}

#[tokio::test]
async fn heavy_everything_together_takes_little_memory() {
    let mut platform = Platform::start(Topology::AllInOneSqlite).await;
    Person::sign_in(&platform.api("identity")).await;
    let taken = allocated(platform.process("jobs").id());
    println!("all services together have allocated {taken} MB");
    assert!(taken < 80, "{taken} MB");
    platform.stop().await;
}

#[tokio::test]
async fn heavy_it_says_when_it_is_ready_and_how_long_that_took() {
    let mut platform = Platform::start(Topology::AllInOneSqlite).await;
    let process = platform.process("jobs");
    process.says("ready in ").await;
    let said = process.said();
    let (_, took) = said.split_once("ready in ").unwrap();
    let took: u64 = took.split(' ').next().unwrap().parse().unwrap();
    println!("ready in {took} ms");
    assert!(took < 10_000, "{said}");
    platform.stop().await;
}

#[tokio::test]
async fn heavy_a_second_signal_ends_it_at_once() {
    let settings = [("METIER_SERVER__DRAIN", "10m")];
    let mut platform = Platform::start_with(Topology::AllInOneSqlite, &settings).await;
    // A request that never ends keeps it from ending in good order.
    let door = platform.api("identity");
    let mut hanging = tokio::net::TcpStream::connect(door.strip_prefix("http://").unwrap()).await.unwrap();
    let begun = b"POST /api/v1/auth/login HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\n\
                  content-length: 1000\r\n\r\n{";
    tokio::io::AsyncWriteExt::write_all(&mut hanging, begun).await.unwrap();
    let process = platform.process("identity");
    process.signal("TERM");
    process.says("a second signal stops at once").await;
    process.signal("TERM");
    assert_eq!(process.ended().await, Some(130));
}

#[tokio::test]
async fn heavy_the_log_level_is_read_again_when_told() {
    let settings_file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(settings_file.path(), "[log]\nlevel = \"warn\"\n").unwrap();
    let settings = [("METIER_CONFIG", settings_file.path().to_str().unwrap())];
    let mut platform = Platform::start_with(Topology::AllInOneSqlite, &settings).await;
    assert!(!platform.process("jobs").said().contains("ready in"));
    std::fs::write(settings_file.path(), "[log]\nlevel = \"info\"\n").unwrap();
    let process = platform.process("jobs");
    process.signal("HUP");
    process.says("the log level has changed").await;
    process.signal("HUP");
    process.says("the log level stays").await;
    std::fs::write(settings_file.path(), "[log]\nlevel = \"loud,,=\"\n").unwrap();
    process.signal("HUP");
    process.says("cannot read the log level again").await;
    platform.stop().await;
}

#[tokio::test]
async fn heavy_the_first_start_shows_the_way_to_the_first_account() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, port) = (folder.path().to_str().unwrap(), free_port().to_string());
    let arguments = ["up", "--data-dir", folder, "--port", &port];
    let mut process = Process::start(&arguments, &["up".to_owned()], &[]);
    process.says("The token works once").await;
    let said = process.said();
    assert!(said.contains("metier setup --token mst_"), "{said}");
    let link = said.contains(&format!("http://127.0.0.1:{port}/setup#token=mst_"));
    assert_eq!(link, metier_gateway::has_console(), "{said}");
    process.signal("TERM");
    assert_eq!(process.ended().await, Some(0));
}

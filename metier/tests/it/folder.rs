//! The data folder of a running installation.

use std::os::unix::fs::PermissionsExt;

use crate::platform::{Platform, Topology, metier};

#[tokio::test]
async fn heavy_a_second_process_is_told_who_holds_the_folder() {
    let mut platform = Platform::start(Topology::AllInOneSqlite).await;
    let folder = platform.folder().to_str().unwrap().to_owned();
    let refused = metier(&["serve", "jobs", "--data-dir", &folder]);
    let said = String::from_utf8(refused.stderr).unwrap();
    let holder = platform.process("jobs").id();
    assert_eq!(refused.status.code(), Some(1));
    assert!(said.contains(&format!("process {holder} already runs jobs from {folder}")), "{said}");
    platform.stop().await;
}

#[tokio::test]
async fn heavy_nobody_else_on_the_machine_can_read_it() {
    let platform = Platform::start(Topology::AllInOneSqlite).await;
    let mode = |path: &str| platform.folder().join(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(""), 0o700);
    assert_eq!(mode("keys"), 0o700);
    for secret in ["keys/join-secret", "keys/signing-keys.json"] {
        assert_eq!(mode(secret), 0o600, "{secret}");
    }
    platform.stop().await;
}

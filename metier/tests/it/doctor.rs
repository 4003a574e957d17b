//! `metier doctor`, on installations as they are and as they break.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
    process::{Command, Output},
    time::SystemTime,
};

use serde_json::Value;

use crate::platform::{Platform, Topology, free_port, metier_with};

const BINARY: &str = env!("CARGO_BIN_EXE_metier");
/// A user without rights.
const NOBODY: u32 = 65_534;

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn examine(folder: &str, settings: &[(&str, &str)]) -> (Option<i32>, Value) {
    let port = free_port().to_string();
    let settings: Vec<_> =
        [("METIER_SERVER__PORT", port.as_str())].into_iter().chain(settings.iter().copied()).collect();
    let output = metier_with(&["doctor", "--data-dir", folder, "--json"], &settings);
    (output.status.code(), report(&output))
}

/// What is wrong, as `check: message`.
fn wrong(report: &Value) -> Vec<String> {
    let checks = report["checks"].as_array().unwrap();
    let findings = checks.iter().flat_map(|check| {
        let findings = check["findings"].as_array().unwrap().iter();
        findings.filter(|finding| finding["severity"] == "wrong").map(move |finding| {
            assert!(finding["remedy"].is_string(), "{finding} says not what to do");
            format!("{}: {}", check["check"].as_str().unwrap(), finding["message"].as_str().unwrap())
        })
    });
    findings.collect()
}

/// Every file with its size and the time it was changed; not what SQLite makes anew whenever somebody looks.
fn everything_in(folder: &Path) -> BTreeMap<String, (u64, SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, metadata) = (entry.path(), entry.metadata().unwrap());
        if metadata.is_dir() {
            found.extend(everything_in(&path));
        }
        if path.extension().is_some_and(|kind| kind == "db-shm") {
            continue;
        }
        found.insert(path.display().to_string(), (metadata.len(), metadata.modified().unwrap()));
    }
    found
}

#[tokio::test]
async fn heavy_nothing_is_wrong_with_an_installation_that_runs_nor_when_it_has_stopped() {
    let mut platform = Platform::start(Topology::AllInOneSqlite).await;
    let folder = platform.folder().to_path_buf();
    let holder = platform.process("jobs").id();
    let (code, found) = examine(folder.to_str().unwrap(), &[]);
    assert_eq!((code, wrong(&found)), (Some(0), vec![]));
    assert!(found.to_string().contains(&format!("process {holder} runs")), "{found}");
    platform.process("jobs").kill().await;
    let before = everything_in(&folder);
    let (code, found) = examine(folder.to_str().unwrap(), &[]);
    assert_eq!((code, wrong(&found)), (Some(0), vec![]), "after a crash");
    assert!(found.to_string().contains(&format!("process {holder} did last")), "{found}");
    assert_eq!(everything_in(&folder), before, "the doctor changed something");
}

#[test]
fn a_folder_that_is_missing_is_wrong_and_is_not_made() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("nowhere");
    let (code, found) = examine(folder.to_str().unwrap(), &[]);
    assert_eq!(code, Some(1));
    assert!(wrong(&found)[0].starts_with("folder: the data folder"), "{found}");
    assert!(!folder.exists());
}

#[test]
fn unknown_settings_are_named_with_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("METIER_SERVER__LISTEM", "::1"), ("METIER_DATABASE__MAX_CONNECTIONS", "many")];
    let (code, found) = examine(folder.path().to_str().unwrap(), &settings);
    let wrong = wrong(&found).join("\n");
    assert_eq!(code, Some(1));
    assert!(
        wrong.contains("did you mean server.listen?") && wrong.contains("database.max_connections"),
        "{wrong}"
    );
}

#[test]
fn a_low_limit_of_open_files_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!("ulimit -n 200; exec {BINARY} doctor --json --data-dir {}", folder.path().display());
    let output = Command::new("sh").args(["-c", &script]).env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        wrong(&report(&output)).iter().any(|found| found.starts_with("limits: a process may open 200 files"))
    );
}

/// A small disk of its own, in memory, as long as it lives.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// None where this user may not mount anything.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=32m,mode=0700", "none"])
            .arg(folder.path())
            .output();
        match mount {
            Ok(output) if output.status.success() => Some(Self(folder)),
            Ok(output) => {
                println!("no disk was mounted: {}", String::from_utf8_lossy(&output.stderr).trim());
                None
            }
            Err(error) => {
                println!("no disk was mounted: {error}");
                None
            }
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(self.0.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "the disk is still mounted");
    }
}

/// Where nothing can be mounted, the check's own test shows the same with a disk that it is told of.
#[test]
fn a_disk_that_is_nearly_full_is_found() {
    let Some(disk) = SmallDisk::mount() else { return };
    fs::write(disk.0.path().join("layout"), "1\n").unwrap();
    let (code, found) = examine(disk.0.path().to_str().unwrap(), &[]);
    assert_eq!(code, Some(1));
    let told = wrong(&found);
    let full = told.iter().find(|told| told.starts_with("disk: ")).unwrap_or_else(|| panic!("{told:?}"));
    assert!(full.contains("is nearly full: 33 MB of 33 MB are free"), "{full}");
}

#[test]
fn a_folder_of_somebody_else_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("layout"), "1\n").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut doctor = Command::new(BINARY);
    doctor
        .args(["doctor", "--json", "--data-dir", folder.path().to_str().unwrap()])
        .env_clear()
        .current_dir("/");
    // Root may write everywhere, so root looks as nobody; everybody else makes the folder read-only.
    if fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
        doctor.uid(NOBODY).gid(NOBODY);
    } else {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    }
    let output = doctor.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let wrong = wrong(&report(&output));
    assert!(wrong.iter().any(|found| found.contains("cannot read and write")), "{wrong:?}");
}

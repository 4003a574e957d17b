//! One running `metier`.

use std::{
    fs::File,
    io::Read,
    process::{Output, Stdio},
    sync::OnceLock,
    time::Duration,
};

use tempfile::{NamedTempFile, TempDir};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};

const BINARY: &str = env!("CARGO_BIN_EXE_metier");
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A process, ended with this value.
pub struct Process {
    child: Child,
    names: Vec<String>,
    log: NamedTempFile,
    /// Where it was started: nothing lies there that could be taken for its settings.
    _empty: TempDir,
}

/// Runs a command to its end, without any setting from outside.
pub fn metier(arguments: &[&str]) -> Output {
    metier_with(arguments, &[])
}

/// Runs a command to its end with these settings alone.
pub fn metier_with(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let (mut command, empty) = (std::process::Command::new(BINARY), tempfile::tempdir().unwrap());
    command.args(arguments).env_clear().envs(settings.iter().copied()).current_dir(empty.path());
    command.output().unwrap()
}

impl Process {
    /// Starts the binary for the services of `names`, with these settings alone.
    pub fn start(arguments: &[&str], names: &[String], settings: &[(String, String)]) -> Self {
        let (log, empty) = (NamedTempFile::new().unwrap(), tempfile::tempdir().unwrap());
        let said = || Stdio::from(log.reopen().unwrap());
        let child = Command::new(BINARY)
            .args(arguments)
            .env_clear()
            .envs(settings.iter().cloned())
            .current_dir(empty.path())
            .stdin(Stdio::null())
            .stdout(said())
            .stderr(append(&log))
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { child, names: names.to_vec(), log, _empty: empty }
    }

    /// The services it runs.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Its id.
    pub fn id(&self) -> u32 {
        self.child.id().expect("the process has ended")
    }

    /// What it has said so far.
    pub fn said(&self) -> String {
        let mut text = String::new();
        self.log.reopen().unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// Waits until it has said something.
    pub async fn says(&mut self, wanted: &str) {
        let began = Instant::now();
        while !self.said().contains(wanted) {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && began.elapsed() < PATIENCE,
                "it never said {wanted:?}:\n{}",
                self.said()
            );
            sleep(LOOK_EVERY).await;
        }
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = std::process::Command::new("kill").args(["-s", name, &id]).status().unwrap();
        assert!(sent.success(), "cannot send {name} to {id}");
    }

    /// Ends it without warning.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Waits until it has ended; its exit code, if no signal ended it.
    pub async fn ended(&mut self) -> Option<i32> {
        match timeout(PATIENCE, self.child.wait()).await {
            Ok(ended) => ended.unwrap().code(),
            Err(_elapsed) => panic!("{:?} does not end:\n{}", self.names, self.said()),
        }
    }

    fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }
}

fn append(log: &NamedTempFile) -> File {
    File::options().append(true).open(log.path()).unwrap()
}

/// Waits until the service behind a door is ready; fails when one of the processes ends before.
pub async fn ready(door: &str, processes: &mut [Process]) {
    let began = Instant::now();
    while get(&format!("{door}/health/ready")).await.ok() != Some(204) {
        for process in processes.iter_mut() {
            assert!(!process.has_ended(), "{:?} ended:\n{}", process.names, process.said());
        }
        assert!(began.elapsed() < PATIENCE, "{door} is not ready:\n{}", processes[0].said());
        sleep(LOOK_EVERY).await;
    }
}

async fn get(url: &str) -> Result<u16, reqwest::Error> {
    Ok(client().get(url).send().await?.status().as_u16())
}

/// A client that goes nowhere but where it is sent, and keeps no connection that a killed process could have held.
///
/// One for all: to make one takes longer than most requests.
pub fn client() -> reqwest::Client {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    CLIENT.get_or_init(|| building_client().pool_max_idle_per_host(0).build().unwrap()).clone()
}

/// A client under way that goes nowhere but where it is sent.
pub fn building_client() -> reqwest::ClientBuilder {
    // Fails when it was installed before, by another test of this process.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(PATIENCE)
}

//! A person at a shell: their own home folder, a server, and commands with what came of them.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::platform::{EMAIL, PASSWORD, Platform};

const PATIENCE: Duration = Duration::from_secs(30);

/// Somebody who types commands.
pub struct Shell {
    url: String,
    home: TempDir,
    settings: Vec<(String, String)>,
}

/// What came of a command.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Shell {
    /// Somebody who uses the server at `url` and is not signed in.
    pub fn at(url: &str) -> Self {
        Self { url: url.to_owned(), home: tempfile::tempdir().unwrap(), settings: Vec::new() }
    }

    /// The first administrator of a platform, signed in.
    pub fn of_admin(platform: &Platform) -> Self {
        let shell = Self::at(&platform.api("gateway"));
        let said = shell.sign_in(EMAIL, PASSWORD);
        assert_eq!(said.code, Some(0), "{said:?}");
        shell
    }

    /// The same with a variable of the environment.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Signs in, the password from a file.
    pub fn sign_in(&self, email: &str, password: &str) -> Said {
        let file = self.file("password", password);
        self.metier(&["login", "--email", email, "--password-file", file.to_str().unwrap()])
    }

    /// A file in the home folder.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Where what is kept of servers lies.
    pub fn credentials(&self) -> PathBuf {
        self.home.path().join(".config/metier/credentials.json")
    }

    /// A command, not yet started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_metier"));
        command.args(arguments).env_clear().current_dir(self.home.path()).stdin(Stdio::null());
        command.env("HOME", self.home.path()).env("METIER_URL", &self.url);
        command.envs(self.settings.iter().cloned());
        command
    }

    /// Runs a command to its end.
    pub fn metier(&self, arguments: &[&str]) -> Said {
        let output = self.command(arguments).output().unwrap();
        Said {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What a command prints when it succeeds.
    pub fn prints(&self, arguments: &[&str]) -> String {
        let said = self.metier(arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {said:?}");
        said.out
    }

    /// What a command tells programs when it succeeds.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let out = self.prints(&[arguments, &["--json"]].concat());
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {out}"))
    }

    /// Waits until a worker has said that it knows a kind.
    pub fn until_a_worker_knows(&self, kind: &str) {
        let began = Instant::now();
        while self.metier(&["kinds", "show", kind]).code != Some(0) {
            assert!(began.elapsed() < PATIENCE, "no worker knows {kind}");
        }
    }

    /// Asks again until a command prints what is wanted.
    pub fn until(&self, arguments: &[&str], wanted: impl Fn(&str) -> bool) {
        let began = Instant::now();
        loop {
            let said = self.prints(arguments);
            if wanted(&said) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{arguments:?} never came to that: {said}");
        }
    }

    /// Why a command does not succeed; its exit code is `code`.
    pub fn refuses(&self, code: i32, arguments: &[&str]) -> String {
        let said = self.metier(arguments);
        assert_eq!(said.code, Some(code), "{arguments:?}: {said:?}");
        assert_eq!(said.out, "", "{arguments:?} failed and printed something");
        said.err
    }
}

/// A command that goes on until it is stopped.
pub struct Running(pub Child);

impl Running {
    /// Starts it and reads the first line that it prints.
    pub fn start(mut command: Command) -> (Self, String) {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        (Self(child), line)
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

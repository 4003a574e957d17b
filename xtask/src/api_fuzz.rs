//! `cargo xtask api-fuzz`: Schemathesis against the OpenAPI document of a running Metier.
//!
//! It makes requests of every operation from the document itself, right ones and wrong ones, and holds every answer
//! against it: no server error, no answer that the document does not describe, nobody let in who must not be.

use std::ffi::OsString;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::python;

/// The version this is known to work with.
const SCHEMATHESIS: &str = "4.32.5";
const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "correct horse battery staple";
const READY_WITHIN: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// What every answer is held against.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,negative_data_rejection,unsupported_method";
/// What would end the key or the account that asks.
const LEFT_OUT: &str = "^/api/v1/(auth|setup|signing-keys)";

/// Starts Metier on an empty folder, signs in, lets Schemathesis ask, and hands its exit code on.
pub fn run(arguments: &[OsString]) -> Result<ExitCode> {
    python::ensure()?;
    let schemathesis =
        python::program("schemathesis", &format!("schemathesis=={SCHEMATHESIS}"), SCHEMATHESIS, "st")?;
    build()?;
    let home = tempfile::tempdir()?;
    let metier = Metier::start(home.path())?;
    let key = metier.key()?;
    let mut command = Command::new(schemathesis);
    command
        .args(["run", &format!("{}/api/openapi.json", metier.url), "--checks", CHECKS])
        .args(["--exclude-path-regex", LEFT_OUT, "--request-timeout", "20"])
        .args(["--header", &format!("Authorization: Bearer {key}")])
        .args(arguments)
        .current_dir(home.path());
    command.status().map(crate::exit_code).context("cannot run schemathesis")
}

fn build() -> Result<()> {
    let status = crate::cargo().args(["build", "--quiet", "--package", "metier"]).status()?;
    if !status.success() {
        bail!("metier cannot be built");
    }
    Ok(())
}

/// A running Metier, ended with this value.
struct Metier<'a> {
    home: &'a Path,
    url: String,
    child: Child,
}

impl<'a> Metier<'a> {
    fn start(home: &'a Path) -> Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut command = program(home);
        command
            .args(["up", "--demo", "--port", &port.to_string(), "--data-dir"])
            .arg(home.join("data"))
            .env("METIER_IDENTITY__SETUP__EMAIL", EMAIL)
            .env("METIER_IDENTITY__SETUP__PASSWORD", PASSWORD)
            .env("METIER_LOG__LEVEL", "error");
        let child = command.stdin(Stdio::null()).spawn().context("cannot start metier")?;
        Ok(Self { home, url: format!("http://127.0.0.1:{port}"), child })
    }

    /// A key that may do everything, as soon as somebody can sign in.
    fn key(&self) -> Result<String> {
        let password = self.home.join("password");
        std::fs::write(&password, PASSWORD)?;
        let began = Instant::now();
        while !self.asks(&["login", "--email", EMAIL, "--password-file"]).arg(&password).status()?.success() {
            if began.elapsed() > READY_WITHIN {
                bail!("metier does not come up at {}", self.url);
            }
            wait();
        }
        let made = self
            .asks(&["api-keys", "create", "api-fuzz", "--grant", "*:*", "--kind", "*", "--queue", "*"])
            .output()?;
        if !made.status.success() {
            bail!("no key: {}", String::from_utf8_lossy(&made.stderr));
        }
        Ok(String::from_utf8(made.stdout)?.trim().to_owned())
    }

    fn asks(&self, words: &[&str]) -> Command {
        let mut command = program(self.home);
        command.args(words).env("METIER_URL", &self.url).stdout(Stdio::piped()).stderr(Stdio::null());
        command
    }
}

impl Drop for Metier<'_> {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The built binary, with a home and settings of its own.
fn program(home: &Path) -> Command {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| crate::root().join("target"), Into::into);
    let mut command = Command::new(target.join("debug/metier"));
    command.env_clear().env("HOME", home).current_dir(home);
    command
}

#[expect(
    clippy::disallowed_methods,
    reason = "a command that waits for another program has no runtime to wait in"
)]
fn wait() {
    thread::sleep(LOOK_EVERY);
}

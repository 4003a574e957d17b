//! A private PostgreSQL server, removed with its data when it is dropped or its owner dies.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use super::Durability;
use crate::debian;

const ADVICE: &str = "PostgreSQL is missing: install it (Debian: apt-get install postgresql), \
                      or name a server in METIER_TEST_POSTGRES_URL";
const KEEPER: &str = include_str!("keeper.sh");
const SETTINGS: &str = "-c max_connections=200 -c shared_buffers=128MB";
const NEVER_SYNC: &str = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off";

/// A running server that belongs to this process.
pub struct PrivatePostgres {
    keeper: Child,
    port: u16,
}

impl PrivatePostgres {
    /// Starts a server from installed programs and waits until it answers.
    pub fn start(durability: Durability) -> Result<Self> {
        let programs = find_or_install()?;
        let port = free_port()?;
        let folder = format!("metier-postgres-{}-{port}", std::process::id());
        let mut keeper = keeper(&programs, &folder, port, durability)?.spawn().context("cannot run sh")?;
        let mut answer = String::new();
        if let Some(stdout) = keeper.stdout.take() {
            BufReader::new(stdout).read_line(&mut answer)?;
        }
        if answer.trim() != "ready" {
            let status = keeper.wait()?;
            bail!("PostgreSQL from {} did not start ({status}); its log is above", programs.display());
        }
        Ok(Self { keeper, port })
    }

    /// The address of the database that every server has, as its superuser.
    pub fn url(&self) -> String {
        format!("postgres://metier@127.0.0.1:{}/postgres", self.port)
    }

    /// Blocks until the server's keeper ends.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let lifeline = self.keeper.stdin.take();
        let status = self.keeper.wait();
        drop(lifeline);
        Ok(status?)
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        if let Err(error) = self.keeper.wait() {
            eprintln!("xtask: cannot tell whether PostgreSQL stopped: {error}");
        }
    }
}

/// The keeper has a process group of its own: Ctrl-C in a terminal must reach it only as the end of its input.
fn keeper(programs: &Path, folder: &str, port: u16, durability: Durability) -> Result<Command> {
    let mut command = Command::new("sh");
    if debian::is_root()? {
        let (user, group) = unprivileged()?;
        command.uid(user).gid(group);
    }
    let settings = match durability {
        Durability::Fast => format!("{SETTINGS} {NEVER_SYNC}"),
        Durability::Durable => SETTINGS.to_owned(),
    };
    command.args(["-c", KEEPER, "keeper"]).arg(programs).arg(temporary()?.join(folder));
    command.args([port.to_string(), settings]);
    command.current_dir("/").process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
    Ok(command)
}

/// A temporary folder that root was given for itself would be closed to the account the server runs as.
fn temporary() -> Result<PathBuf> {
    Ok(if debian::is_root()? { PathBuf::from("/tmp") } else { std::env::temp_dir() })
}

/// PostgreSQL refuses to run as root: the account its package makes, or the one that may do nothing.
fn unprivileged() -> Result<(u32, u32)> {
    for account in ["postgres", "nobody"] {
        if let (Some(user), Some(group)) = (debian::id(&["-u", account])?, debian::id(&["-g", account])?) {
            return Ok((user, group));
        }
    }
    bail!("PostgreSQL does not run as root and there is neither an account 'postgres' nor 'nobody'")
}

/// Another process could take the port before the server does; the server then says so and we stop.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot listen on loopback")?;
    Ok(listener.local_addr()?.port())
}

fn find_or_install() -> Result<PathBuf> {
    if let Some(folder) = find() {
        return Ok(folder);
    }
    debian::install("postgresql", ADVICE)?;
    find().context(ADVICE)
}

/// The folder of a complete installation: on the path, else the newest in a place that packages use.
fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).filter_map(|folder| real_folder(&folder));
    on_path.chain(packaged(Path::new("/usr/lib/postgresql"))).find(|folder| is_complete(folder))
}

/// Links to single programs are followed to the folder that holds them all.
fn real_folder(folder: &Path) -> Option<PathBuf> {
    let program = folder.join("initdb").canonicalize().ok()?;
    program.parent().map(Path::to_path_buf)
}

/// `<place>/<version>/bin` of each version, newest first.
fn packaged(place: &Path) -> Vec<PathBuf> {
    let entries = place.read_dir().into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> =
        entries.filter_map(|entry| Some((version(&entry.file_name())?, entry.path().join("bin")))).collect();
    versions.sort_by(|left, right| right.cmp(left));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

fn version(name: &OsStr) -> Option<u32> {
    name.to_str()?.parse().ok()
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use tempfile::TempDir;

    use super::*;

    /// A folder of programs that do nothing but what the test says.
    fn programs(initdb: &str, pg_ctl: &str) -> TempDir {
        let folder = TempDir::with_prefix_in("metier-programs-", temporary().unwrap()).unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        for (name, body) in [("initdb", initdb), ("pg_ctl", pg_ctl)] {
            let program = folder.path().join(name);
            fs::write(&program, format!("#!/bin/sh\n{body}\n")).unwrap();
            fs::set_permissions(program, Permissions::from_mode(0o755)).unwrap();
        }
        folder
    }

    /// A keeper of these programs, with the folder it makes.
    fn spawn(programs: &TempDir) -> (Child, PathBuf) {
        let folder = format!("{}-data", programs.path().file_name().unwrap().display());
        let mut command = keeper(programs.path(), &folder, 1, Durability::Fast).unwrap();
        (command.stderr(Stdio::piped()).spawn().unwrap(), temporary().unwrap().join(folder))
    }

    #[test]
    fn the_server_and_its_data_go_away_when_its_owner_does() {
        let programs = programs("exit 0", "echo $1 >&2");
        let (mut keeper, folder) = spawn(&programs);
        let mut answer = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut answer).unwrap();
        assert_eq!(answer, "ready\n");
        assert!(folder.is_dir());
        drop(keeper.stdin.take());
        assert!(keeper.wait().unwrap().success());
        assert!(!folder.exists());
    }

    #[test]
    fn a_server_that_does_not_start_shows_its_log_and_leaves_nothing() {
        let programs = programs("echo no space left; exit 1", "exit 0");
        let (keeper, folder) = spawn(&programs);
        let output = keeper.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "no space left\n");
        assert_eq!((output.status.code(), output.stdout), (Some(1), Vec::new()));
        assert!(!folder.exists());
    }

    #[test]
    fn only_numbered_folders_are_versions_and_they_order_as_numbers() {
        assert_eq!(version(OsStr::new("15")), Some(15));
        assert_eq!(version(OsStr::new("lost+found")), None);
        assert!(version(OsStr::new("9")) < version(OsStr::new("15")));
    }

    #[test]
    fn a_folder_without_the_programs_is_no_installation() {
        assert!(!is_complete(Path::new(env!("CARGO_MANIFEST_DIR"))));
        assert_eq!(packaged(Path::new("/nonexistent")), Vec::<PathBuf>::new());
    }
}

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
        let mut keeper = keeper(&programs, port, durability)?.spawn().context("cannot run sh")?;
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
fn keeper(programs: &Path, port: u16, durability: Durability) -> Result<Command> {
    let mut command = Command::new("sh");
    let mut temporary = std::env::temp_dir();
    if debian::is_root()? {
        let (user, group) = unprivileged()?;
        command.uid(user).gid(group);
        // A folder that root was given for itself would be closed to that account.
        temporary = PathBuf::from("/tmp");
    }
    let folder = temporary.join(format!("metier-postgres-{}-{port}", std::process::id()));
    let settings = match durability {
        Durability::Fast => format!("{SETTINGS} {NEVER_SYNC}"),
        Durability::Durable => SETTINGS.to_owned(),
    };
    command.args(["-c", KEEPER, "keeper"]).arg(programs).arg(folder).args([port.to_string(), settings]);
    command.current_dir("/").process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
    Ok(command)
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
    use super::*;

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

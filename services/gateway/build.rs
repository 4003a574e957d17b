//! Puts the console's files where the door embeds them from.
//!
//! A release build makes them with npm when Node is there, and says so and goes on without them when it is not. Other
//! builds embed none, so that tests and checks never wait for npm. `METIER_CONSOLE` decides otherwise: `build` makes
//! them or fails, `none` leaves them out, anything else is a folder that holds them, from the repository's root.

use std::{
    env,
    error::Error,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The oldest Node that the console's tools run on.
const OLDEST_NODE: (u32, u32) = (20, 19);
/// What the files are made from, below `web/`.
const INPUTS: [&str; 6] =
    ["index.html", "package-lock.json", "package.json", "public", "src", "vite.config.ts"];

fn main() -> Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../..");
    let web = root.join("web");
    let made = PathBuf::from(env::var("OUT_DIR")?).join("console");
    if made.exists() {
        fs::remove_dir_all(&made)?;
    }
    fs::create_dir_all(&made)?;
    println!("cargo:rerun-if-env-changed=METIER_CONSOLE");
    println!("cargo:rerun-if-changed=build.rs");
    let is_release = env::var("PROFILE")? == "release";
    match env::var("METIER_CONSOLE").as_deref() {
        Ok("none") => Ok(()),
        Ok("build") => build(&web, &made),
        Ok(folder) if !folder.is_empty() => copy(&root.join(folder), &made),
        _ if is_release => build(&web, &made).or_else(|error| do_without(&*error, &made)),
        _ => Ok(()),
    }
}

/// A build without Node succeeds; the door then says how to get the console.
fn do_without(error: &dyn Error, made: &Path) -> Result<()> {
    for line in error.to_string().lines() {
        println!("cargo:warning={line}");
    }
    println!("cargo:warning=the console is left out; METIER_CONSOLE=build tries again");
    fs::remove_dir_all(made)?;
    Ok(fs::create_dir_all(made)?)
}

fn build(web: &Path, made: &Path) -> Result<()> {
    for input in INPUTS {
        println!("cargo:rerun-if-changed={}", web.join(input).display());
    }
    check_node()?;
    // Two builds at once (of two profiles, say) share the folder that npm installs into.
    let lock = File::open(web.join("package-lock.json"))?;
    lock.lock()?;
    if !is_installed(web) {
        npm(web, &["ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund"])?;
    }
    let made = made.to_str().ok_or("the path of the build folder is not UTF-8")?;
    npm(web, &["run", "build", "--", "--outDir", made, "--emptyOutDir"])
}

/// npm writes down what it installed; older than the lock file, it is something else.
fn is_installed(web: &Path) -> bool {
    let written = |path: &str| fs::metadata(web.join(path)).and_then(|file| file.modified());
    let installed = written("node_modules/.package-lock.json");
    installed.is_ok_and(|at| written("package-lock.json").is_ok_and(|wanted| at >= wanted))
}

fn check_node() -> Result<()> {
    let found = said(Command::new("node").arg("--version"))?;
    let mut parts = found.trim().trim_start_matches('v').split('.').map(|part| part.parse().unwrap_or(0));
    let version: (u32, u32) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    let (major, minor) = OLDEST_NODE;
    if version < OLDEST_NODE {
        return Err(format!("the console is built with Node {major}.{minor} or later, not {found}").into());
    }
    Ok(())
}

fn npm(web: &Path, arguments: &[&str]) -> Result<()> {
    said(Command::new("npm").args(arguments).current_dir(web)).map(drop)
}

/// What a command printed, or why it failed with the last it said.
fn said(command: &mut Command) -> Result<String> {
    let name = format!("{:?} {:?}", command.get_program(), command.get_args().collect::<Vec<_>>());
    let output = command.output().map_err(|error| format!("cannot run {name}: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines: Vec<&str> = text.lines().chain(complaint.lines()).collect();
    let last = lines[lines.len().saturating_sub(20)..].join("\n");
    Err(format!("{name} failed with {}\n{last}", output.status).into())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let entries =
        fs::read_dir(from).map_err(|error| format!("METIER_CONSOLE, {}: {error}", from.display()))?;
    println!("cargo:rerun-if-changed={}", from.display());
    for entry in entries {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

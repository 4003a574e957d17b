//! The clients for Python and TypeScript: each one's own tests against a running platform, and what becomes of the
//! work of their workers when the platform itself dies.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::{Value, json};

use crate::platform::{Person, Platform, Topology, system_tests};

/// Long enough for the platform to come back on a busy machine.
const OUTAGE_LEASE: &str = "60";
/// What a task takes that outlasts the death of the platform, but not its start.
const SECONDS: u32 = 3;

/// A client, and how it is prepared and called. Commands run in a copy of its folder.
pub struct Client {
    pub folder: &'static str,
    pub prepare: &'static [&'static [&'static str]],
    pub test: &'static [&'static str],
    pub worker: &'static [&'static str],
    pub needs: &'static str,
}

const PYTHON: Client = Client {
    folder: "clients/python",
    prepare: &[
        &["python3", "-m", "venv", "env"],
        &["env/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", ".[test]"],
        &["env/bin/python", "-m", "mypy"],
    ],
    test: &["env/bin/python", "-m", "pytest"],
    worker: &["env/bin/python", "tests/worker.py"],
    needs: "Python 3.10 with venv and a package index for pip",
};

const TYPESCRIPT: Client = Client {
    folder: "clients/typescript",
    prepare: &[
        &["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        &["npm", "run", "--silent", "build"],
    ],
    test: &["npm", "run", "--silent", "test"],
    worker: &["node", "dist/tests/program.js"],
    needs: "Node 20.3 with npm and a package registry",
};

impl Client {
    /// The folder of a copy that is ready: type-checked and built as its users build it. Made anew when the sources have
    /// changed; tests that run at the same time wait for each other.
    pub fn prepared(&self) -> PathBuf {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        fs::create_dir_all(target).unwrap();
        let copy = target.join(self.folder.replace('/', "-"));
        let turn = File::create(copy.with_extension("lock")).unwrap();
        turn.lock().unwrap();
        let (sources, mark) = (self.sources(), copy.join(".prepared"));
        let fingerprint = serde_json::to_vec(&sources).unwrap();
        if fs::read(&mark).is_ok_and(|made| made == fingerprint) {
            return copy;
        }
        let _was_not_there = fs::remove_dir_all(&copy);
        for (path, content) in &sources {
            let path = copy.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        for arguments in self.prepare {
            self.succeeds(self.command(&copy, arguments));
        }
        fs::write(mark, fingerprint).unwrap();
        copy
    }

    /// Its files by their paths.
    fn sources(&self) -> BTreeMap<String, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(self.folder);
        let mut sources = BTreeMap::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap();
                if path.is_file() {
                    let within = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                    sources.insert(within, fs::read_to_string(&path).unwrap());
                } else if !["node_modules", "dist", "__pycache__"].contains(&name) && !name.starts_with('.') {
                    folders.push(path);
                }
            }
        }
        sources
    }

    pub fn command(&self, copy: &Path, arguments: &[&str]) -> Command {
        // A relative program would be looked for where the test runs, not where the command does.
        let within = copy.join(arguments[0]);
        let program = if within.exists() { within } else { arguments[0].into() };
        let mut command = Command::new(program);
        command.args(&arguments[1..]).current_dir(copy).stdin(Stdio::null());
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    pub fn succeeds(&self, mut command: Command) -> Output {
        let output = command.output().unwrap_or_else(|error| {
            panic!("{command:?}: {error}; it needs {}: run cargo xtask test", self.needs)
        });
        let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{command:?} needs {} and said:\n{out}\n{error}", self.needs);
        output
    }
}

/// A key for every kind and queue, as the tests of the clients want it.
async fn key(person: &Person, door: &str) -> String {
    let wish =
        json!({ "name": "clients", "grants": ["tasks:claim", "runs:*"], "kinds": ["*"], "queues": ["*"] });
    let key = person.create(format!("{door}/api/v1/api-keys"), &wish).await;
    key["key"].as_str().unwrap().to_owned()
}

mod own_tests {
    use super::*;

    system_tests!(heavy_those_of_python_pass, heavy_those_of_typescript_pass);

    async fn heavy_those_of_python_pass(topology: Topology) {
        pass(topology, PYTHON).await;
    }

    async fn heavy_those_of_typescript_pass(topology: Topology) {
        pass(topology, TYPESCRIPT).await;
    }

    async fn pass(topology: Topology, client: Client) {
        let copy = client.prepared();
        let platform = Platform::start_with(topology, &[("METIER_JOBS__LEASE_SECONDS", "2")]).await;
        let door = platform.api("gateway");
        let mut command = client.command(&copy, client.test);
        let person = Person::sign_in(&door).await;
        command.env("METIER_URL", &door).env("METIER_API_KEY", key(&person, &door).await);
        let said = tokio::task::spawn_blocking(move || client.succeeds(command)).await.unwrap();
        println!("{topology:?}:\n{}", String::from_utf8_lossy(&said.stdout));
        platform.stop().await;
    }
}

/// Ends with the test, however it ends.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

system_tests!(
    heavy_work_in_python_goes_on_when_the_platform_dies_and_comes_back,
    heavy_work_in_typescript_goes_on_when_the_platform_dies_and_comes_back,
);

async fn heavy_work_in_python_goes_on_when_the_platform_dies_and_comes_back(topology: Topology) {
    goes_on(topology, PYTHON).await;
}

async fn heavy_work_in_typescript_goes_on_when_the_platform_dies_and_comes_back(topology: Topology) {
    goes_on(topology, TYPESCRIPT).await;
}

/// Tasks whose lease outlasts the outage are done once, by the attempt that was under way.
async fn goes_on(topology: Topology, client: Client) {
    let copy = client.prepared();
    let mut platform = Platform::start_with(topology, &[("METIER_JOBS__LEASE_SECONDS", OUTAGE_LEASE)]).await;
    let (door, kind) = (platform.api("gateway"), "survives");
    let person = Person::sign_in(&door).await;
    let mut command = client.command(&copy, client.worker);
    command.arg(kind).arg("10000").env("METIER_URL", &door);
    command.env("METIER_API_KEY", key(&person, &door).await).stdout(Stdio::null()).stderr(Stdio::null());
    let _worker = Worker(command.spawn().unwrap());
    let items: Vec<Value> = (0..4).map(|_| json!({ "seconds": SECONDS })).collect();
    let id = person.submit(&platform, &json!({ "kind": kind, "items": items })).await;
    person.reaches(&door, &id, |run| run["tasks"]["running"] == 2).await;
    for service in ["jobs", "gateway"] {
        platform.kill(service).await;
        platform.start_again(service).await;
    }
    let run = person.ended(&door, &id).await;
    assert_eq!((&run["state"], &run["tasks"]["succeeded"]), (&json!("succeeded"), &json!(4)), "{run}");
    for index in 0..4 {
        let task = person.find(format!("{door}/api/v1/runs/{id}/tasks/{index}")).await.unwrap();
        assert_eq!(task["attempts"].as_array().unwrap().len(), 1, "{task}");
    }
    platform.stop().await;
}

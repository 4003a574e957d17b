//! Metier as its users run it, for a test: started, asked, killed and started again.
//!
//! [`Platform`] is the whole of it in one of three topologies; [`Process`] is one running `metier`.

mod person;
mod plugins;
mod ports;
mod process;
mod topology;

use std::path::Path;

use metier_testkit::postgres::{self, TestDatabase};
use serde_json::Value;
use tempfile::TempDir;

use plugins::Plugin;

pub use person::{EMAIL, PASSWORD, Person};
pub use plugins::plugin;
pub use ports::free_port;
pub use process::{Process, client, metier, metier_with, ready};
pub use topology::Topology;
pub(crate) use topology::system_tests;

/// A row of `metier services --json`.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    pub public: bool,
}

/// The registry, as the binary tells it.
pub fn services() -> Vec<Row> {
    let said = metier(&["services", "--json"]);
    let rows: Vec<Value> = serde_json::from_slice(&said.stdout).unwrap();
    let row = |row: &Value| Row {
        name: row["name"].as_str().unwrap().to_owned(),
        public: row["public"].as_bool().unwrap(),
    };
    rows.iter().map(row).collect()
}

/// All services, running.
pub struct Platform {
    topology: Topology,
    services: Vec<Service>,
    plugins: Vec<Plugin>,
    processes: Vec<Process>,
    settings: Vec<(String, String)>,
    flags: Vec<&'static str>,
    folder: TempDir,
    database: Option<TestDatabase>,
}

struct Service {
    row: Row,
    port: u16,
}

impl Platform {
    /// Starts every service and waits until all are ready.
    pub async fn start(topology: Topology) -> Self {
        Self::start_with(topology, &[]).await
    }

    /// The same with these settings, as `METIER_<SECTION>__<KEY>` and value.
    pub async fn start_with(topology: Topology, settings: &[(&str, &str)]) -> Self {
        Self::start_as(topology, &[], settings).await
    }

    /// The same with these flags for `metier up`, or what stands for them where there is no such process.
    pub async fn start_as(topology: Topology, flags: &[&'static str], settings: &[(&str, &str)]) -> Self {
        let database = match topology {
            Topology::AllInOneSqlite => None,
            Topology::AllInOnePostgres | Topology::SplitPostgres => Some(postgres::database().await),
        };
        let services = services().into_iter().map(|row| Service { row, port: free_port() }).collect();
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut platform = Self {
            topology,
            settings: settings.iter().map(owned).collect(),
            services,
            plugins: Vec::new(),
            flags: Vec::new(),
            processes: Vec::new(),
            folder: tempfile::tempdir().unwrap(),
            database,
        };
        platform.start_all(flags).await;
        platform
    }

    async fn start_all(&mut self, flags: &[&'static str]) {
        self.flags = flags.to_vec();
        if self.topology.is_split() {
            self.plugins = Plugin::all(flags.contains(&"--demo"));
        }
        self.processes = self.groups().iter().map(|names| self.spawn(names)).collect();
        self.ready().await;
    }

    /// What shares a process.
    fn groups(&self) -> Vec<Vec<String>> {
        if !self.topology.is_split() {
            return vec![self.names()];
        }
        let plugins = self.plugins.iter().map(|plugin| plugin.name.clone());
        plugins.chain(self.names()).map(|name| vec![name]).collect()
    }

    fn spawn(&self, names: &[String]) -> Process {
        if let Some(plugin) = self.plugins.iter().find(|plugin| names.contains(&plugin.name)) {
            return plugin.start(&self.settings);
        }
        let serve: Vec<&str> = std::iter::once("serve").chain(names.iter().map(String::as_str)).collect();
        let in_one = !self.topology.is_split() && self.services.iter().any(|it| it.row.public);
        let up: Vec<&str> = std::iter::once("up").chain(self.flags.iter().copied()).collect();
        Process::start(if in_one { &up } else { &serve }, names, &self.all_settings())
    }

    fn all_settings(&self) -> Vec<(String, String)> {
        let mut settings: Vec<_> = [
            ("METIER_DATA__FOLDER", self.folder.path().to_str().unwrap()),
            ("METIER_LOG__FORMAT", "text"),
            ("METIER_DATABASE__MAX_CONNECTIONS", "4"),
            ("METIER_IDENTITY__SETUP__EMAIL", EMAIL),
            ("METIER_IDENTITY__SETUP__PASSWORD", PASSWORD),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        settings.extend(self.services.iter().map(|Service { row, port }| {
            (format!("METIER_SERVICES__{}__PORT", row.name.to_uppercase()), port.to_string())
        }));
        settings.extend(
            self.database.iter().map(|database| ("METIER_DATABASE__URL".to_owned(), database.url.clone())),
        );
        settings.extend(self.plugins.iter().flat_map(Plugin::settings));
        settings.extend(self.settings.iter().cloned());
        settings
    }

    /// Waits until every service that can be reached is ready.
    pub async fn ready(&mut self) {
        let doors: Vec<_> = self.services.iter().filter(|service| self.listens(service)).map(url).collect();
        for door in doors {
            process::ready(&door, &mut self.processes).await;
        }
    }

    fn listens(&self, service: &Service) -> bool {
        service.row.public || self.topology.is_split() || !self.services.iter().any(|it| it.row.public)
    }

    /// Where a service answers, `http://host:port`; `None` when only the public door reaches it.
    pub fn url(&self, name: &str) -> Option<String> {
        let service = self.services.iter().find(|service| service.row.name == name)?;
        self.listens(service).then(|| url(service))
    }

    /// Where the API of a service answers: at its own door, or at the public one.
    pub fn api(&self, name: &str) -> String {
        let door = || self.services.iter().find(|service| service.row.public).map(url);
        self.url(name).or_else(door).unwrap_or_else(|| panic!("nothing leads to {name}"))
    }

    /// How it is laid out.
    pub fn topology(&self) -> Topology {
        self.topology
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where PostgreSQL holds the databases, if it does.
    pub fn database_url(&self) -> Option<&str> {
        self.database.as_ref().map(|database| database.url.as_str())
    }

    /// The port each service was given, whether it listens there or not.
    pub fn doors(&self) -> Vec<(String, u16)> {
        self.services.iter().map(|service| (service.row.name.clone(), service.port)).collect()
    }

    /// The names of all services.
    pub fn names(&self) -> Vec<String> {
        self.services.iter().map(|service| service.row.name.clone()).collect()
    }

    /// The names of everything that can be killed: services, and plugins that have a process of their own.
    pub fn running(&self) -> Vec<String> {
        self.processes.iter().flat_map(|process| process.names().iter().cloned()).collect()
    }

    /// Ends the process that runs a service or a plugin without warning, as a crash would.
    pub async fn kill(&mut self, name: &str) {
        self.process(name).kill().await;
    }

    /// Starts the process of a service or a plugin again and waits until all are ready.
    pub async fn start_again(&mut self, name: &str) {
        let names = self.process(name).names().to_vec();
        let started = self.spawn(&names);
        *self.process(name) = started;
        self.ready().await;
    }

    /// From the next start on this setting is so, or left out.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        self.settings.retain(|(known, _)| known != name);
        self.settings.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }

    /// Ends everything in good order and starts it again with these flags.
    pub async fn up_again(&mut self, flags: &[&'static str]) {
        self.end().await;
        self.start_all(flags).await;
    }

    /// The process that runs a service or a plugin.
    pub fn process(&mut self, name: &str) -> &mut Process {
        let found = self.processes.iter_mut().find(|process| process.names().iter().any(|it| it == name));
        found.unwrap_or_else(|| panic!("no process runs {name}"))
    }

    /// Asks every process to end and waits until each has, in good order.
    pub async fn stop(mut self) {
        self.end().await;
    }

    /// The same, and the data stays with this value.
    pub async fn end(&mut self) {
        for process in &self.processes {
            process.signal("TERM");
        }
        for process in &mut self.processes {
            let code = process.ended().await;
            assert_eq!(code, Some(0), "{:?} said:\n{}", process.names(), process.said());
        }
        self.processes.clear();
    }
}

fn url(service: &Service) -> String {
    format!("http://127.0.0.1:{}", service.port)
}

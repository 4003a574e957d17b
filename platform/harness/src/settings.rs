//! Settings that are the process's, not one service's: the sections `server`, `data`, `database`, `keys`,
//! `events` and `services`.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    time::Duration,
};

use metier_config::{ConfigError, Loader};
use metier_core::Secret;
use metier_db::DatabaseSettings;
use serde::{Deserialize, Serialize};

use crate::{DataFolder, ServiceSpec};

/// Every section of the process.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Section `server`.
    pub server: ServerSettings,
    /// Section `data`.
    pub data: DataSettings,
    /// Section `database`.
    pub database: DatabaseSection,
    /// Section `keys`.
    pub keys: KeysSettings,
    /// Section `events`.
    pub events: EventsSettings,
    /// Section `services`: by name, what is particular to one.
    pub services: BTreeMap<String, PlaceSettings>,
}

impl Settings {
    /// Reads the sections.
    ///
    /// # Errors
    /// Everything that is wrong with one of them.
    pub fn read(loader: &mut Loader) -> Result<Self, ConfigError> {
        // All are asked for before the first is given up, so that the loader knows everything that is wrong.
        let (server, data) = (loader.section("server"), loader.section("data"));
        let (database, keys) = (loader.section("database"), loader.section("keys"));
        let (events, services) = (loader.section("events"), loader.section("services"));
        Ok(Self {
            server: server?,
            data: data?,
            database: database?,
            keys: keys?,
            events: events?,
            services: services?,
        })
    }

    /// The database of a service, if it has one: its own server, that of all, or a file in the data folder.
    pub fn database(&self, spec: &ServiceSpec) -> Option<DatabaseSettings> {
        spec.migrations?;
        let url = self.place(spec.name).database_url.or_else(|| self.database.url.clone());
        Some(match url {
            Some(url) => DatabaseSettings::Postgres { url, max_connections: self.database.max_connections },
            None => DatabaseSettings::Sqlite { folder: DataFolder::databases_in(&self.data.folder) },
        })
    }

    /// The folder of keys.
    pub fn keys_folder(&self) -> PathBuf {
        self.keys.folder.clone().unwrap_or_else(|| DataFolder::keys_in(&self.data.folder))
    }

    /// The port a service listens on.
    pub fn port(&self, spec: &ServiceSpec) -> u16 {
        let door = self.server.port.filter(|_| spec.public);
        door.or(self.place(spec.name).port).unwrap_or(spec.port)
    }

    /// What is particular to a service; nothing, when nothing was said.
    pub fn place(&self, service: &str) -> PlaceSettings {
        self.services.get(service).cloned().unwrap_or_default()
    }
}

/// Section `server`: the doors.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerSettings {
    /// Address to listen on. Loopback unless other machines are to reach it.
    pub listen: IpAddr,
    /// Port of the public door; its service's own port when left out.
    pub port: Option<u16>,
    /// How people reach the public door from outside, for links and cookies: `https://metier.example`.
    pub public_url: Option<String>,
    /// How long requests and loops get to finish when the process is asked to end.
    #[serde(with = "metier_config::duration")]
    pub drain: Duration,
}

impl Default for ServerSettings {
    fn default() -> Self {
        let listen = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Self { listen, port: None, public_url: None, drain: Duration::from_secs(20) }
    }
}

/// Section `data`: where everything is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct DataSettings {
    /// The data folder: `metier` where this user's programs keep their data, unless said otherwise.
    pub folder: PathBuf,
}

impl Default for DataSettings {
    fn default() -> Self {
        let given = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || std::env::home_dir().unwrap_or_default().join(".local/share");
        Self { folder: given.unwrap_or_else(home).join("metier") }
    }
}

/// Section `database`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct DatabaseSection {
    /// A PostgreSQL server for all services, a schema each; SQLite files in the data folder when left out.
    pub url: Option<Secret<String>>,
    /// PostgreSQL connections that this process may hold for each service.
    pub max_connections: u32,
}

impl Default for DatabaseSection {
    fn default() -> Self {
        Self { url: None, max_connections: 8 }
    }
}

/// Section `keys`: the secrets of the installation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct KeysSettings {
    /// Folder of the keys, shared by the processes of one installation; in the data folder when left out.
    pub folder: Option<PathBuf>,
    /// What services prove themselves with; in the folder of keys when left out.
    pub join_secret: Option<Secret<String>>,
    /// The service to ask for public keys, normally `identity`. This process then holds no signing keys.
    pub published_by: Option<String>,
}

/// Section `events`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct EventsSettings {
    /// How long published events can be read. A consumer that was away longer misses some.
    #[serde(with = "metier_config::duration")]
    pub keep: Duration,
    /// How long an idempotency key is known.
    #[serde(with = "metier_config::duration")]
    pub keep_idempotency_keys: Duration,
}

impl Default for EventsSettings {
    fn default() -> Self {
        let day = Duration::from_hours(24);
        Self { keep: 7 * day, keep_idempotency_keys: day }
    }
}

/// Section `services.<name>`: what is particular to one service.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaceSettings {
    /// Where other processes find it, `http://host:port`; its port on this machine when left out.
    pub address: Option<String>,
    /// The port it listens on; the one of the registry when left out.
    pub port: Option<u16>,
    /// A PostgreSQL server of its own.
    pub database_url: Option<Secret<String>>,
}

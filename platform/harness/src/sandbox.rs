//! Services on trial: any set of them, together in one process's manner or each with its own doors and real
//! connections between them, on a folder that is gone afterwards. For tests; behind the feature `sandbox`.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use axum::{Router, body::Body, http::Request};
use http::Response;
use http_body_util::BodyExt;
use metier_auth::{Claims, Subject};
use metier_config::Loader;
use metier_core::{Actor, Clock, Grants, Random, Secret, UserId, WorkspaceId};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::{Doors, Effects, Kit, Plan, Running, ServiceSpec, start};

/// Which services share a process, and on which database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topology {
    /// One process, SQLite: what `metier up` does.
    AllInOneSqlite,
    /// One process, PostgreSQL at this URL.
    AllInOnePostgres(String),
    /// A process's worth of each service, TCP between them, PostgreSQL at this URL.
    SplitPostgres(String),
}

/// Running services, for a test.
pub struct Sandbox {
    registry: &'static [ServiceSpec],
    topology: Topology,
    settings: Value,
    effects: Effects,
    folder: TempDir,
    groups: BTreeMap<&'static str, Option<Running>>,
}

/// Why a test cannot go on; it fails with it.
type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Sandbox {
    /// Starts every service of the registry with default settings and the machine's clock.
    ///
    /// # Errors
    /// When one of them cannot start.
    pub async fn start(registry: &'static [ServiceSpec], topology: Topology) -> Result<Self, Failure> {
        Self::start_with(registry, topology, json!({}), Clock::system()).await
    }

    /// Starts every service of the registry with these settings, section by section, and this clock.
    ///
    /// # Errors
    /// When one of them cannot start.
    pub async fn start_with(
        registry: &'static [ServiceSpec],
        topology: Topology,
        settings: Value,
        clock: Clock,
    ) -> Result<Self, Failure> {
        let effects = Effects { clock, random: Random::system(), metrics: Arc::new(String::new) };
        let (folder, groups) = (tempfile::tempdir()?, BTreeMap::new());
        let mut sandbox = Self { registry, topology, settings, effects, folder, groups };
        sandbox.start_all().await?;
        Ok(sandbox)
    }

    async fn start_all(&mut self) -> Result<(), Failure> {
        let all: Vec<&'static str> = self.registry.iter().map(|spec| spec.name).collect();
        let Topology::SplitPostgres(_) = self.topology else {
            let plan = Plan::read(self.registry, &all, Doors::Closed, &mut self.loader())?;
            let running = start(plan, self.effects.clone()).await?;
            self.groups.insert("all", Some(running));
            return Ok(());
        };
        let doors = all.iter().map(|name| Ok((*name, TcpListener::bind("127.0.0.1:0")?)));
        let doors = doors.collect::<Result<Vec<_>, std::io::Error>>()?;
        let mut places = serde_json::Map::new();
        for (name, door) in &doors {
            places.insert((*name).to_owned(), json!({ "port": door.local_addr()?.port() }));
        }
        self.settings["services"] = Value::Object(places);
        for (name, door) in doors {
            let plan = Plan::read(self.registry, &[name], Doors::Closed, &mut self.loader())?;
            let running = start(plan.with_listener(name, door), self.effects.clone()).await?;
            self.groups.insert(name, Some(running));
        }
        Ok(())
    }

    fn loader(&self) -> Loader {
        let mut own = json!({ "data": { "folder": self.folder.path() }, "server": { "drain": "5s" } });
        if let Topology::AllInOnePostgres(url) | Topology::SplitPostgres(url) = &self.topology {
            own["database"] = json!({ "url": url, "max_connections": 4 });
        }
        Loader::new().flags(&own).flags(&self.settings)
    }

    /// Ends a service and starts it again, with its process: all of them when all share one.
    ///
    /// # Errors
    /// When it does not end in time or cannot start again.
    pub async fn restart(&mut self, name: &str) -> Result<(), Failure> {
        let split = matches!(self.topology, Topology::SplitPostgres(_));
        let group = self.groups.keys().copied().find(|group| !split || *group == name);
        let group = group.ok_or_else(|| format!("no service is named {name}"))?;
        if let Some(running) = self.groups.insert(group, None).flatten()
            && !running.stop().await
        {
            return Err(format!("{group} did not end in time").into());
        }
        let all: Vec<&'static str> = self.registry.iter().map(|spec| spec.name).collect();
        let names: &[&str] = if split { &[group] } else { &all };
        let doors = if split { Doors::Own } else { Doors::Closed };
        let plan = Plan::read(self.registry, names, doors, &mut self.loader())?;
        let running = start(plan, self.effects.clone()).await?;
        self.groups.insert(group, Some(running));
        Ok(())
    }

    /// The tools of a service.
    ///
    /// # Panics
    /// When no service has that name.
    pub fn kit(&self, name: &str) -> &Kit {
        self.find(|running| running.kit(name), name)
    }

    /// The HTTP side of a service.
    ///
    /// # Panics
    /// When no service has that name.
    pub fn http(&self, name: &str) -> Router {
        self.find(|running| running.http(name), name)
    }

    /// Where a service listens; `None` where all share one process and nothing does.
    ///
    /// # Panics
    /// When no service has that name.
    pub fn address(&self, name: &str) -> Option<SocketAddr> {
        self.find(|running| running.kit(name).map(|_kit| running.address(name)), name)
    }

    fn find<'a, T>(&'a self, found: impl Fn(&'a Running) -> Option<T>, name: &str) -> T {
        let mut running = self.groups.values().flatten();
        let found = running.find_map(found);
        #[expect(clippy::panic, reason = "a test that names a service wrongly is wrong")]
        found.unwrap_or_else(|| panic!("no service is named {name}"))
    }

    /// Sends a request to a service and reads the whole answer.
    ///
    /// # Errors
    /// When the body breaks off.
    pub async fn send(&self, name: &str, request: Request<Body>) -> Result<Response<Vec<u8>>, Failure> {
        let answer = self.http(name).oneshot(request).await?;
        let (head, body) = answer.into_parts();
        Ok(Response::from_parts(head, body.collect().await?.to_bytes().to_vec()))
    }

    /// A token of a person in the default workspace, with these rights, good for five minutes.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn token(&self, user: UserId, grants: Grants) -> Result<Secret<String>, Failure> {
        let actor = Actor::User { id: user };
        let subject = Subject { actor, workspace: WorkspaceId::DEFAULT, grants, session: None, number: None };
        let kit = self.groups.values().flatten().find_map(|running| running.kit(running.names().next()?));
        let signer = kit.ok_or("nothing runs")?.signer()?;
        let Effects { clock, random, .. } = &self.effects;
        let claims = Claims::new(subject, Duration::from_mins(5), clock.now(), random);
        Ok(Secret::new(signer.sign(&claims)?))
    }

    /// Ends all services. Answers whether all of them did in time.
    pub async fn stop(mut self) -> bool {
        let mut clean = true;
        for spec in self.registry.iter().rev() {
            for group in [spec.name, "all"] {
                if let Some(running) = self.groups.remove(group).flatten() {
                    clean &= running.stop().await;
                }
            }
        }
        clean
    }
}

//! The built-in plugins inside `metier up`: each on a loopback port of its own, started again when it falls.
//!
//! The ports are taken before the services start, because the settings of postings name them.

use std::{
    ffi::OsString,
    net::{Ipv4Addr, TcpListener},
    time::Duration,
};

use anyhow::Context;
use metier_plugin_sdk::CancellationToken;
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;

use crate::built_in::{BUILT_IN, BuiltIn};

const BEFORE_ANOTHER_START: Duration = Duration::from_secs(1);
/// How long open requests may take to end. The services that ask have ended before.
const DRAIN: Duration = Duration::from_secs(2);

/// Plugins with the sockets they will answer on.
pub struct Hosting {
    hosts: Vec<Host>,
}

struct Host {
    plugin: BuiltIn,
    listener: TcpListener,
}

impl Hosting {
    /// Takes a port for each plugin, the demo only when asked for.
    ///
    /// # Errors
    /// When the settings of a plugin are wrong, or no port is free.
    pub fn open(demo: bool) -> anyhow::Result<Self> {
        let wanted = BUILT_IN.iter().filter(|plugin| demo || plugin.name != metier_plugin_demo::ID);
        Ok(Self { hosts: wanted.map(Host::open).collect::<anyhow::Result<_>>()? })
    }

    /// What the postings service is told: where each plugin answers, and that the demo is synced at once.
    pub fn settings(&self) -> anyhow::Result<Value> {
        let mut built_in = Map::new();
        for host in &self.hosts {
            let address = host.listener.local_addr()?;
            built_in.insert(host.plugin.name.to_owned(), format!("http://{address}").into());
        }
        let demo = built_in.keys().filter(|name| *name == metier_plugin_demo::ID);
        let first_sync: Vec<_> = demo.cloned().collect();
        Ok(match first_sync.is_empty() {
            true => json!({ "built_in": built_in }),
            false => json!({ "built_in": built_in, "first_sync": first_sync }),
        })
    }

    /// Starts every plugin.
    pub fn start(self) -> Hosted {
        let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
        for host in self.hosts {
            tasks.spawn(host.keep(stop.clone()));
        }
        Hosted { tasks, stop }
    }
}

impl Host {
    fn open(plugin: &BuiltIn) -> anyhow::Result<Self> {
        let name = plugin.name;
        // Read now, so that a wrong setting is told before anything starts.
        (plugin.start)(Vec::<OsString>::new())
            .with_context(|| format!("the settings of the plugin {name} are wrong"))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .with_context(|| format!("no port on loopback for the plugin {name}"))?;
        listener.set_nonblocking(true)?;
        Ok(Self { plugin: *plugin, listener })
    }

    async fn keep(self, stop: CancellationToken) {
        loop {
            // A task of its own, so that a panic ends no more than this start.
            let mut serving = JoinSet::new();
            serving.spawn(serve(self.plugin, self.listener.try_clone(), stop.clone()));
            let ended = serving.join_next().await;
            if stop.is_cancelled() {
                return;
            }
            let reason = match ended {
                Some(Ok(Err(error))) => format!("{error:#}"),
                Some(Err(error)) => error.to_string(),
                _ => "it ended".to_owned(),
            };
            tracing::error!(plugin = self.plugin.name, reason, "a plugin fell; starting it again");
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(BEFORE_ANOTHER_START) => {}
            }
        }
    }
}

async fn serve(
    plugin: BuiltIn,
    listener: std::io::Result<TcpListener>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener?)?;
    Ok((plugin.start)(Vec::new())?.serve(listener, stop).await?)
}

/// Plugins that serve. Dropped, they end at once.
pub struct Hosted {
    tasks: JoinSet<()>,
    stop: CancellationToken,
}

impl Hosted {
    /// Ends all of them.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let ended = tokio::time::timeout(DRAIN, async { while self.tasks.join_next().await.is_some() {} });
        if ended.await.is_err() {
            tracing::warn!("a plugin did not end in time");
        }
    }
}

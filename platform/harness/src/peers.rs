//! Where each service is: in this process, or at an address. The only place that knows.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use metier_core::Fault;
use metier_http::{HttpLink, HttpLinkOptions};
use metier_rpc::{Link, RemoteOptions};

/// The two ways to a service.
#[derive(Clone)]
pub(crate) struct Ways {
    pub(crate) rpc: Link,
    pub(crate) http: HttpLink,
}

/// Every service of the registry, by name.
#[derive(Default)]
pub(crate) struct Peers {
    ways: HashMap<&'static str, Ways>,
    built: HashMap<&'static str, Arc<OnceLock<Ways>>>,
}

impl Peers {
    /// Adds a service of this process, to be built.
    pub(crate) fn add_here(&mut self, name: &'static str) {
        let built: Arc<OnceLock<Ways>> = Arc::default();
        let (rpc, http) = (Arc::clone(&built), Arc::clone(&built));
        let rpc = Link::lazy(move || rpc.get().map(|ways| ways.rpc.clone()));
        let http = HttpLink::lazy(move || http.get().map(|ways| ways.http.clone()));
        self.ways.insert(name, Ways { rpc, http });
        self.built.insert(name, built);
    }

    /// Adds a service at an address. Nothing is connected before it is called.
    pub(crate) fn add_there(&mut self, name: &'static str, address: &str) -> Result<(), Fault> {
        let rpc = Link::remote(address, &RemoteOptions::default())?;
        let http = HttpLink::remote(address, &HttpLinkOptions::default())?;
        self.ways.insert(name, Ways { rpc, http });
        Ok(())
    }

    /// Tells those who call `name` that it is built.
    pub(crate) fn built(&self, name: &str, ways: Ways) {
        if let Some(slot) = self.built.get(name) {
            let _built_once = slot.set(ways);
        }
    }

    /// All names, sorted.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.ways.keys().copied().collect();
        names.sort_unstable();
        names
    }

    /// The ways to a peer, without anybody's identity.
    pub(crate) fn ways(&self, name: &str) -> Result<&Ways, Fault> {
        self.ways.get(name).ok_or_else(|| Fault::internal(format!("no service is named {name}")))
    }
}

//! Where each service is: in this process, or at an address. The only place that knows.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use metier_core::Fault;
use metier_rpc::{Link, RemoteOptions};

/// Every service of the registry, by name.
pub(crate) struct Peers {
    places: HashMap<&'static str, Place>,
}

enum Place {
    /// Here; empty until it is built.
    Here(Arc<OnceLock<Link>>),
    /// At an address; the connection is shared by all who call it.
    There { address: String, link: Mutex<Option<Link>> },
}

impl Peers {
    /// The services that run here, and the addresses of all others.
    pub(crate) fn new(
        here: impl IntoIterator<Item = &'static str>,
        there: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Self {
        let there =
            there.into_iter().map(|(name, address)| (name, Place::There { address, link: Mutex::default() }));
        let here = here.into_iter().map(|name| (name, Place::Here(Arc::default())));
        Self { places: there.chain(here).collect() }
    }

    /// Tells those who call `name` that it is built.
    pub(crate) fn built(&self, name: &str, link: Link) {
        if let Some(Place::Here(slot)) = self.places.get(name) {
            let _built_once = slot.set(link);
        }
    }

    /// The bare way to a peer.
    pub(crate) fn link(&self, name: &str) -> Result<Link, Fault> {
        match self.places.get(name) {
            None => Err(Fault::internal(format!("no service is named {name}"))),
            Some(Place::Here(slot)) => {
                let slot = Arc::clone(slot);
                Ok(Link::lazy(move || slot.get().cloned()))
            }
            Some(Place::There { address, link }) => {
                let mut link = link.lock().unwrap_or_else(PoisonError::into_inner);
                if link.is_none() {
                    *link = Some(Link::remote(address, &RemoteOptions::default())?);
                }
                link.clone().ok_or_else(|| Fault::internal("the link was just made"))
            }
        }
    }
}

//! What a service is handed: everything it may touch outside itself.

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use futures::future::BoxFuture;
use metier_auth::{CsrfGuard, Sealer, ServiceSigner, Signer, SigningKeys, Verifier};
use metier_blob::BlobStore;
use metier_bus::{Consumer, Event, EventHandler, Outbox};
use metier_core::{Authenticate, Clock, CorrelationId, Ctx, Fault, Random, TokenSource};
use metier_db::{Database, Tx};
use metier_http::HttpLink;
use metier_rpc::{ClientLayer, Link};
use tokio_util::sync::CancellationToken;

use crate::{Loop, peers::Peers, tokens::ServiceTokens};

/// A service's tools. Clones share them.
#[derive(Clone)]
pub struct Kit {
    /// The service's own name.
    pub name: &'static str,
    /// The time.
    pub clock: Clock,
    /// Ids, jitter, keys.
    pub random: Random,
    /// Publishes events and audit entries in the transaction of their change.
    pub outbox: Outbox,
    /// Contents of any size, of its own.
    pub blobs: BlobStore,
    /// A folder of its own for what can be rebuilt, such as a search index. It exists.
    pub folder: PathBuf,
    /// How people reach the public door from outside, when it was said.
    pub public_url: Option<String>,
    /// Cancelled as soon as the process is asked to end: long polls and streams answer now. A loop is told
    /// by a token of its own, later.
    pub stop: CancellationToken,
    /// Checks the tokens of people and of runs.
    pub verifier: Verifier,
    /// Knows the callers of this service: people, runs and other services.
    pub authenticate: Arc<dyn Authenticate>,
    /// The rule under which the session cookie counts, for who hands it out and who takes it.
    pub csrf: CsrfGuard,
    /// Seals secrets that have to be kept and used again.
    pub sealer: Sealer,
    pub(crate) public: bool,
    pub(crate) database: Option<Database>,
    pub(crate) keys: Option<SigningKeys>,
    pub(crate) service: Arc<ServiceSigner>,
    pub(crate) peers: Arc<Peers>,
    pub(crate) loops: Arc<Mutex<Vec<Loop>>>,
}

impl Kit {
    /// Its own database.
    ///
    /// # Errors
    /// When the service declares no migrations and so has none.
    pub fn database(&self) -> Result<Database, Fault> {
        let missing =
            || Fault::internal(format!("{} declares no migrations, so it has no database", self.name));
        self.database.clone().ok_or_else(missing)
    }

    /// The installation's signing keys, for who rotates and publishes them.
    ///
    /// # Errors
    /// When this process was not given the folder of keys.
    pub fn signing_keys(&self) -> Result<SigningKeys, Fault> {
        let missing = || {
            Fault::unavailable(format!(
                "{} signs tokens and needs the signing keys: give this process the folder of keys that \
                 identity has, with keys.folder or METIER_KEYS__FOLDER",
                self.name
            ))
        };
        self.keys.clone().ok_or_else(missing)
    }

    /// The power to sign tokens of people and of runs.
    ///
    /// # Errors
    /// As [`Kit::signing_keys`].
    pub fn signer(&self) -> Result<Signer, Fault> {
        Ok(self.signing_keys()?.signer())
    }

    /// A context in which the service acts for itself, under a fresh correlation id.
    pub fn ctx(&self) -> Ctx {
        Ctx::service(self.name, CorrelationId::fresh(&self.clock, &self.random))
    }

    /// The way to another service, acting for itself. It may start later or be away: calls then fail as
    /// unavailable.
    ///
    /// # Errors
    /// When no service has that name.
    pub fn link(&self, peer: &'static str) -> Result<Link, Fault> {
        self.link_for(peer, self.ctx())
    }

    /// The way to another service on behalf of the one who asked, with their rights and no more.
    ///
    /// # Errors
    /// As [`Kit::link`].
    pub fn link_for(&self, peer: &'static str, ctx: Ctx) -> Result<Link, Fault> {
        self.link_as(peer, self.tokens_for(peer, ctx))
    }

    /// Tokens that prove to `peer` who calls, on behalf of this context.
    pub fn tokens_for(&self, peer: &'static str, ctx: Ctx) -> Arc<dyn TokenSource> {
        Arc::new(ServiceTokens::new(Arc::clone(&self.service), ctx, peer, self.clock.clone()))
    }

    /// The way to another service showing tokens of `tokens`, such as the one a claim minted for a run.
    ///
    /// # Errors
    /// As [`Kit::link`].
    pub fn link_as(&self, peer: &'static str, tokens: Arc<dyn TokenSource>) -> Result<Link, Fault> {
        let layer = ClientLayer::new(tokens, self.clock.clone(), self.random.clone());
        Ok(self.peers.ways(peer)?.rpc.clone().layer(&layer))
    }

    /// The way to the HTTP side of another service, for one who passes requests on as they are.
    ///
    /// # Errors
    /// As [`Kit::link`].
    pub fn http_link(&self, peer: &str) -> Result<HttpLink, Fault> {
        Ok(self.peers.ways(peer)?.http.clone())
    }

    /// The services that there are, wherever they run.
    pub fn peers(&self) -> Vec<&'static str> {
        self.peers.names()
    }

    /// Acts on each event of `topics` that `publisher` publishes, once, in a transaction of this service's
    /// database. `group` names the position that is kept; never reuse a name for another purpose.
    ///
    /// # Errors
    /// As [`Kit::link`] and [`Kit::database`].
    pub fn consume(
        &self,
        publisher: &'static str,
        group: &'static str,
        topics: &'static [&'static str],
        handler: impl for<'a> Fn(&'a Tx, &'a Event) -> BoxFuture<'a, Result<(), Fault>> + Send + Sync + 'static,
    ) -> Result<(), Fault> {
        let (database, link, clock) = (self.database()?, self.link(publisher)?, self.clock.clone());
        let handler = Arc::new(handler);
        let consumer = move |stop| {
            let handler = Arc::clone(&handler);
            let handler: EventHandler = Box::new(move |tx, event| handler(tx, event));
            let (database, clock) = (database.clone(), clock.clone());
            let consumer =
                Consumer::new(database, clock, (publisher, link.clone()), (group, topics), handler);
            async move {
                consumer.run(stop).await;
                Ok(())
            }
        };
        let added = Loop::new(format!("consume.{publisher}.{group}"), consumer);
        self.loops.lock().unwrap_or_else(PoisonError::into_inner).push(added);
        Ok(())
    }
}

impl fmt::Debug for Kit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kit").field("name", &self.name).finish_non_exhaustive()
    }
}

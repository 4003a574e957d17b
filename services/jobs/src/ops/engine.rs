//! The engine's tools and caches, shared by every operation.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use metier_blob::BlobStore;
use metier_bus::{NewEvent, Outbox};
use metier_contract_identity::IdentityClient;
use metier_contract_jobs::event::{RUN_ENDED, RUN_STARTED, TOPIC_RUN};
use metier_core::{Clock, CorrelationId, Ctx, Fault, Random, RunId, Timestamp, WorkspaceId};
use metier_db::{Database, DbError, Tx};
use sea_orm::DbErr;
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use super::{submissions::Submissions, work::KeyScopes, workflows::Documents};
use crate::{
    config::Config,
    domain::kind::{Catalogue, Kind},
    error::Error,
    store::{
        self, RUNS_CHANGED,
        lanes::{self, LaneKey},
        run_book::{EndedRun, StartedRun},
    },
};

/// What the engine is handed.
#[derive(Clone)]
pub struct Tools {
    /// Its database.
    pub database: Database,
    /// Where events go.
    pub outbox: Outbox,
    /// Where large results go.
    pub blobs: BlobStore,
    /// The time.
    pub clock: Clock,
    /// Ids, tokens, jitter.
    pub random: Random,
    /// Knows what keys may claim, and makes the tokens of runs. Without it grants alone decide, and no run gets
    /// a token.
    pub identity: Option<IdentityClient>,
    /// Cancelled when the process begins to end.
    pub stop: CancellationToken,
}

/// Lanes and limits that are remembered; beyond that all are asked for again.
const LANES: usize = 10_000;

/// Workers whose turns are remembered.
const WORKERS: usize = 10_000;

/// Uploads that are read at a time.
const READ_AT_ONCE: usize = 4;

/// A worker by the workspace it works for and its name.
type SeenWorker = (Option<WorkspaceId>, String);

/// The engine. Clones share it.
#[derive(Clone)]
pub struct Engine {
    pub(super) tools: Tools,
    pub(super) config: Arc<Config>,
    pub(super) submissions: Submissions,
    pub(super) keys: Option<KeyScopes>,
    pub(super) documents: Documents,
    /// Rung when this process claims, so that the rescuer looks at the new lease's end.
    pub(super) claimed: Arc<Notify>,
    /// Files of items that are read at a time: each may hold its items in memory.
    pub(super) reading: Arc<Semaphore>,
    catalogue: Arc<RwLock<Arc<Catalogue>>>,
    lanes: Arc<Mutex<HashMap<LaneKey, i64>>>,
    limits: Arc<Mutex<HashMap<(WorkspaceId, String), i64>>>,
    seen: Arc<Mutex<HashMap<SeenWorker, Timestamp>>>,
    turns: Arc<Mutex<HashMap<SeenWorker, usize>>>,
}

impl Engine {
    /// Starts the engine on an open database.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub async fn start(tools: Tools, config: Config) -> Result<Self, Fault> {
        let catalogue = store::kinds::catalogue(tools.database.reader()).await?;
        let submissions = Submissions::start(tools.clone());
        let keys = tools.identity.clone().map(KeyScopes::new);
        Ok(Self {
            tools,
            config: Arc::new(config),
            submissions,
            keys,
            documents: Documents::default(),
            claimed: Arc::default(),
            reading: Arc::new(Semaphore::new(READ_AT_ONCE)),
            catalogue: Arc::new(RwLock::new(Arc::new(catalogue))),
            lanes: Arc::default(),
            limits: Arc::default(),
            seen: Arc::default(),
            turns: Arc::default(),
        })
    }

    /// The engine's settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The engine's clock.
    pub fn clock(&self) -> &Clock {
        &self.tools.clock
    }

    /// Cancelled when the process begins to end.
    pub fn stop(&self) -> &CancellationToken {
        &self.tools.stop
    }

    /// Waits until this process claims something.
    pub async fn claimed(&self) {
        self.claimed.notified().await;
    }

    /// The engine's database.
    pub fn database(&self) -> &Database {
        &self.tools.database
    }

    /// The known kinds.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.catalogue.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the kinds again: another replica may have registered some.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reload_catalogue(&self) -> Result<Arc<Catalogue>, Fault> {
        let fresh = Arc::new(store::kinds::catalogue(self.database().reader()).await?);
        *self.catalogue.write().unwrap_or_else(PoisonError::into_inner) = fresh.clone();
        Ok(fresh)
    }

    /// The kind of this name, looked up again before it is called unknown.
    ///
    /// # Errors
    /// `unknown_kind`.
    pub async fn kind(&self, name: &str, version: Option<i64>) -> Result<Kind, Fault> {
        if let Ok(kind) = self.catalogue().get(name, version) {
            return Ok(kind.clone());
        }
        self.reload_catalogue().await?.get(name, version).cloned()
    }

    /// The lane of this key. Lanes never change, so each is asked for once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lane(&self, key: LaneKey) -> Result<i64, Error> {
        if let Some(lane) = self.lanes.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(*lane);
        }
        let (wanted, now) = (key.clone(), self.tools.clock.now());
        let write = self
            .database()
            .write(move |tx| Box::pin(async move { Ok::<_, DbError>(lanes::make(tx, &wanted, now).await?) }));
        let lane = write.await?;
        let mut known = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= LANES {
            known.clear();
        }
        known.insert(key, lane);
        Ok(lane)
    }

    /// The id of a limit that was asked for before. Ids of limits never change.
    pub(super) fn known_limit(&self, workspace: WorkspaceId, key: &str) -> Option<i64> {
        let known = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(workspace, key.to_owned())).copied()
    }

    pub(super) fn remember_limit(&self, workspace: WorkspaceId, key: &str, id: i64) {
        let mut known = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= LANES {
            known.clear();
        }
        known.insert((workspace, key.to_owned()), id);
    }

    /// Whether a worker was last noted longer than half a minute ago; if so it counts as noted now.
    pub(super) fn should_note(&self, workspace: Option<WorkspaceId>, worker: &str) -> bool {
        let worker = (workspace, worker.to_owned());
        let now = self.tools.clock.now();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let due = seen.get(&worker).is_none_or(|last| now.since(*last).as_secs() >= 30);
        if due {
            seen.retain(|_, last| now.since(*last).as_secs() < 3_600);
            seen.insert(worker, now);
        }
        due
    }

    /// Which turn it is of this worker; each begins where another stands, so that together they reach everyone.
    pub(super) fn next_turn(&self, workspace: Option<WorkspaceId>, worker: &str) -> usize {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.len() >= WORKERS {
            turns.clear();
        }
        let begin = turns.len();
        let turn = turns.entry((workspace, worker.to_owned())).or_insert(begin);
        *turn = turn.wrapping_add(1);
        *turn
    }
}

impl Tools {
    /// The engine acting for itself.
    pub fn ctx(&self) -> Ctx {
        Ctx::service("jobs", CorrelationId::fresh(&self.clock, &self.random))
    }

    /// Publishes one event for all runs that ended in this transaction, and wakes who watches runs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn announce_ended(&self, tx: &Tx, ended: &[EndedRun]) -> Result<(), DbErr> {
        let Some(first) = ended.first() else { return Ok(()) };
        self.announce(tx, &self.ctx(), RUN_ENDED, (first.id, json!(ended))).await
    }

    /// Publishes one event for all runs that began in this transaction, and wakes who watches runs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn announce_started(&self, tx: &Tx, started: &[StartedRun]) -> Result<(), DbErr> {
        let Some(first) = started.first() else { return Ok(()) };
        self.announce(tx, &self.ctx(), RUN_STARTED, (first.id, json!(started))).await
    }

    /// Publishes one event for these runs, and wakes who watches runs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn announce(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        kind: &'static str,
        (first, runs): (RunId, Value),
    ) -> Result<(), DbErr> {
        let event = NewEvent::new(TOPIC_RUN, kind, first, json!({ "runs": runs }));
        self.outbox.publish(tx, ctx, event).await?;
        tx.signal(RUNS_CHANGED);
        Ok(())
    }
}

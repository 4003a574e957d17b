//! An engine on a database of its own, a clock that stands still, and the words tests speak.

use std::{sync::Arc, time::Duration};

use metier_blob::BlobStore;
use metier_bus::Outbox;
use metier_core::{
    Actor, Clock, CorrelationId, Ctx, Grants, Random, Role, RunId, Timestamp, UserId, WorkspaceId,
};
use metier_db::{Database, DbError, sql};
use metier_jobs::{
    Config, Error, MIGRATIONS,
    domain::{
        bad_items::OnBadItem,
        conditions::Conditions,
        kind::KindName,
        outcome::{Failure, Outcome},
        state::RunState,
    },
    ops::{
        Engine, Tools,
        declare::{Declared, declare},
        runs::{self, RunView},
        submit::{self, Submission},
        work::{self, ClaimWish, Claimed, Reported},
    },
    store::batch::ClaimedTask,
};
use metier_testkit::{Store, stores};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub struct Bed {
    pub engine: Engine,
    pub clock: Clock,
    pub maria: Ctx,
    pub tools: Tools,
    _store: Store,
    _blobs: tempfile::TempDir,
}

/// A bed on SQLite and one on PostgreSQL.
pub async fn beds() -> Vec<Bed> {
    let mut beds = Vec::new();
    for store in stores("jobs", &MIGRATIONS).await {
        beds.push(Bed::on(store, Config::default()).await);
    }
    beds
}

pub fn user(number: u128, role: Role) -> Ctx {
    Ctx {
        actor: Actor::User { id: UserId::from_uuid(Uuid::from_u128(number)) },
        workspace: WorkspaceId::DEFAULT,
        grants: Arc::new(role.grants()),
        correlation: "test".parse::<CorrelationId>().unwrap(),
        deadline: None,
    }
}

pub fn worker() -> Ctx {
    Ctx { grants: Arc::new(Grants::parse(["tasks:claim"]).unwrap()), ..user(99, Role::Viewer) }
}

impl Bed {
    pub async fn on(store: Store, config: Config) -> Self {
        let blobs = tempfile::tempdir().unwrap();
        let clock = Clock::manual(Timestamp::from_seconds(1_800_000_000));
        let random = Random::system();
        let tools = Tools {
            database: store.database.clone(),
            outbox: Outbox::new(clock.clone(), random.clone()),
            blobs: BlobStore::folder(blobs.path()).unwrap(),
            clock: clock.clone(),
            random,
            identity: None,
            stop: CancellationToken::new(),
        };
        let engine = Engine::start(tools.clone(), config).await.unwrap();
        let bed = Self { engine, clock, maria: user(1, Role::User), tools, _store: store, _blobs: blobs };
        bed.register("count", 3).await;
        bed
    }

    pub async fn register(&self, name: &str, max_attempts: i64) {
        self.register_with(name, max_attempts, &[]).await;
    }

    /// Registers a kind whose handler works with these permissions.
    pub async fn register_with(&self, name: &str, max_attempts: i64, permissions: &[&str]) {
        let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}}, "additionalProperties": false});
        let declared = Declared {
            name: KindName { name: name.into(), version: 1 },
            description: "counts".into(),
            parameter_schema: schema,
            permissions: permissions.iter().map(|&permission| permission.to_owned()).collect(),
            timeout: Duration::ZERO,
            max_attempts,
            backoff: (Duration::from_secs(10), Duration::from_secs(10)),
        };
        let kind = declare(self.engine.config(), declared).unwrap();
        work::register(&self.engine, &worker(), ("worker-1", &[]), vec![kind]).await.unwrap();
    }

    pub fn database(&self) -> &Database {
        self.engine.database()
    }

    pub fn submission(&self, items: usize) -> Submission {
        Submission {
            kind: "count".into(),
            kind_version: None,
            items: (0..items).map(|n| json!({ "n": n })).collect(),
            on_bad_item: OnBadItem::Refuse,
            queue: None,
            priority: 0,
            conditions: Conditions::default(),
            run_at: None,
            max_attempts: None,
            timeout: None,
            key: None,
            source: "api",
            job: None,
        }
    }

    pub async fn submit(&self, items: usize) -> RunId {
        self.submit_as(&self.maria, self.submission(items)).await.unwrap()
    }

    pub async fn submit_as(&self, ctx: &Ctx, submission: Submission) -> Result<RunId, Error> {
        let submitted = submit::submit(&self.engine, ctx, submission).await?;
        Ok(RunId::from_uuid(runs::submitted(&self.engine, ctx, submitted.number).await?.row.id))
    }

    pub fn wish(&self, limit: i64) -> ClaimWish {
        self.wish_of(&["count"], limit)
    }

    pub fn wish_of(&self, kinds: &[&str], limit: i64) -> ClaimWish {
        let kinds = kinds.iter().map(|&name| KindName { name: name.into(), version: 1 }).collect();
        let (worker, wait) = ("worker-1".into(), Duration::ZERO);
        ClaimWish { worker, kinds, queues: vec![], capabilities: vec![], limit, wait }
    }

    pub async fn claim(&self, limit: i64) -> Claimed {
        work::claim(&self.engine, &worker(), self.wish(limit), vec![]).await.unwrap()
    }

    pub async fn report(&self, claimed: &Claimed, outcome: Outcome) -> Vec<bool> {
        work::complete(&self.engine, &worker(), reports(claimed, &outcome)).await.unwrap()
    }

    /// A sign of life; what to stop, or nothing when the lease has ended.
    pub async fn heartbeat(&self, claimed: &Claimed) -> Option<Vec<work::Stop>> {
        let (lease, nothing) = (claimed.tasks[0].0.lease, (vec![], Duration::ZERO));
        work::heartbeat(&self.engine, &worker(), lease, nothing).await.unwrap()
    }

    pub async fn run(&self, id: RunId) -> RunView {
        runs::get(&self.engine, &self.maria, id).await.unwrap()
    }

    pub async fn state(&self, id: RunId) -> RunState {
        self.run(id).await.row.run_state()
    }

    /// Lets every lease run out, whichever clock measures it.
    pub async fn expire_leases(&self) {
        self.execute("UPDATE leases SET expires_at = 0", vec![]).await;
    }

    /// Lets every running attempt have begun so much earlier, whichever clock measures it.
    pub async fn let_attempts_take(&self, longer: Duration) {
        let micros = i64::try_from(longer.as_micros()).unwrap();
        let statement = "UPDATE leases SET reported_at = reported_at - $1, overdue_at = overdue_at - $1";
        self.execute(statement, vec![micros.into()]).await;
    }

    pub async fn execute(&self, statement: &'static str, values: Vec<sea_orm::Value>) {
        let write = self.database().write(move |tx| {
            Box::pin(async move { Ok::<_, DbError>(sql::execute(tx, statement, values).await?) })
        });
        write.await.unwrap();
    }

    pub async fn recount(&self) {
        let found = metier_jobs::ops::upkeep::recount(&self.engine, &user(2, Role::Admin)).await.unwrap();
        assert_eq!(found, [], "counters and tasks agree");
        let found =
            metier_jobs::ops::upkeep::recount_limits(&self.engine, &user(2, Role::Admin)).await.unwrap();
        assert_eq!(found, [], "limits and leases agree");
    }

    pub async fn tally(&self, name: &str) -> i64 {
        let tallies = metier_jobs::ops::upkeep::tallies(&self.engine, &user(2, Role::Admin)).await.unwrap();
        tallies.into_iter().find(|tally| tally.name == name).unwrap().value
    }
}

/// The same outcome for everything claimed.
pub fn reports(claimed: &Claimed, outcome: &Outcome) -> Vec<Reported> {
    let report = |(task, _): &(ClaimedTask, String)| Reported {
        lease: task.lease,
        task: task.task.task,
        outcome: outcome.clone(),
    };
    claimed.tasks.iter().map(report).collect()
}

pub fn success() -> Outcome {
    Outcome::Succeeded(Value::from(42).to_string())
}

pub fn failure() -> Failure {
    Failure { code: "broken".into(), message: "it broke".into() }
}

//! The real engine with workflows in it, and what is around it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
    time::Duration,
};

use metier_blob::BlobStore;
use metier_bus::Outbox;
use metier_core::{Clock, Fault, Random, Timestamp};
use metier_db::{Database, DatabaseSettings, DbError, Tx, sql};
use metier_jobs::{
    Config, Error, MIGRATIONS,
    domain::workflow::Document,
    ops::{Engine, Tools, upkeep, workflows::apply},
    store::workflows::read,
};
use metier_testkit::simulation::{self, Choices, Held};
use sea_orm::DbErr;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    acts::{ACTS, Act},
    books, check,
    rows::{Rows, execute},
};

/// Engines on one database, as replicas are.
pub const REPLICAS: usize = 2;
/// How time passes: under a lease, over it, over timers and timeouts.
const PAUSES: [u64; 5] = [1, 8, 16, 31, 80];
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Statements within which a process dies, at most.
const SOON: usize = 24;
/// Turns in which everything must come to its end, when all goes well: as many as steps can come after one another.
const ROUNDS: usize = 40;
/// What a statement says that its process does not survive.
const KILLED: &str = "the simulation kills it";
/// Every table that workflows write to.
const TABLES: [&str; 10] = [
    "runs",
    "steps",
    "step_runs",
    "workflow_runs",
    "workflow_due",
    "workflow_signals",
    "attempts",
    "ready",
    "leases",
    "outbox",
];

const EVENTS: [&str; 3] = ["INSERT", "UPDATE", "DELETE"];

pub struct World {
    pub tools: Tools,
    pub engines: Vec<Engine>,
    pub story: Vec<String>,
    pub jobs: Vec<String>,
    /// What each step of a job is to give.
    pub gives: BTreeMap<String, BTreeMap<String, Value>>,
    pub documents: BTreeMap<Uuid, Arc<Document>>,
    /// What the worker holds, and what it has told already.
    pub held: Vec<super::people::Held>,
    pub told: Vec<metier_jobs::ops::work::Reported>,
    /// Runs that somebody did again for themselves, whatever became of the workflow they were of.
    pub by_hand: BTreeSet<i64>,
    /// The runs that a run had started when it was to stop at once, by run and epoch.
    pub stopped: BTreeMap<(i64, i64), usize>,
    settings: DatabaseSettings,
    sabotage: Option<&'static str>,
}

/// What the engine answers, or the code of its refusal.
pub fn answer<T>(answer: Result<T, Error>) -> Held<Result<T, String>> {
    let fault = match answer {
        Ok(answer) => return Ok(Ok(answer)),
        Err(error) => Fault::from(error),
    };
    match fault.kind {
        metier_core::FaultKind::Internal => Err(fault.chain().to_string()),
        _ => Ok(Err(fault.code.to_string())),
    }
}

fn told<T, E: std::fmt::Display>(result: Result<T, E>) -> Held<T> {
    result.map_err(|error| error.to_string())
}

impl World {
    async fn on(folder: &Path, seed: u64) -> Held<Self> {
        let settings = DatabaseSettings::Sqlite { folder: folder.to_owned() };
        let (clock, random) = (Clock::manual(Timestamp::from_seconds(1_800_000_000)), Random::seeded(seed));
        let tools = Tools {
            database: open(&settings).await?,
            outbox: Outbox::new(clock.clone(), random.clone()),
            blobs: told(BlobStore::folder(&folder.join("blobs")))?,
            clock,
            random,
            identity: None,
            stop: CancellationToken::new(),
        };
        let mut world = Self {
            engines: Vec::new(),
            story: Vec::new(),
            jobs: Vec::new(),
            gives: BTreeMap::new(),
            documents: BTreeMap::new(),
            held: Vec::new(),
            told: Vec::new(),
            by_hand: BTreeSet::new(),
            stopped: BTreeMap::new(),
            settings,
            sabotage: None,
            tools,
        };
        world.start_engines().await?;
        Ok(world)
    }

    async fn start_engines(&mut self) -> Held {
        self.engines.clear();
        for _ in 0..REPLICAS {
            self.engines.push(told(Engine::start(self.tools.clone(), Config::default()).await)?);
        }
        Ok(())
    }

    /// Every process is gone, and others open what lies on the disk.
    async fn kill_engines(&mut self) -> Held {
        self.engines.clear();
        self.tools.database.close().await;
        self.tools.database = open(&self.settings).await?;
        self.start_engines().await
    }

    /// Writes into the story.
    pub fn tell(&mut self, line: String) {
        self.story.push(line);
    }

    /// Some replica.
    pub fn some_engine(&self, choices: &mut Choices) -> Engine {
        self.engines[choices.below(REPLICAS)].clone()
    }

    async fn act(&mut self, act: Act, choices: &mut Choices) -> Held {
        let engine = self.some_engine(choices);
        match act {
            Act::Start => self.start(&engine, choices).await,
            Act::Decide => self.decide_some(choices).await,
            Act::Work => self.work(&engine, choices).await,
            Act::Signal => self.signal(&engine, choices).await,
            Act::Judge => self.judge(&engine, choices).await,
            Act::Cancel => self.cancel(&engine, choices).await,
            Act::Resume => self.resume(&engine, choices).await,
            Act::Pass => {
                let pause = PAUSES[choices.below(PAUSES.len())];
                self.tools.clock.advance(Duration::from_secs(pause));
                self.tell(format!("{pause} s pass"));
                Ok(())
            }
            Act::Promote => answer(upkeep::promote(&engine).await)?.map(drop),
            Act::Rescue => answer(upkeep::rescue(&engine).await)?.map(drop),
            Act::FinishCancellations => answer(upkeep::finish_cancellations(&engine).await)?.map(drop),
            Act::KillEngine => {
                self.tell("KillEngine".into());
                self.kill_engines().await
            }
        }
    }

    /// A replica decides upon a run of which something is to be decided, or both do.
    async fn decide_some(&mut self, choices: &mut Choices) -> Held {
        let due = told(read::due(self.tools.database.reader(), self.tools.clock.now(), 100).await)?;
        let Some(run) = choices.of(&due).copied() else { return Ok(()) };
        if choices.once_in(4) {
            self.tell(format!("both decide upon run {run}"));
            let (one, other) = (self.engines[0].clone(), self.engines[1].clone());
            let (first, second) = tokio::join!(apply::decide(&one, run), apply::decide(&other, run));
            answer(first)?.and(answer(second)?)
        } else {
            self.tell(format!("run {run} is decided upon"));
            answer(apply::decide(&self.some_engine(choices), run).await)?
        }
    }

    /// Has the process die at some statement from now on.
    async fn doom(&mut self, choices: &mut Choices) -> Held {
        execute(self, format!("UPDATE doom SET left = {}", 1 + choices.below(SOON))).await
    }

    async fn spare(&mut self) -> Held {
        execute(self, "UPDATE doom SET left = -1").await
    }

    /// Decides upon everything there is.
    async fn decide_all(&mut self) -> Held {
        loop {
            let due = told(read::due(self.tools.database.reader(), self.tools.clock.now(), 1_000).await)?;
            if due.is_empty() {
                return Ok(());
            }
            for run in due {
                answer(apply::decide(&self.engines[0].clone(), run).await)??;
            }
        }
    }

    async fn upkeep(&mut self) -> Held {
        let engine = self.engines[0].clone();
        answer(upkeep::rescue(&engine).await)??;
        answer(upkeep::promote(&engine).await)??;
        answer(upkeep::finish_cancellations(&engine).await)?
    }

    /// Everything is decided upon, done, and decided upon again.
    async fn work_off(&mut self) -> Held {
        loop {
            self.decide_all().await?;
            let some = self.work_well().await?;
            check::tables(self).await?;
            if !some {
                return Ok(());
            }
        }
    }
}

impl simulation::World for World {
    type Act = Act;
    const ACTS: &'static [(Act, u32)] = ACTS;
    const FIRST: &'static [Act] = &[Act::Start, Act::Start, Act::Decide];
    const STEPS: usize = 60;
    const COMMAND: &'static str = "cargo test -p metier-jobs --test it -- flow_simulation::heavy_whoever";

    async fn prepare(folder: &Path) {
        crate::simulation::schema_into(folder).await;
        let database = open(&DatabaseSettings::Sqlite { folder: folder.to_owned() }).await.unwrap();
        let write = database.write(|tx| Box::pin(async move { Ok::<_, DbError>(make_mortal(tx).await?) }));
        write.await.unwrap();
        database.close().await;
    }

    async fn begin(folder: &Path, seed: u64) -> Held<Self> {
        Self::on(folder, seed).await
    }

    async fn step(&mut self, act: Act, choices: &mut Choices) -> Held {
        let is_doomed = !matches!(act, Act::Pass | Act::KillEngine) && choices.once_in(5);
        if is_doomed {
            self.doom(choices).await?;
        }
        match self.act(act, choices).await {
            Err(death) if is_doomed && death.contains(KILLED) => {
                self.tell(format!("  {act:?} is killed"));
                self.start_engines().await?;
            }
            done => done.map_err(|error| format!("{act:?}: {error}"))?,
        }
        if is_doomed {
            self.spare().await?;
        }
        if let (Some(harm), Act::Rescue) = (self.sabotage, act) {
            execute(self, harm).await?;
        }
        check::tables(self).await
    }

    async fn heal(&mut self) -> Held {
        self.held.clear();
        self.told.clear();
        for _ in 0..ROUNDS {
            self.tools.clock.advance(DAY);
            self.upkeep().await?;
            self.work_off().await?;
            let rows = Rows::read(self).await?;
            if rows.runs.values().all(|run| run.has_ended()) {
                return books::close(self, &rows).await;
            }
            self.answer_everything(&rows).await?;
        }
        let rows = Rows::read(self).await?;
        Err(format!("these never end: {:?}", rows.open()))
    }

    fn story(&mut self) -> &mut Vec<String> {
        &mut self.story
    }

    fn sabotage(&mut self, harm: &'static str) {
        self.sabotage = Some(harm);
    }
}

/// Has the process that makes the last of so many changes not survive it.
async fn make_mortal(tx: &Tx) -> Result<(), DbErr> {
    let mut statements = vec![
        "CREATE TABLE doom (left INTEGER NOT NULL)".to_owned(),
        "INSERT INTO doom VALUES (0)".to_owned(),
        format!(
            "CREATE TRIGGER doom_comes AFTER UPDATE ON doom WHEN OLD.left = 1 AND NEW.left = 0 BEGIN \
             SELECT RAISE(ABORT, '{KILLED}'); END"
        ),
    ];
    for (table, event) in TABLES.iter().flat_map(|table| EVENTS.map(|event| (table, event))) {
        statements.push(format!(
            "CREATE TRIGGER doom_{table}_{event} AFTER {event} ON {table} BEGIN \
             UPDATE doom SET left = left - 1 WHERE left > 0; END"
        ));
    }
    for statement in statements {
        sql::execute(tx, &statement, vec![]).await?;
    }
    Ok(())
}

async fn open(settings: &DatabaseSettings) -> Held<Database> {
    Database::open(settings, "jobs", &MIGRATIONS).await.map_err(|error| format!("{error:?}"))
}

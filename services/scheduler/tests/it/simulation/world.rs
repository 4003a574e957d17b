//! The real scheduler, some replicas of it, and what is around them.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};

use metier_contract_scheduler::ScheduleId;
use metier_core::{Clock, Fault, Random, Timestamp};
use metier_db::{Database, DatabaseSettings, DbError, Migrations, Tx, sea_orm::DbErr, sql};
use metier_harness::{Kit, Mounted, Sandbox, Service, ServiceSpec, Topology};
use metier_scheduler::{Config, Error, MIGRATIONS, ops::Scheduler, store::fires::Fire};
use metier_testkit::{
    ensure,
    simulation::{self, Choices, Held},
};

use super::{
    acts::{ACTS, Act},
    check::{self, Rows},
};
use crate::peers::{Engine, Jobs, People, engine};

const REPLICAS: usize = 2;
/// How time passes: hardly, over the grace of a time, over an interval, over many.
const PAUSES: [u64; 6] = [5, 61, 300, 600, 1_500, 7_200];
/// How far a clock is set off, at most: minutes back or ahead.
const OFF: usize = 120;
/// Statements within which a process dies, at most.
const SOON: usize = 5;
const KILLED: &str = "the simulation kills it";
const BEGINNING: i64 = 1_800_000_000;
/// Longer than anything is put off.
const MINUTE: Duration = Duration::from_secs(61);
/// Turns in which everything must come to its end, when all goes well.
const ROUNDS: usize = 200;

static REGISTRY: [ServiceSpec; 3] =
    [ServiceSpec::of::<People>(), ServiceSpec::of::<Jobs>(), ServiceSpec::of::<Quiet>()];

thread_local! {
    /// Where the links to the peers lead; each world has everything else for itself.
    static SANDBOX: RefCell<Option<Sandbox>> = const { RefCell::new(None) };
}

/// A scheduler that does nothing by itself.
struct Quiet;

impl Service for Quiet {
    const NAME: &'static str = "scheduler";
    const PORT: u16 = 7406;
    const SUMMARY: &'static str = "a scheduler in the hands of a simulation";
    const DEPENDS_ON: &'static [&'static str] = &["identity", "jobs"];
    const MIGRATIONS: Option<Migrations> = Some(MIGRATIONS);
    type Config = Config;

    async fn build(_config: Config, _kit: Kit) -> Result<Mounted, Fault> {
        Ok(Mounted::default())
    }
}

pub struct Replica {
    pub scheduler: Scheduler,
    clock: Clock,
    /// Fires as they stood when it looked.
    seen: Vec<Fire>,
}

/// What the simulation remembers of a schedule.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its times after this are written down, each of them.
    pub from: Timestamp,
    pub was_paused: bool,
    pub had_ended: bool,
}

pub struct World {
    pub kit: Kit,
    pub database: Database,
    pub replicas: Vec<Replica>,
    pub schedules: BTreeMap<ScheduleId, Known>,
    /// Runs of fires that somebody died over before they were marked: nobody can tell them.
    pub untold: BTreeSet<String>,
    pub story: Vec<String>,
    random: Random,
    sabotage: Option<&'static str>,
}

/// What the scheduler answers, or the code of its refusal.
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

impl World {
    async fn on(folder: &Path, seed: u64) -> Held<Self> {
        let database = open(folder).await?;
        let kit = SANDBOX.with_borrow(|sandbox| Some(sandbox.as_ref()?.kit("scheduler").clone()));
        let kit = kit.ok_or("there are no peers")?;
        engine(&kit, |engine| *engine = Engine::default());
        let mut world = Self {
            kit,
            database,
            replicas: Vec::new(),
            schedules: BTreeMap::new(),
            untold: BTreeSet::new(),
            story: Vec::new(),
            random: Random::seeded(seed),
            sabotage: None,
        };
        for _ in 0..REPLICAS {
            let replica = world.replica(Timestamp::from_seconds(BEGINNING))?;
            world.replicas.push(replica);
        }
        Ok(world)
    }

    fn replica(&self, now: Timestamp) -> Held<Replica> {
        let clock = Clock::manual(now);
        let scheduler = Scheduler::new(Config::default(), &self.kit).map_err(|fault| fault.to_string())?;
        let scheduler = scheduler.elsewhere(self.database.clone(), clock.clone(), self.random.clone());
        Ok(Replica { scheduler, clock, seen: Vec::new() })
    }

    /// Writes into the story.
    pub fn tell(&mut self, line: String) {
        self.story.push(line);
    }

    /// The time as a replica knows it.
    pub fn now(&self, which: usize) -> Timestamp {
        self.replicas[which].clock.now()
    }

    async fn act(&mut self, (act, which): (Act, usize), choices: &mut Choices) -> Held {
        match act {
            Act::Create => self.create(which, choices).await,
            Act::Pause | Act::Resume | Act::Start => self.steer(act, which, choices).await,
            Act::Fire => {
                self.tell(format!("replica {which} writes down what has come"));
                answer(self.replicas[which].scheduler.fire_due().await)?.map(drop)
            }
            Act::Look => {
                self.replicas[which].seen = answer(self.replicas[which].scheduler.fires_to_try().await)??;
                let count = self.replicas[which].seen.len();
                self.tell(format!("replica {which} sees {count} fires"));
                Ok(())
            }
            Act::Submit => self.submit(which).await,
            Act::End => self.end_some(choices).await,
            _ => self.misfortune(act, which, choices),
        }
    }

    fn misfortune(&mut self, act: Act, which: usize, choices: &mut Choices) -> Held {
        match act {
            Act::Pass => self.pass(PAUSES[choices.below(PAUSES.len())]),
            Act::SetClock => {
                let minutes = choices.below(2 * OFF) as i64 - OFF as i64;
                let now = Timestamp::from_seconds(self.now(which).seconds() + minutes * 60);
                self.tell(format!("replica {which}: its clock is wrong now by {minutes} min"));
                self.replicas[which] = self.replica(now)?;
            }
            Act::Away => {
                let is_away = engine(&self.kit, |engine| {
                    engine.is_away = !engine.is_away;
                    engine.is_away
                });
                self.tell(format!("the engine is {}", if is_away { "away" } else { "back" }));
            }
            Act::Disable => {
                engine(&self.kit, |engine| engine.owner_is_disabled = !engine.owner_is_disabled);
                self.tell("the owner is disabled or enabled".into());
            }
            _ => {
                self.tell(format!("replica {which} dies"));
                self.replicas[which] = self.replica(self.now(which))?;
            }
        }
        Ok(())
    }

    fn pass(&mut self, seconds: u64) {
        self.tell(format!("{seconds} s pass"));
        self.replicas.iter().for_each(|replica| replica.clock.advance(Duration::from_secs(seconds)));
    }

    /// A replica submits the first fire that it saw.
    async fn submit(&mut self, which: usize) -> Held {
        if self.replicas[which].seen.is_empty() {
            self.replicas[which].seen = answer(self.replicas[which].scheduler.fires_to_try().await)??;
        }
        if self.replicas[which].seen.is_empty() {
            return Ok(());
        }
        let fire = self.replicas[which].seen.remove(0);
        let rows = Rows::read(self).await?;
        if !rows.is_open(&fire) {
            self.tell("  another replica was faster".into());
        }
        let before = engine(&self.kit, |engine| engine.runs.clone());
        self.tell(format!("replica {which} submits the fire of {}", fire.scheduled_for));
        let submitted = answer(self.replicas[which].scheduler.submit(&fire).await);
        let after = engine(&self.kit, |engine| engine.runs.clone());
        check::started(self, &rows, (&fire, &before, &after))?;
        submitted?
    }

    /// Everything waits no longer than it must.
    async fn let_go(&mut self) -> Held {
        engine(&self.kit, |engine| (engine.is_away, engine.owner_is_disabled) = (false, false));
        let latest = self.replicas.iter().map(|replica| replica.clock.now()).max().unwrap_or_default();
        for which in 0..REPLICAS {
            self.replicas[which] = self.replica(latest)?;
        }
        self.pause_all().await
    }
}

impl simulation::World for World {
    type Act = Act;
    const ACTS: &'static [(Act, u32)] = ACTS;
    const FIRST: &'static [Act] = &[Act::Create, Act::Create];
    const STEPS: usize = 60;
    const COMMAND: &'static str = "cargo test -p metier-scheduler --test it -- simulation::heavy_whatever";

    async fn prepare(folder: &Path) {
        let sandbox = Sandbox::start(&REGISTRY, Topology::AllInOneSqlite).await.unwrap();
        SANDBOX.set(Some(sandbox));
        let database = open(folder).await.unwrap();
        let write = database.write(|tx| Box::pin(async move { Ok::<_, DbError>(make_mortal(tx).await?) }));
        write.await.unwrap();
        database.close().await;
    }

    async fn begin(folder: &Path, seed: u64) -> Held<Self> {
        Self::on(folder, seed).await
    }

    async fn step(&mut self, act: Act, choices: &mut Choices) -> Held {
        let which = choices.below(REPLICAS);
        let is_doomed = matches!(act, Act::Fire | Act::Submit) && choices.once_in(5);
        if is_doomed {
            execute(self, format!("UPDATE doom SET left = {}", 1 + choices.below(SOON))).await?;
        }
        let before = Rows::read(self).await?;
        match self.act((act, which), choices).await {
            Err(death) if is_doomed && death.contains(KILLED) => {
                self.tell(format!("  replica {which} is killed"));
                self.replicas[which] = self.replica(self.now(which))?;
            }
            done => done.map_err(|error| format!("{act:?}: {error}"))?,
        }
        if is_doomed {
            execute(self, "UPDATE doom SET left = -1".into()).await?;
        }
        if let (Some(harm), Act::Pass) = (self.sabotage, act) {
            execute(self, harm.into()).await?;
        }
        check::tables(self, (act, which), &before).await
    }

    async fn heal(&mut self) -> Held {
        self.let_go().await?;
        for round in 0..ROUNDS {
            self.end_all(round % 2 == 0).await?;
            self.replicas.iter().for_each(|replica| replica.clock.advance(MINUTE));
            answer(self.replicas[round % REPLICAS].scheduler.turn().await)??;
            let rows = Rows::read(self).await?;
            if rows.open().is_empty() {
                self.end_all(true).await?;
                return check::books(self, &rows);
            }
        }
        let rows = Rows::read(self).await?;
        ensure!(false, "these fires wait for ever: {:?}", rows.open());
        Ok(())
    }

    fn story(&mut self) -> &mut Vec<String> {
        &mut self.story
    }

    fn sabotage(&mut self, harm: &'static str) {
        self.sabotage = Some(harm);
    }
}

/// Runs a statement beside the scheduler.
pub async fn execute(world: &World, statement: String) -> Held {
    let write = world.database.write(move |tx| {
        Box::pin(async move { Ok::<_, DbError>(sql::execute(tx, &statement, vec![]).await?) })
    });
    write.await.map(drop).map_err(|error| format!("{error:?}"))
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
    for (table, event) in ["schedules", "fires", "outbox"]
        .iter()
        .flat_map(|table| ["INSERT", "UPDATE"].map(|event| (table, event)))
    {
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

async fn open(folder: &Path) -> Held<Database> {
    let settings = DatabaseSettings::Sqlite { folder: folder.to_owned() };
    Database::open(&settings, "scheduler", &MIGRATIONS).await.map_err(|error| format!("{error:?}"))
}

//! The real engine, what is around it, and what it must do: carried from step to step.

use std::{path::Path, time::Duration};

use metier_blob::BlobStore;
use metier_bus::Outbox;
use metier_core::{Clock, Ctx, Random, Role, Timestamp};
use metier_db::{Database, DatabaseSettings};
use metier_jobs::{
    Config, MIGRATIONS,
    ops::{Engine, Tools, upkeep},
};
use metier_testkit::{
    ensure,
    simulation::{self, Choices, Held},
};
use tokio_util::sync::CancellationToken;

use super::{
    acts::{ACTS, Act},
    check,
    limits::Key,
    model::Model,
    network::{Message, Request, Wanted},
    worker::Worker,
};
use crate::bed::user;

/// Engines on one database, as replicas are.
const REPLICAS: usize = 2;
const WORKERS: usize = 3;
pub const QUEUES: [&str; 2] = ["default", "other"];
/// How time passes: under a heartbeat, under a lease, over it, over a timeout.
const PAUSES: [u64; 8] = [50, 1_000, 4_000, 4_000, 7_000, 11_000, 16_000, 30_000];
/// Longer than any delay.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// One to end everything, one to see that nothing is left.
const ROUNDS: usize = 2;

pub struct World {
    pub tools: Tools,
    pub engines: Vec<Engine>,
    pub model: Model,
    pub story: Vec<String>,
    network: Vec<Message>,
    workers: Vec<Worker>,
    wanted: Vec<Wanted>,
    settings: DatabaseSettings,
    /// Done to the database with each rescue: to see that it is noticed.
    sabotage: Option<&'static str>,
}

impl World {
    /// On the database in `folder`, which holds the schema and the kind, and nothing else.
    async fn on(folder: &Path, seed: u64) -> Held<Self> {
        let settings = DatabaseSettings::Sqlite { folder: folder.to_owned() };
        let (clock, random) = (Clock::manual(Timestamp::from_seconds(1_800_000_000)), Random::seeded(seed));
        let tools = Tools {
            database: open(&settings).await?,
            outbox: Outbox::new(clock.clone(), random.clone()),
            blobs: BlobStore::folder(&folder.join("blobs")).map_err(|error| error.to_string())?,
            clock,
            random,
            identity: None,
            stop: CancellationToken::new(),
        };
        let mut world = Self {
            engines: Vec::new(),
            model: Model::default(),
            story: Vec::new(),
            network: Vec::new(),
            workers: (0..WORKERS).map(Worker::new).collect(),
            wanted: Vec::new(),
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
            let engine = Engine::start(self.tools.clone(), Config::default()).await;
            self.engines.push(engine.map_err(|fault| fault.to_string())?);
        }
        Ok(())
    }

    /// The process is gone, and another one opens what lies on the disk.
    async fn kill_engines(&mut self) -> Held {
        self.engines.clear();
        self.tools.database.close().await;
        self.tools.database = open(&self.settings).await?;
        self.start_engines().await
    }

    pub fn now(&self) -> Timestamp {
        self.tools.clock.now()
    }

    pub fn maria(&self) -> Ctx {
        user(1, Role::Admin)
    }

    /// Writes into the story.
    pub fn tell(&mut self, line: String) {
        self.story.push(line);
    }

    /// Something is sent, arrives and is answered before anything else happens.
    async fn at_once(&mut self, act: Act, choices: &mut Choices) -> Held<bool> {
        let Some(request) = self.sent(act, choices) else { return Ok(false) };
        self.tell(format!("{request:?}"));
        let engine = self.engines[choices.below(REPLICAS)].clone();
        if let Some((life, answer)) = self.answer(&engine, request).await? {
            self.workers[life.worker].hear(life, answer);
        }
        Ok(true)
    }

    /// What happens outside of the engine.
    fn outside(&mut self, act: Act, choices: &mut Choices) {
        let request = self.sent(act, choices);
        self.network.extend(request.map(Message::Request));
    }

    /// What somebody sends.
    fn sent(&mut self, act: Act, choices: &mut Choices) -> Option<Request> {
        match act {
            Act::Submit => Some(Request::Submit(self.want(choices))),
            Act::Cancel => self.some_run(choices).map(Request::Cancel),
            Act::Replay => self.some_run(choices).map(Request::Replay),
            Act::Pause => choices.of(&QUEUES).map(|queue| Request::Pause(queue)),
            Act::Resume => choices.of(&QUEUES).map(|queue| Request::Resume(queue)),
            Act::Work => {
                let worker = choices.below(WORKERS);
                self.workers[worker].act(choices)
            }
            _ => {
                self.misfortune(act, choices);
                None
            }
        }
    }

    fn misfortune(&mut self, act: Act, choices: &mut Choices) {
        match act {
            Act::Drop if !self.network.is_empty() => {
                let lost = self.network.swap_remove(choices.below(self.network.len()));
                self.tell(format!("lost: {lost:?}"));
            }
            Act::Repeat => {
                let again = choices.of(&self.network).cloned();
                self.network.extend(again.filter(|message| matches!(message, Message::Request(_))));
            }
            Act::KillWorker => {
                let worker = choices.below(WORKERS);
                self.workers[worker].die();
                self.tell(format!("worker {worker} dies"));
            }
            Act::Pass => {
                let pause = PAUSES[choices.below(PAUSES.len())];
                self.tools.clock.advance(Duration::from_millis(pause));
                self.tell(format!("{pause} ms pass"));
            }
            _ => {}
        }
    }

    /// A new run, or one whose answer nobody waited for, or another under the key of one.
    fn want(&mut self, choices: &mut Choices) -> Wanted {
        if choices.once_in(5)
            && let Some(earlier) = choices.of(&self.wanted).cloned()
        {
            let more = usize::from(choices.once_in(3));
            return Wanted { items: earlier.items + more, ..earlier };
        }
        let wanted = Wanted {
            key: self.wanted.len(),
            owner: choices.below(2),
            special: choices.once_in(4),
            key_limit: choices.once_in(2).then(|| choices.of(&Key::ALL).copied()).flatten(),
            items: choices.below(6),
            queue: QUEUES[choices.below(QUEUES.len())],
            priority: [0, 0, 5][choices.below(3)],
            delay: choices.once_in(5).then_some(Duration::from_secs(20)),
            max_attempts: [1, 2, 3][choices.below(3)],
            timeout: Duration::from_secs([2, 20, 300][choices.below(3)]),
        };
        self.wanted.push(wanted.clone());
        wanted
    }

    fn some_run(&self, choices: &mut Choices) -> Option<metier_core::RunId> {
        let runs: Vec<_> = self.model.runs.values().map(|run| run.id).collect();
        choices.of(&runs).copied()
    }

    async fn deliver(&mut self, choices: &mut Choices) -> Held<bool> {
        if self.network.is_empty() {
            return Ok(false);
        }
        match self.network.swap_remove(choices.below(self.network.len())) {
            Message::Request(request) => {
                self.tell(format!("{request:?}"));
                let engine = self.engines[choices.below(REPLICAS)].clone();
                let answer = self.answer(&engine, request).await?;
                self.network.extend(answer.map(|(life, answer)| Message::Answer(life, answer)));
                Ok(true)
            }
            Message::Answer(life, answer) => {
                self.workers[life.worker].hear(life, answer);
                Ok(false)
            }
        }
    }

    /// What the engine does by itself.
    async fn upkeep(&mut self, act: Act) -> Held {
        let (engine, now) = (self.engines[0].clone(), self.now());
        let done = match act {
            Act::KillEngine => return self.kill_engines().await,
            Act::Promote => {
                self.model.promote(now);
                upkeep::promote(&engine).await.map(drop)
            }
            Act::Rescue => {
                self.model.rescue(now)?;
                upkeep::rescue(&engine).await.map(drop)
            }
            _ => upkeep::finish_cancellations(&engine).await,
        };
        done.map_err(|error| format!("{act:?}: {error}"))?;
        match self.sabotage.filter(|_| act == Act::Rescue) {
            Some(statement) => check::execute(self, statement).await,
            None => Ok(()),
        }
    }

    /// What was recorded, in one line.
    fn sum_up(&mut self) {
        let recorded =
            |attempt: &super::model::Attempt| format!("{} in epoch {}", attempt.state, attempt.epoch);
        let states: std::collections::BTreeSet<String> = self.model.attempts.iter().map(recorded).collect();
        self.tell(format!("recorded: {states:?}"));
    }

    /// Does all that is ready. What waits for a rate begins when the next token is there, and no later.
    async fn work_off(&mut self) -> Held {
        loop {
            // A limited key lets only some of its tasks run at a time.
            while self.work_well().await? {}
            let now = self.now();
            let Some((next, key)) = self.model.next_token(now) else { return Ok(()) };
            self.tell(format!("waits for a token of {}", key.name()));
            self.tools.clock.advance(next);
            ensure!(self.work_well().await?, "nothing begins although a token has come after {next:?}");
        }
    }

    /// Claims what there is and does it well. Whether there was anything.
    async fn work_well(&mut self) -> Held<bool> {
        let from = self.workers[0].life;
        let claim = Request::Claim { from, limit: 1_000, reports: Vec::new() };
        let Some((_, super::network::Answer::Claimed { tasks, .. })) = self.ask(claim).await? else {
            return Ok(false);
        };
        let some = !tasks.is_empty();
        let report = |(lease, task): (uuid::Uuid, metier_jobs::store::ready::QueuedTask)| {
            super::network::Report { lease, task: task.task, outcome: crate::bed::success() }
        };
        self.ask(Request::Complete { from, reports: tasks.into_iter().map(report).collect() }).await?;
        Ok(some)
    }

    async fn ask(
        &mut self,
        request: Request,
    ) -> Held<Option<(super::network::Life, super::network::Answer)>> {
        let engine = self.engines[0].clone();
        self.answer(&engine, request).await
    }
}

impl simulation::World for World {
    type Act = Act;
    const ACTS: &'static [(Act, u32)] = ACTS;
    const FIRST: &'static [Act] = &[Act::Submit, Act::Submit];
    const STEPS: usize = 50;
    const COMMAND: &'static str = "cargo test -p metier-jobs --test it -- simulation::heavy_whatever";

    async fn prepare(folder: &Path) {
        super::schema_into(folder).await;
    }

    async fn begin(folder: &Path, seed: u64) -> Held<Self> {
        Self::on(folder, seed).await
    }

    /// Does one step, and holds the tables against the model when the engine had a part in it.
    async fn step(&mut self, act: Act, choices: &mut Choices) -> Held {
        let touched = match act {
            Act::Deliver => self.deliver(choices).await?,
            Act::Submit | Act::Work if !choices.once_in(4) => self.at_once(act, choices).await?,
            Act::KillEngine | Act::Promote | Act::Rescue | Act::FinishCancellations => {
                self.tell(format!("{act:?}"));
                self.upkeep(act).await?;
                true
            }
            _ => {
                self.outside(act, choices);
                false
            }
        };
        if touched { check::tables(self).await } else { Ok(()) }
    }

    async fn heal(&mut self) -> Held {
        self.network.clear();
        self.workers.iter_mut().for_each(Worker::die);
        for queue in QUEUES {
            self.ask(Request::Resume(queue)).await?;
        }
        for _ in 0..ROUNDS {
            self.tools.clock.advance(DAY);
            self.upkeep(Act::Rescue).await?;
            self.upkeep(Act::Promote).await?;
            check::tables(self).await?;
            self.work_off().await?;
        }
        check::tables(self).await?;
        let open: Vec<i64> = self
            .model
            .runs
            .iter()
            .filter(|(_, run)| !run.state.has_ended())
            .map(|(number, _)| *number)
            .collect();
        ensure!(open.is_empty(), "the runs {open:?} never end");
        self.sum_up();
        check::books(self).await
    }

    fn story(&mut self) -> &mut Vec<String> {
        &mut self.story
    }

    fn sabotage(&mut self, harm: &'static str) {
        self.sabotage = Some(harm);
    }
}

async fn open(settings: &DatabaseSettings) -> Held<Database> {
    Database::open(settings, "jobs", &MIGRATIONS).await.map_err(|error| format!("{error:?}"))
}

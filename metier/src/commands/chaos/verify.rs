//! `metier chaos verify`: load, deaths, account.

use std::{ffi::OsString, process::ExitCode, time::Duration};

use clap::Args;
use futures::stream::{self, StreamExt, TryStreamExt};
use metier_core::{Random, Secret};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::{
    KIND,
    account::{Account, Death, Findings, disagreements},
    crew::{Crew, Heard, Recipe},
    load::{Accepted, Load, results},
    services::Services,
    trouble::{Allowed, Struck, Trouble, Victim, recovery, schedule},
    worker::insist,
};
use crate::{
    cli::SettingsArgs,
    client::{Api, Call, Client, ClientError, Done, ServerOptions, screen::Screen},
};

/// The key of the workers ends by itself, should nobody be left to revoke it.
const KEY_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// Runs whose results are read at a time.
const READERS: usize = 4;

/// `metier chaos verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Tasks of one large run.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    tasks: u64,
    /// Runs of one task each, submitted meanwhile.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(0..=100_000))]
    runs: u64,
    /// Worker processes.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=64))]
    workers: u64,
    /// How long a task takes, in milliseconds.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(0..=10_000))]
    milliseconds: u64,
    /// How many times something dies.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u64).range(0..=1_000))]
    deaths: u64,
    /// Decides what dies and when; a random one when not given.
    #[arg(long)]
    seed: Option<u64>,
    /// Give up when it has taken this many seconds.
    #[arg(long, default_value_t = 900, value_name = "SECONDS")]
    patience: u64,
    /// Kill services too: the process that is started here, or those of --pid.
    #[arg(long)]
    services: bool,
    /// A process that runs services, and that somebody starts again when it dies; again for more.
    #[arg(long = "pid", requires = "services", conflicts_with = "start")]
    pids: Vec<u32>,
    /// With --services: what to start here, kill and start again, such as `up --data-dir FOLDER`.
    #[arg(last = true, requires = "services", value_name = "COMMAND")]
    start: Vec<OsString>,
}

/// Where settings come from, and which server.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub settings: &'a SettingsArgs,
    pub server: &'a ServerOptions,
}

/// Does it, and tidies up however it ends.
pub async fn run(client: &mut Client, asked: Verify, place: Place<'_>) -> Done {
    if asked.services && asked.start.is_empty() && asked.pids.is_empty() {
        let message =
            "--services needs --pid, or behind `--` what to start, such as `-- up --data-dir FOLDER`";
        return Err(ClientError::usage(message));
    }
    let mut services = Services::open(place.settings, asked.start.clone(), asked.pids.clone())?;
    services.ready(&client.api).await?;
    let id = Random::system().uuid(client.api.now()).simple().to_string();
    let load = Load {
        queue: format!("chaos-{id}"),
        tasks: usize::try_from(asked.tasks).unwrap_or(usize::MAX),
        runs: usize::try_from(asked.runs).unwrap_or(usize::MAX),
    };
    let key = Key::make(&client.api, &load.queue).await?;
    let trial = Trial { load: &load, asked: &asked, server: place.server, key: key.as_ref() };
    let patience = Duration::from_secs(asked.patience);
    let done = tokio::select! {
        done = trial.run(client, &mut services) => done,
        () = tokio::time::sleep(patience) => Err(ClientError::Failed("it takes longer than --patience".into())),
        _ = tokio::signal::ctrl_c() => Err(ClientError::Interrupted("interrupted".into())),
    };
    let tidied = tidy(&client.api, &load, key).await;
    let stopped = services.stop().await;
    let account = done?;
    tidied.and(stopped)?;
    account.show(&mut client.screen)?;
    account.verdict()?;
    Ok(ExitCode::SUCCESS)
}

/// What is left: ended runs, which leave the history in their time.
async fn tidy(api: &Api, load: &Load, key: Option<Key>) -> Result<(), ClientError> {
    load.cancel_open(api).await?;
    match key {
        Some(key) => insist(api, &Call::delete(&["api-keys", &key.id]), &mut 0).await.map(drop),
        None => Ok(()),
    }
}

/// Opens the kind and the queue to workers, and nothing else.
struct Key {
    id: String,
    text: Secret<String>,
}

#[derive(Deserialize)]
struct NewKey {
    id: String,
    key: Secret<String>,
}

impl Key {
    /// None where this command itself works with a key: then the workers use that.
    async fn make(api: &Api, queue: &str) -> Result<Option<Self>, ClientError> {
        if api.has_key() {
            return Ok(None);
        }
        let body = json!({
            "name": queue, "grants": [format!("tasks.{KIND}:claim")], "kinds": [KIND], "queues": [queue],
            "expires_at": api.now().plus(KEY_LIFE).to_string(),
        });
        let NewKey { id, key } = api.fetch(&Call::post(&["api-keys"]).json(body)).await?;
        Ok(Some(Self { id, text: key }))
    }
}

/// One pass: what is worked with.
struct Trial<'a> {
    load: &'a Load,
    asked: &'a Verify,
    server: &'a ServerOptions,
    key: Option<&'a Key>,
}

impl Trial<'_> {
    async fn run(&self, client: &mut Client, services: &mut Services) -> Result<Account, ClientError> {
        let recipe = Recipe {
            server: self.server.clone(),
            queue: self.load.queue.clone(),
            key: self.key.map(|key| key.text.clone()),
            milliseconds: self.asked.milliseconds,
        };
        let Client { api, screen } = client;
        let workers = usize::try_from(self.asked.workers).unwrap_or(1);
        let mut crew = Crew::start(recipe, workers).await?;
        let began = Instant::now();
        let seed = self.asked.seed.unwrap_or_else(|| u64::from(u32::from_le_bytes(Random::system().bytes())));
        let troubles = self.troubles(seed, services);
        screen.note(&format!("seed {seed}: {} deaths are to come", troubles.len()));
        let (accepted, struck) =
            tokio::try_join!(self.load.submit(api), self.strike(troubles, &mut crew, services, screen))?;
        self.wait(api, &mut crew).await?;
        let took = began.elapsed();
        let heard = crew.end().await?;
        let findings = self.findings(api, &accepted).await?;
        let deaths = struck
            .iter()
            .map(|struck| Death::new(struck, struck.at - began, recovery(struck, heard.accepted.iter())));
        Ok(Account {
            seed,
            tasks: findings.tasks,
            runs: accepted.runs.len(),
            workers,
            lost: findings.lost.len(),
            lost_tasks: Account::named(&findings),
            duplicated: findings.duplicated,
            repeated: heard.repeated(),
            late: heard.late,
            refused: heard.turned_away + accepted.turned_away,
            disagreements: recount(api).await?,
            deaths: deaths.collect(),
            seconds: took.as_secs_f64(),
        })
    }

    fn troubles(&self, seed: u64, services: &Services) -> Vec<Trouble> {
        let count = usize::try_from(self.asked.deaths).unwrap_or(0);
        let allowed = Allowed {
            connections: services.has_database(),
            services: if self.asked.services { services.kills() } else { Some(0) },
        };
        schedule(seed, count, self.load.tasks + self.load.runs, allowed)
    }

    /// Lets things die when the time of each has come.
    async fn strike(
        &self,
        troubles: Vec<Trouble>,
        crew: &mut Crew,
        services: &mut Services,
        screen: &mut Screen,
    ) -> Result<Vec<Struck>, ClientError> {
        let mut struck = Vec::with_capacity(troubles.len());
        for trouble in troubles {
            while crew.heard(|heard: &Heard| heard.settled.len()) < trouble.done {
                crew.news().await;
                crew.check()?;
            }
            let mut at = Instant::now();
            let (what, held) = match trouble.victim {
                Victim::Worker => {
                    let (died, held) = crew.kill(trouble.choice).await?;
                    at = died;
                    (format!("a worker that held {} tasks", held.len()), held)
                }
                Victim::Connections => {
                    (format!("{} connections", services.end_connections().await?), Vec::new())
                }
                Victim::Services => (services.kill().await?, Vec::new()),
            };
            screen.note(&format!("after {} tasks: killed {what}", trouble.done));
            struck.push(Struck { victim: trouble.victim, what, at, held });
        }
        Ok(struck)
    }

    /// Waits until every run has ended.
    async fn wait(&self, api: &Api, crew: &mut Crew) -> Result<(), ClientError> {
        while self.load.open_runs(api).await? != Some(0) {
            crew.check()?;
            crew.news().await;
        }
        // What was reported last is still on its way to us.
        crew.news().await;
        Ok(())
    }

    async fn findings(&self, api: &Api, accepted: &Accepted) -> Result<Findings, ClientError> {
        let read = async |(run, items): (&String, &Vec<u64>)| {
            Ok::<_, ClientError>((run.clone(), items.clone(), results(api, run).await?))
        };
        let given: Vec<_> = stream::iter(&accepted.runs).map(read).buffered(READERS).try_collect().await?;
        let mut findings = Findings::default();
        for (run, items, results) in given {
            findings.add(&run, &items, &results);
        }
        let all = self.load.all_runs(api).await?;
        findings.duplicated += all.iter().filter(|run| !accepted.runs.contains_key(*run)).count();
        Ok(findings)
    }
}

/// `None` when who asks may not know.
async fn recount(api: &Api) -> Result<Option<usize>, ClientError> {
    match insist(api, &Call::post(&["system", "recount"]), &mut 0).await {
        Ok(answer) => Ok(Some(disagreements(&answer))),
        Err(error) if error.status() == Some(403) => Ok(None),
        Err(error) => Err(error),
    }
}

//! The services that are killed, when that is asked for: those of a process started here, or of processes named by id.

use std::{ffi::OsString, process::Stdio, time::Duration};

use metier_db::DatabaseSettings;
use metier_harness::Settings;
use sqlx::{Connection, PgConnection};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep},
};

use crate::{
    cli::SettingsArgs,
    client::{Api, Call, ClientError},
    settings,
};

/// For services to answer after they were started.
const READY_WITHIN: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What may be killed beside the workers.
pub struct Services {
    own: Option<Own>,
    ids: Vec<u32>,
    /// Where the engine keeps its data, if that is PostgreSQL.
    database: Option<String>,
}

/// A process started here, and the words that start it again.
struct Own {
    words: Vec<OsString>,
    child: Child,
}

impl Services {
    /// Starts what the words say, if there are any, and reads where the engine's data is.
    ///
    /// # Errors
    /// When the process cannot be started.
    pub fn open(given: &SettingsArgs, words: Vec<OsString>, ids: Vec<u32>) -> Result<Self, ClientError> {
        let own = match words.is_empty() {
            true => None,
            false => Some(Own { child: start(&words)?, words }),
        };
        Ok(Self { own, ids, database: database(given) })
    }

    /// Whether connections of a database can be ended.
    pub fn has_database(&self) -> bool {
        self.database.is_some()
    }

    /// How many times services can be killed; `None` when that has no end.
    pub fn kills(&self) -> Option<usize> {
        if self.own.is_some() { None } else { Some(self.ids.len()) }
    }

    /// Waits until the public door answers.
    ///
    /// # Errors
    /// When it does not in time, or what was started has ended.
    pub async fn ready(&mut self, api: &Api) -> Result<(), ClientError> {
        let began = Instant::now();
        loop {
            match api.send(&Call::get(&["auth", "me"])).await {
                Err(error) if error.is_passing() && began.elapsed() < READY_WITHIN => {}
                Err(error) => return Err(error),
                Ok(_) => return Ok(()),
            }
            if let Some(Own { child, .. }) = &mut self.own
                && let Some(status) = child.try_wait()?
            {
                return Err(ClientError::Failed(format!("the services ended by themselves ({status})")));
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Kills services without warning. Those started here are started again; others by whoever keeps them.
    ///
    /// # Errors
    /// When there is nothing left to kill, or it cannot be.
    pub async fn kill(&mut self) -> Result<String, ClientError> {
        if let Some(Own { words, child }) = &mut self.own {
            child.kill().await?;
            *child = start(words)?;
            return Ok("services".to_owned());
        }
        let id = self.ids.pop().ok_or_else(|| ClientError::Failed("no process is left to kill".into()))?;
        let killed = Command::new("kill").args(["-s", "KILL", &id.to_string()]).status().await?;
        match killed.success() {
            true => Ok(format!("process {id}")),
            false => Err(ClientError::Failed(format!("process {id} cannot be killed"))),
        }
    }

    /// Ends every connection that the engine has to PostgreSQL. Answers how many there were.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn end_connections(&self) -> Result<i64, ClientError> {
        let Some(url) = &self.database else { return Ok(0) };
        let failed = |error: sqlx::Error| {
            ClientError::Failed(format!("cannot end the connections of the database: {error}"))
        };
        let mut connection = PgConnection::connect(url).await.map_err(failed)?;
        let query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                     WHERE application_name = $1 AND datname = current_database() AND pid <> pg_backend_pid()";
        let ended = sqlx::query_scalar(query).bind(metier_jobs::SPEC.name);
        ended.fetch_one(&mut connection).await.map_err(failed)
    }

    /// Ends in good order what was started here.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn stop(self) -> Result<(), ClientError> {
        let Some(Own { mut child, .. }) = self.own else { return Ok(()) };
        if let Some(id) = child.id() {
            Command::new("kill").args(["-s", "TERM", &id.to_string()]).status().await?;
        }
        child.wait().await?;
        Ok(())
    }
}

fn start(words: &[OsString]) -> Result<Child, ClientError> {
    let mut command = Command::new(std::env::current_exe()?);
    // Its log goes to standard error, where it does not disturb the account.
    command.args(words).stdin(Stdio::null()).stdout(std::io::stderr()).kill_on_drop(true);
    Ok(command.spawn()?)
}

fn database(given: &SettingsArgs) -> Option<String> {
    let found = Settings::read(&mut settings::loader(given)).ok()?.database(&metier_jobs::SPEC)?;
    match found {
        DatabaseSettings::Postgres { url, .. } => Some(url.expose().clone()),
        DatabaseSettings::Sqlite { .. } => None,
    }
}

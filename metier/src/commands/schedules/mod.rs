//! `metier schedules`: what starts runs in time.

mod create;
mod show;

use std::process::ExitCode;

use clap::Subcommand;
use metier_core::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Call, Client, Done, PageOptions, screen::text};

/// What to do with schedules.
#[derive(Debug, Subcommand)]
pub enum SchedulesCommand {
    /// List schedules.
    List(PageOptions),
    /// Show a schedule.
    Show {
        /// Its name or id.
        schedule: String,
    },
    /// Make a schedule of a job or a kind.
    Create(Box<create::Create>),
    /// Start nothing until it is resumed.
    Pause {
        /// Its name or id.
        schedule: String,
    },
    /// Go on.
    Resume {
        /// Its name or id.
        schedule: String,
    },
    /// Start it now; its other times stay as they are.
    Run {
        /// Its name or id.
        schedule: String,
    },
    /// Foretell its next times, with the reason for each that starts nothing.
    Preview {
        /// Its name or id.
        schedule: String,
        /// How many times.
        #[arg(long, default_value_t = 10)]
        count: u16,
    },
    /// List what became of its times, the latest first.
    Fires {
        /// Its name or id.
        schedule: String,
        #[command(flatten)]
        page: PageOptions,
    },
    /// Delete a schedule; its runs stay.
    Delete {
        /// Its name or id.
        schedule: String,
    },
}

/// A schedule as the API gives it, as far as it is shown.
#[derive(Debug, Deserialize)]
pub struct Schedule {
    name: String,
    state: String,
    start: Value,
    trigger: Value,
    missed: String,
    overlap: String,
    fired: i64,
    #[serde(default)]
    description: String,
    #[serde(default)]
    calendars: Vec<String>,
    #[serde(default)]
    next_at: Option<Timestamp>,
}

impl Schedule {
    fn starts(&self) -> String {
        let named = |field: &str| self.start.get(field).and_then(Value::as_str);
        let job = named("job").map(|job| format!("job {job}"));
        job.or_else(|| named("kind").map(|kind| format!("kind {kind}"))).unwrap_or_default()
    }

    /// When it fires, and when next.
    pub fn told(&self) -> String {
        let next = self.next_at.map(|at| format!(", next at {}", text::moment(at))).unwrap_or_default();
        let paused = if self.state == "paused" { ", but is paused" } else { "" };
        format!("{}{next}{paused}", self.when())
    }

    fn when(&self) -> String {
        let part = |field: &str| self.trigger.get(field).and_then(Value::as_str).unwrap_or_default();
        match part("type") {
            "once" => format!("once, {}", part("at")),
            "every" => format!("every {}", part("interval")),
            _ => format!("{} ({})", part("expression"), part("zone")),
        }
    }
}

/// Does it.
pub async fn run(client: &mut Client, command: SchedulesCommand) -> Done {
    match command {
        SchedulesCommand::List(page) => show::list(client, &page).await,
        SchedulesCommand::Show { schedule } => show::one(client, &schedule).await,
        SchedulesCommand::Create(asked) => create::create(client, *asked).await,
        SchedulesCommand::Pause { schedule } => change(client, &schedule, ("pause", "is paused")).await,
        SchedulesCommand::Resume { schedule } => change(client, &schedule, ("resume", "goes on")).await,
        SchedulesCommand::Run { schedule } => change(client, &schedule, ("run", "starts now")).await,
        SchedulesCommand::Preview { schedule, count } => show::preview(client, &schedule, count).await,
        SchedulesCommand::Fires { schedule, page } => show::fires(client, &schedule, &page).await,
        SchedulesCommand::Delete { schedule } => delete(client, &schedule).await,
    }
}

async fn change(client: &mut Client, schedule: &str, (verb, said): (&str, &str)) -> Done {
    let answer = client.api.send(&Call::post(&["schedules", schedule, verb])).await?;
    let line = format!("{} {said}", text::clean(schedule));
    client.screen.answer(&answer, |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}

async fn delete(client: &mut Client, schedule: &str) -> Done {
    client.api.send(&Call::delete(&["schedules", schedule]).header("if-match", "*")).await?;
    let line = format!("deleted {}; its runs stay", text::clean(schedule));
    client.screen.answer(&json!({ "schedule": schedule, "deleted": true }), |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}

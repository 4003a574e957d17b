//! `metier schedules create`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::Schedule;
use crate::client::{Call, Client, ClientError, Done, input, screen::text};

/// `metier schedules create`.
#[derive(Debug, Args)]
pub struct Create {
    /// Its name: letters, digits, - _ and .
    name: String,
    /// The job it starts.
    #[arg(long, required_unless_present = "kind", conflicts_with = "kind")]
    job: Option<String>,
    /// The kind it starts, when it is no job.
    #[arg(long)]
    kind: Option<String>,
    /// Parameters of its task: JSON, @FILE, or - for standard input.
    #[arg(long, value_name = "JSON")]
    parameters: Option<String>,
    /// When, as a cron expression of five fields, or six with seconds first.
    #[arg(long, value_name = "EXPRESSION", group = "when")]
    cron: Option<String>,
    /// The zone whose clock the expression means.
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    zone: String,
    /// When, as an interval such as 6h.
    #[arg(long, value_name = "DURATION", group = "when")]
    every: Option<String>,
    /// When, as one moment such as 2026-12-24T15:00:00Z.
    #[arg(long, value_name = "MOMENT", group = "when", required_unless_present_any = ["cron", "every"])]
    at: Option<String>,
    /// A calendar that holds it back; again for more.
    #[arg(long, value_name = "NAME")]
    calendar: Vec<String>,
    /// Move each time later by up to this many seconds.
    #[arg(long, default_value_t = 0, value_name = "SECONDS")]
    jitter: u64,
    /// End after so many runs.
    #[arg(long, value_name = "RUNS")]
    max_runs: Option<i64>,
    /// What to do with times that passed while nobody looked.
    #[arg(long, value_enum, default_value_t)]
    missed: Missed,
    /// What to do when the run before has not ended.
    #[arg(long, value_enum, default_value_t)]
    overlap: Overlap,
    /// What it is for.
    #[arg(long, default_value = "", hide_default_value = true)]
    description: String,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Missed {
    #[default]
    Skip,
    One,
    All,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Overlap {
    #[default]
    Allow,
    Skip,
    Queue,
    CancelPrevious,
}

/// Makes a schedule.
pub async fn create(client: &mut Client, asked: Create) -> Done {
    let answer = client.api.send(&Call::post(&["schedules"]).json(body(&asked)?)).await?;
    let schedule: Schedule = client.api.read(answer.clone())?;
    let next = schedule.next_at.map(text::moment).unwrap_or_default();
    let line =
        format!("made {}, which starts {} next at {next}", text::clean(&schedule.name), schedule.starts());
    client.screen.answer(&answer, |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}

fn body(asked: &Create) -> Result<Value, ClientError> {
    let mut start = json!({});
    let named = [("job", &asked.job), ("kind", &asked.kind)];
    for (field, name) in named.into_iter().filter_map(|(field, name)| Some((field, name.as_ref()?))) {
        start[field] = json!(name);
    }
    if let Some(text) = &asked.parameters {
        start["parameters"] = input::json(text, "--parameters")?;
    }
    let trigger = match (&asked.cron, &asked.every) {
        (Some(expression), _) => json!({ "type": "cron", "expression": expression, "zone": asked.zone }),
        (None, Some(interval)) => json!({ "type": "every", "interval": interval }),
        (None, None) => json!({ "type": "once", "at": asked.at }),
    };
    let missed = ["skip", "one", "all"][asked.missed as usize];
    let overlap = ["allow", "skip", "queue", "cancel_previous"][asked.overlap as usize];
    let mut body = json!({
        "name": asked.name,
        "description": asked.description,
        "start": start,
        "trigger": trigger,
        "calendars": asked.calendar,
        "jitter_seconds": asked.jitter,
        "missed": missed,
        "overlap": overlap,
    });
    if let Some(runs) = asked.max_runs {
        body["max_runs"] = runs.into();
    }
    Ok(body)
}

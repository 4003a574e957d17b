//! `metier runs cancel` and `metier runs retry`.

use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::{Run, get, watch};
use crate::client::{Call, Client, ClientError, Done};

/// `metier runs retry`.
#[derive(Debug, Args)]
pub struct Retry {
    /// Number or id.
    run: String,
    /// Only this task, by its position from 0.
    #[arg(long, value_name = "INDEX")]
    task: Option<i64>,
    /// Watch the run until it ends again.
    #[arg(long)]
    wait: bool,
}

/// Cancels each of the runs; the first that cannot be cancelled ends it.
pub async fn cancel(client: &mut Client, runs: &[String]) -> Done {
    let mut answers = Vec::new();
    for run in runs {
        let run = get(&client.api, run).await?;
        let answer = client.api.send(&Call::post(&["runs", &run.id, "cancel"])).await?;
        let run: Run = client.api.read(answer.clone())?;
        if !client.screen.is_json() {
            client.screen.line(&run.summary(client.api.now()))?;
        }
        answers.push(answer);
    }
    show_json(client, answers)?;
    Ok(ExitCode::SUCCESS)
}

/// One run as the API gives it; several as an array.
fn show_json(client: &mut Client, mut answers: Vec<Value>) -> Result<(), ClientError> {
    match (client.screen.is_json(), answers.len()) {
        (false, _) => Ok(()),
        (true, 1) => client.screen.json(&answers.remove(0)),
        (true, _) => client.screen.json(&answers),
    }
}

/// Runs again what did not succeed.
pub async fn retry(client: &mut Client, asked: Retry) -> Done {
    let run = get(&client.api, &asked.run).await?;
    let call = match asked.task {
        Some(index) => Call::post(&["runs", &run.id, "tasks", &index.to_string(), "retry"]),
        None => Call::post(&["runs", &run.id, "retry"]),
    };
    let answer = client.api.send(&call).await?;
    let run: Run = client.api.read(answer.clone())?;
    if asked.wait {
        return watch::until_ended(client, run.id, watch::Output::Live).await;
    }
    let summary = run.summary(client.api.now());
    client.screen.answer(&answer, |screen| screen.line(&summary))?;
    client.screen.note(&format!("watch it with `metier runs watch {}`", run.number));
    Ok(ExitCode::SUCCESS)
}

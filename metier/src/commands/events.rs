//! `metier events`: what happens, as it happens.

use std::{process::ExitCode, time::Duration};

use clap::{Args, Subcommand};
use metier_core::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{
    Call, Client, ClientError, Done,
    screen::text,
    stream::{Frame, Frames},
};

/// How long a server may be away.
const AWAY: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_secs(1);

/// What to do with events.
#[derive(Debug, Subcommand)]
pub enum EventsCommand {
    /// Print events as they happen, until Ctrl-C.
    Tail(Tail),
}

/// What is printed.
#[derive(Debug, Args)]
pub struct Tail {
    /// Only types that are, or begin with, one of these: run, source.synced.
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',')]
    types: Vec<String>,
    /// Only about the thing of this id.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    subject: Vec<String>,
    /// Only about one's own things.
    #[arg(long)]
    mine: bool,
    /// Go on after this place, as an earlier `events tail --json` printed it.
    #[arg(long, value_name = "PLACE")]
    after: Option<String>,
    /// End after so many events.
    #[arg(long, value_name = "NUMBER")]
    count: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    subject: String,
    time: Timestamp,
    #[serde(default)]
    data: Value,
}

/// Prints them.
pub async fn run(client: &mut Client, EventsCommand::Tail(asked): EventsCommand) -> Done {
    tokio::select! {
        done = tail(client, asked) => done,
        _ = tokio::signal::ctrl_c() => Ok(ExitCode::SUCCESS),
    }
}

async fn tail(client: &mut Client, mut asked: Tail) -> Done {
    let (mut has_begun, mut away_since) = (false, None);
    while asked.count != Some(0) {
        match follow(client, &mut asked, (&mut has_begun, &mut away_since)).await {
            Ok(()) => {}
            Err(error) if has_begun && error.is_passing() => {
                let since = *away_since.get_or_insert(client.api.now());
                if client.api.now().since(since) > AWAY {
                    return Err(error);
                }
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Follows one stream until it ends, and keeps where it was.
async fn follow(
    client: &mut Client,
    asked: &mut Tail,
    (has_begun, away_since): (&mut bool, &mut Option<Timestamp>),
) -> Result<(), ClientError> {
    let call = Call::get(&["events"]).filter("type", &asked.types).filter("subject", &asked.subject);
    let call = call.query("owner", asked.mine.then_some("me")).query("after", asked.after.clone());
    let mut body = client.api.open(&call).await?;
    (*has_begun, *away_since) = (true, None);
    let mut frames = Frames::default();
    while let Some(bytes) = body.next().await? {
        for frame in frames.read(&bytes)? {
            if let Some(id) = &frame.id {
                asked.after = Some(id.clone());
            }
            if !frame.event.is_empty() {
                print(client, frame)?;
                asked.count = asked.count.map(|left| left.saturating_sub(1));
            }
            if asked.count == Some(0) {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn print(client: &mut Client, frame: Frame) -> Result<(), ClientError> {
    let mut value: Value = serde_json::from_str(&frame.data)
        .map_err(|error| ClientError::Failed(format!("an event is not JSON: {error}")))?;
    if client.screen.is_json() {
        if let Some(place) = frame.id {
            value["place"] = place.into();
        }
        return client.screen.raw(&format!("{value}\n")).and_then(|()| client.screen.flush());
    }
    let event: Event = client.api.read(value)?;
    let line = format!(
        "{}  {:<22}  {}  {}",
        text::moment(event.time),
        text::clean(&event.kind),
        text::clean(&event.subject),
        summary(&event.data)
    );
    client.screen.line(line.trim_end())?;
    client.screen.flush()
}

/// What the data says, in a few words.
fn summary(data: &Value) -> String {
    let Some(fields) = data.as_object() else { return String::new() };
    let plain = fields.iter().filter(|(name, value)| *name != "id" && !value.is_null());
    let words = plain.map(|(name, value)| match value.as_str() {
        Some(words) => format!("{name}={}", text::clean(words)),
        None => format!("{name}={}", text::clean(&value.to_string())),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn data_is_told_in_a_few_words_that_steer_no_terminal() {
        let data = json!({ "id": "x", "number": 7, "reason": "it \u{1b}[31mbroke", "none": null, "counts": { "failed": 1 } });
        assert_eq!(summary(&data), "counts={\"failed\":1} number=7 reason=it [31mbroke");
    }
}

//! Watching a run until it ends: a bar on standard error, what its tasks write on standard output.
//!
//! It only looks: Ctrl-C leaves the run alone, and a server that restarts meanwhile is waited for.

use std::{collections::BTreeMap, process::ExitCode, time::Duration};

use metier_core::Timestamp;
use serde_json::Value;

use super::{Run, Task, output, show::telling_tasks};
use crate::client::{
    Call, Client, ClientError, Done,
    error::FAILED,
    pages::Page,
    screen::{Progress, text},
};

/// Between two looks at a run that has just begun.
const FIRST_PAUSE: Duration = Duration::from_millis(150);
/// Between two looks at a long run.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How long a server may be away.
const AWAY: Duration = Duration::from_secs(60);
/// What the tasks of a longer run write is not followed.
const MOST_TASKS: i64 = 20;
/// Failed tasks named at the end.
const FAILED_SHOWN: usize = 5;

/// What of the tasks' output is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Nothing.
    None,
    /// What they write, as they write it.
    Live,
}

/// Watches a run until it ends, and tells how it ended. Success only if it succeeded.
pub async fn until_ended(client: &mut Client, id: String, output: Output) -> Done {
    let (run, answer) = follow(client, id, output).await?;
    tell_end(client, &run, &answer).await?;
    Ok(if run.has_succeeded() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// Watches a run until it ends. Answers it for people, and as the API gave it.
pub async fn follow(client: &mut Client, id: String, output: Output) -> Result<(Run, Value), ClientError> {
    let mut watch = Watch::new(client, id, output).await?;
    let ended = tokio::select! {
        ended = watch.follow(client) => ended,
        _ = tokio::signal::ctrl_c() => {
            watch.progress.clear();
            Err(watch.left_alone())
        }
    };
    watch.progress.clear();
    ended
}

/// How far somebody has read what a task writes.
#[derive(Default)]
struct Reader {
    attempt: i64,
    /// The page it is at; the last page is read again and again.
    after: Option<String>,
    /// What was printed of it.
    position: Option<i64>,
    /// Whether all of the attempt was printed.
    drained: bool,
}

struct Watch {
    run: Run,
    answer: Value,
    output: Output,
    readers: BTreeMap<i64, Reader>,
    progress: Progress,
    /// The state told last, where no bar shows it.
    told: String,
    away_since: Option<Timestamp>,
}

impl Watch {
    async fn new(client: &mut Client, id: String, output: Output) -> Result<Self, ClientError> {
        let answer = client.api.send(&Call::get(&["runs", &id])).await?;
        let run: Run = client.api.read(answer.clone())?;
        let follows = !client.screen.is_json() && !client.screen.is_quiet() && run.size <= MOST_TASKS;
        if output == Output::Live && run.size > MOST_TASKS {
            client.screen.note(&format!(
                "{} is too much to follow each; see `metier runs output {} --task INDEX`",
                run.extent(),
                run.number
            ));
        }
        let progress = client.screen.progress(u64::try_from(run.size).unwrap_or(0));
        let output = if follows { output } else { Output::None };
        Ok(Self {
            run,
            answer,
            output,
            readers: BTreeMap::new(),
            progress,
            told: String::new(),
            away_since: None,
        })
    }

    /// Looks again and again until the run has ended.
    async fn follow(&mut self, client: &mut Client) -> Result<(Run, Value), ClientError> {
        let mut pause = FIRST_PAUSE;
        loop {
            let looked = self.look(client).await;
            self.bear(client, looked)?;
            if self.run.has_ended() && self.away_since.is_none() {
                return Ok((self.run.clone(), self.answer.clone()));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 5 / 4).min(LONGEST_PAUSE);
        }
    }

    /// The run first, then the output: what was written before the end is printed before the end is told.
    async fn look(&mut self, client: &mut Client) -> Result<(), ClientError> {
        let answer = client.api.send(&Call::get(&["runs", &self.run.id])).await?;
        let run: Run = client.api.read(answer.clone())?;
        let ended = run.has_ended();
        self.tell(client, &run);
        if self.output == Output::Live {
            self.read_outputs(client, ended).await?;
        }
        (self.run, self.answer) = (run, answer);
        Ok(())
    }

    /// A server that is away for a moment, as when it restarts, is waited for.
    fn bear(&mut self, client: &mut Client, looked: Result<(), ClientError>) -> Result<(), ClientError> {
        let now = client.api.now();
        match looked {
            Ok(()) => self.away_since = None,
            Err(error) if !error.is_passing() => return Err(error),
            Err(error) => match self.away_since {
                None => {
                    self.away_since = Some(now);
                    let screen = &mut client.screen;
                    self.progress.suspend(|| screen.note(&format!("waiting for the server: {error}")));
                }
                Some(since) if now.since(since) >= AWAY => return Err(error),
                Some(_) => {}
            },
        }
        Ok(())
    }

    fn tell(&mut self, client: &mut Client, run: &Run) {
        let state = text::clean(&run.state).replace('_', " ");
        let failed = match run.tasks.unsuccessful() {
            0 => String::new(),
            count => format!(", {count} failed"),
        };
        let ended = u64::try_from(run.tasks.ended()).unwrap_or(0);
        self.progress.set(ended, format!("run {} {state}{failed}", run.number));
        if self.progress.is_hidden() && self.told != run.state && !run.has_ended() {
            let reason = run.reason.as_deref().map(|it| format!(": {}", text::clean(it))).unwrap_or_default();
            client.screen.note(&format!("run {} is {state}{reason}", run.number));
        }
        self.told.clone_from(&run.state);
    }

    async fn read_outputs(&mut self, client: &mut Client, run_ended: bool) -> Result<(), ClientError> {
        let call = Call::get(&["runs", &self.run.id, "tasks"]).query("limit", Some(MOST_TASKS));
        let page: Page = client.api.fetch(&call).await?;
        for item in page.items {
            let task: Task = client.api.read(item)?;
            if task.state == "running" || task.has_ended() || run_ended || task.error.is_some() {
                self.read_output(client, &task).await?;
            }
        }
        Ok(())
    }

    async fn read_output(&mut self, client: &mut Client, task: &Task) -> Result<(), ClientError> {
        let several = self.run.size > 1;
        let reader = self.readers.entry(task.index).or_default();
        if reader.attempt != task.attempt {
            *reader = Reader { attempt: task.attempt, ..Reader::default() };
        }
        while !reader.drained {
            let call = output::call(&self.run.id, task.index, Some(task.attempt))
                .query("after", reader.after.clone());
            let (chunks, next) = output::chunks(client, &call).await?;
            let printed = reader.position;
            for chunk in chunks.iter().filter(|chunk| Some(chunk.position) > printed) {
                let text = output::shown(client, task.index, several, &chunk.text);
                let screen = &mut client.screen;
                self.progress.suspend(|| screen.raw(&text).and_then(|()| screen.flush()))?;
                reader.position = Some(chunk.position);
            }
            match next {
                Some(next) => reader.after = Some(next),
                None => {
                    reader.drained = task.has_ended();
                    break;
                }
            }
        }
        Ok(())
    }

    fn left_alone(&self) -> ClientError {
        let number = self.run.number;
        ClientError::Interrupted(format!(
            "run {number} goes on; look again with `metier runs watch {number}`, end it with `metier runs cancel {number}`"
        ))
    }
}

/// The end in one line, and what failed.
pub async fn tell_end(client: &mut Client, run: &Run, answer: &Value) -> Result<(), ClientError> {
    if client.screen.is_json() {
        return client.screen.json(answer);
    }
    let summary = run.summary(client.api.now());
    client.screen.line(&summary)?;
    if run.tasks.unsuccessful() == 0 || client.screen.is_quiet() {
        return Ok(());
    }
    let tasks = telling_tasks(&client.api, run).await?;
    for task in tasks.iter().filter(|task| task.error.is_some()).take(FAILED_SHOWN) {
        let (index, state, remark) = (task.index, task.state.replace('_', " "), task.remark());
        client.screen.line(&text::clean(&format!("task {index} {state}: {remark}")))?;
    }
    client.screen.note(&format!("more: `metier runs show {0}`; again: `metier runs retry {0}`", run.number));
    Ok(())
}

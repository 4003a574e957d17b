//! The worker processes: started, heard, killed, and started anew.

use std::{
    collections::{HashMap, HashSet},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use metier_core::Secret;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::Notify,
    time::{Instant, timeout},
};

use crate::client::{ClientError, ServerOptions};

/// For a worker to say that it is ready.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// For a worker that is to die to be amid its work.
const AMID_WITHIN: Duration = Duration::from_secs(3);

/// What workers said, and when.
#[derive(Debug, Default)]
pub struct Heard {
    /// By task: the moments at which a worker began it.
    pub started: HashMap<i64, Vec<Instant>>,
    /// By task: the moment at which its outcome was accepted.
    pub accepted: HashMap<i64, Instant>,
    /// Tasks that were reported, or held by a worker that died: what it had reported last may have been accepted.
    pub settled: HashSet<i64>,
    /// By worker: what it claimed and has not reported yet.
    pub held: HashMap<usize, Vec<i64>>,
    /// By worker: how many of those it has begun.
    begun: HashMap<usize, usize>,
    /// Outcomes refused because the lease had ended.
    pub late: usize,
    /// Requests that found nobody, or nobody who had time.
    pub turned_away: usize,
}

impl Heard {
    fn note(&mut self, worker: usize, line: &str, now: Instant) {
        let (word, task) = line.split_once(' ').unwrap_or((line, ""));
        let task: Option<i64> = task.parse().ok();
        match (word, task) {
            ("claimed", Some(task)) => {
                self.held.entry(worker).or_default().push(task);
                self.begun.insert(worker, 0);
            }
            ("started", Some(task)) => {
                self.started.entry(task).or_default().push(now);
                *self.begun.entry(worker).or_default() += 1;
            }
            ("accepted", Some(task)) => {
                self.accepted.entry(task).or_insert(now);
                self.let_go(worker, task);
            }
            ("late", Some(task)) => {
                self.late += 1;
                self.let_go(worker, task);
            }
            ("told-again", Some(task)) => self.let_go(worker, task),
            ("turned-away", None) => self.turned_away += 1,
            _ => {}
        }
    }

    fn let_go(&mut self, worker: usize, task: i64) {
        self.settled.insert(task);
        if let Some(held) = self.held.get_mut(&worker) {
            held.retain(|other| *other != task);
        }
    }

    /// Whether a worker is at it and has more to do, so that it is known what it holds.
    fn is_amid(&self, worker: usize) -> bool {
        let begun = self.begun.get(&worker).copied().unwrap_or_default();
        begun > 0 && self.held.get(&worker).is_some_and(|held| begun < held.len())
    }

    /// A worker died. Answers what it held.
    fn bury(&mut self, worker: usize) -> Vec<i64> {
        let held = self.held.remove(&worker).unwrap_or_default();
        self.settled.extend(&held);
        held
    }

    /// Executions beyond the first of each task.
    pub fn repeated(&self) -> usize {
        self.started.values().map(|moments| moments.len() - 1).sum()
    }
}

/// How workers are started.
pub struct Recipe {
    pub server: ServerOptions,
    pub queue: String,
    /// A key that opens their kind and queue alone; without one they use what this process was given.
    pub key: Option<Secret<String>>,
    pub milliseconds: u64,
}

/// The workers.
pub struct Crew {
    recipe: Recipe,
    workers: Vec<Worker>,
    started: usize,
    heard: Arc<std::sync::Mutex<Heard>>,
    /// Rung when somebody said something.
    news: Arc<Notify>,
}

struct Worker {
    number: usize,
    child: Child,
    /// Dropped, it ends the process.
    _input: Option<ChildStdin>,
}

impl Crew {
    /// Starts so many, and waits until each has registered.
    ///
    /// # Errors
    /// When one cannot be started or is refused.
    pub async fn start(recipe: Recipe, count: usize) -> Result<Self, ClientError> {
        let mut crew =
            Self { recipe, workers: Vec::new(), started: 0, heard: Arc::default(), news: Arc::default() };
        for _ in 0..count {
            crew.add().await?;
        }
        Ok(crew)
    }

    async fn add(&mut self) -> Result<(), ClientError> {
        let number = self.started;
        self.started += 1;
        let (mut child, mut lines) = spawn(&self.recipe, number)?;
        let first = timeout(READY_WITHIN, async {
            loop {
                match lines.next_line().await {
                    Ok(Some(line)) if line == "ready" => return true,
                    Ok(Some(line)) => self.hear(number, &line),
                    _ => return false,
                }
            }
        });
        if !matches!(first.await, Ok(true)) {
            return Err(ClientError::Failed("a worker process did not come up; its reason is above".into()));
        }
        let (heard, news) = (Arc::clone(&self.heard), Arc::clone(&self.news));
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                locked(&heard).note(number, &line, Instant::now());
                news.notify_one();
            }
        });
        let input = child.stdin.take();
        self.workers.push(Worker { number, child, _input: input });
        Ok(())
    }

    fn hear(&self, number: usize, line: &str) {
        locked(&self.heard).note(number, line, Instant::now());
    }

    /// Looks at what was heard.
    pub fn heard<T>(&self, look: impl FnOnce(&Heard) -> T) -> T {
        look(&locked(&self.heard))
    }

    /// Waits until somebody says something, or a moment has passed.
    pub async fn news(&self) {
        // Nothing said for a moment is no error: the caller looks again.
        let _ = timeout(Duration::from_millis(200), self.news.notified()).await;
    }

    /// Fails when a worker has ended by itself.
    ///
    /// # Errors
    /// See above.
    pub fn check(&mut self) -> Result<(), ClientError> {
        for worker in &mut self.workers {
            if let Some(status) = worker.child.try_wait()? {
                let message =
                    format!("worker {} ended by itself ({status}); its reason is above", worker.number);
                return Err(ClientError::Failed(message));
            }
        }
        Ok(())
    }

    /// Kills one of them amid its work, if it comes to that soon, and starts another in its place. Answers when that
    /// was, and what it held.
    ///
    /// # Errors
    /// When another cannot be started.
    pub async fn kill(&mut self, which: usize) -> Result<(Instant, Vec<i64>), ClientError> {
        let mut worker = self.workers.swap_remove(which % self.workers.len().max(1));
        let waited = Instant::now();
        while !self.heard(|heard| heard.is_amid(worker.number)) && waited.elapsed() < AMID_WITHIN {
            self.news().await;
        }
        let at = Instant::now();
        worker.child.kill().await?;
        let held = locked(&self.heard).bury(worker.number);
        self.add().await?;
        Ok((at, held))
    }

    /// Ends all of them; what was heard.
    ///
    /// # Errors
    /// When one cannot be ended.
    pub async fn end(mut self) -> Result<Heard, ClientError> {
        for worker in &mut self.workers {
            worker.child.kill().await?;
        }
        Ok(std::mem::take(&mut *locked(&self.heard)))
    }
}

fn locked(heard: &std::sync::Mutex<Heard>) -> std::sync::MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn spawn(recipe: &Recipe, number: usize) -> Result<(Child, Lines<BufReader<ChildStdout>>), ClientError> {
    let Recipe { server, queue, key, milliseconds } = recipe;
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["chaos", "worker", "--queue", queue, "--name", &format!("{queue}-{number}")])
        .args(["--milliseconds", &milliseconds.to_string(), "--url", server.url.as_str()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    if let Some(file) = &server.ca {
        command.arg("--ca").arg(file);
    }
    if let Some(key) = key {
        command.env(crate::client::API_KEY_VARIABLE, key.expose());
    }
    let mut child = command.spawn()?;
    let output = child.stdout.take().ok_or_else(|| ClientError::Failed("a worker has no output".into()))?;
    Ok((child, BufReader::new(output).lines()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_worker_holds_is_what_it_claimed_and_has_not_reported() {
        let (mut heard, now) = (Heard::default(), Instant::now());
        for line in ["claimed 1", "claimed 2", "started 1", "turned-away", "accepted 1", "nonsense", "late x"]
        {
            heard.note(7, line, now);
        }
        assert_eq!(heard.held[&7], [2]);
        assert_eq!((heard.turned_away, heard.late, heard.repeated()), (1, 0, 0));
        assert!(!heard.is_amid(7), "it has begun what it still holds");
        heard.note(7, "claimed 3", now);
        heard.note(7, "started 2", now);
        assert!(heard.is_amid(7));
        heard.note(8, "started 1", now);
        heard.note(8, "late 1", now);
        assert_eq!((heard.late, heard.repeated()), (1, 1));
        assert_eq!((heard.bury(7), heard.settled.len()), (vec![2, 3], 3));
    }
}

//! The tables of workflows, read.

use std::{collections::BTreeMap, sync::Arc};

use metier_db::{DbError, sql};
use metier_jobs::{
    domain::{
        state::{RunState, TaskState},
        workflow::{Document, read},
    },
    store::workflows::{documents, read::SignalRow},
};
use metier_testkit::simulation::Held;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::world::World;

/// A run, of a workflow or of a step of one.
#[derive(Clone, Debug, FromQueryResult)]
pub struct RunRow {
    pub number: i64,
    pub id: Uuid,
    pub state: String,
    pub epoch: i64,
    pub counts: String,
    pub parent: Option<i64>,
    pub job: Option<Uuid>,
    pub stop: Option<i64>,
}

#[derive(Clone, Debug, FromQueryResult)]
pub struct StepRow {
    pub run: i64,
    pub task: i64,
    pub name: String,
    pub state: String,
    pub attempt: i64,
    pub begun_at: Option<i64>,
}

/// A run that a step started.
#[derive(Clone, Debug, FromQueryResult)]
pub struct ChildRow {
    pub child: i64,
    pub task: i64,
    pub position: i64,
}

impl RunRow {
    pub fn run_state(&self) -> RunState {
        self.state.parse().unwrap()
    }

    pub fn has_ended(&self) -> bool {
        self.run_state().has_ended()
    }
}

impl StepRow {
    pub fn task_state(&self) -> TaskState {
        self.state.parse().unwrap()
    }

    pub fn is_open(&self) -> bool {
        self.task_state().is_open()
    }

    pub fn is_bad(&self) -> bool {
        matches!(self.task_state(), TaskState::Failed | TaskState::TimedOut | TaskState::Cancelled)
    }
}

/// Everything there is, at one moment.
pub struct Rows {
    pub runs: BTreeMap<i64, RunRow>,
    pub steps: Vec<StepRow>,
    pub children: Vec<ChildRow>,
    pub documents: BTreeMap<i64, Arc<Document>>,
}

impl Rows {
    pub async fn read(world: &mut World) -> Held<Self> {
        let query = "SELECT runs.number, runs.id, runs.state, runs.epoch, runs.parent, workflow_runs.job AS job, \
            workflow_runs.stop AS stop, json_array(waiting, ready, running, succeeded, failed, timed_out, cancelled, skipped) \
            AS counts FROM runs LEFT JOIN workflow_runs ON workflow_runs.run = runs.number ORDER BY runs.number";
        let rows: Vec<RunRow> = list(world, query).await?;
        let mut documents = BTreeMap::new();
        for row in &rows {
            if let Some(job) = row.job {
                documents.insert(row.number, document(world, job).await?);
            }
        }
        Ok(Self {
            runs: rows.into_iter().map(|row| (row.number, row)).collect(),
            steps: list(world, "SELECT run, task, name, state, attempt, begun_at FROM steps ORDER BY task")
                .await?,
            children: list(
                world,
                "SELECT child, task, position FROM step_runs ORDER BY task, position, child",
            )
            .await?,
            documents,
        })
    }

    /// What has not ended: runs, and steps of runs.
    pub fn open(&self) -> Vec<String> {
        let runs = self.runs.values().filter(|run| !run.has_ended());
        let steps = self.steps.iter().filter(|step| step.is_open());
        let runs = runs.map(|run| format!("run {} is {}, stop {:?}", run.number, run.state, run.stop));
        runs.chain(steps.map(|step| format!("step {} of run {} is {}", step.name, step.run, step.state)))
            .collect()
    }

    /// The runs of workflows.
    pub fn workflows(&self) -> impl Iterator<Item = &RunRow> {
        self.runs.values().filter(|run| run.job.is_some())
    }

    /// A run's steps, in the order of its document.
    pub fn steps_of(&self, run: i64) -> Vec<&StepRow> {
        self.steps.iter().filter(|step| step.run == run).collect()
    }

    /// The runs that a step started.
    pub fn children_of(&self, task: i64) -> impl Iterator<Item = (&ChildRow, &RunRow)> {
        let own = self.children.iter().filter(move |child| child.task == task);
        own.filter_map(|child| Some((child, self.runs.get(&child.child)?)))
    }
}

async fn document(world: &mut World, job: Uuid) -> Held<Arc<Document>> {
    if let Some(known) = world.documents.get(&job) {
        return Ok(known.clone());
    }
    let text =
        documents::find(world.tools.database.reader(), job).await.map_err(|error| error.to_string())?;
    let value = serde_json::from_str(&text.ok_or("a workflow has no document")?);
    let read = read::read(&value.map_err(|error| error.to_string())?);
    let document = Arc::new(read.map_err(|findings| format!("{findings:?}"))?);
    world.documents.insert(job, document.clone());
    Ok(document)
}

/// What was sent to a run.
pub async fn signals(world: &World, run: i64) -> Held<Vec<SignalRow>> {
    let sent = metier_jobs::store::workflows::read::signals(world.tools.database.reader(), run).await;
    sent.map_err(|error| error.to_string())
}

pub async fn list<T: FromQueryResult>(world: &World, query: &str) -> Held<Vec<T>> {
    sql::list(world.tools.database.reader(), query, vec![]).await.map_err(|error| format!("{query}: {error}"))
}

/// Runs a statement beside the engine.
pub async fn execute(world: &World, statement: impl Into<String>) -> Held {
    let statement = statement.into();
    let write = world.tools.database.write(move |tx| {
        Box::pin(async move { Ok::<_, DbError>(sql::execute(tx, &statement, vec![]).await?) })
    });
    write.await.map(drop).map_err(|error| error.to_string())
}

//! Reading how a run stands, as facts to decide from.

use std::{collections::BTreeSet, sync::Arc};

use metier_core::{Ctx, Fault, Timestamp, UserId, WorkspaceId};
use metier_db::Database;
use serde_json::Value;

use crate::{
    domain::{
        outcome::Failure,
        state::TaskState,
        workflow::{
            Document,
            standing::{Child, Facts, Standing, Stop},
        },
    },
    error::Error,
    ops::{engine::Engine, results},
    store::{
        tasks,
        workflows::read::{self, ChildRow, StepRow, WorkflowRun},
    },
};

/// A run as it stood when it was read.
pub struct Loaded {
    /// The run.
    pub run: WorkflowRun,
    /// What it executes.
    pub document: Arc<Document>,
    /// What is known of it.
    pub facts: Facts,
    /// Its steps' rows, in the order of the document.
    pub rows: Vec<StepRow>,
    /// The runs that its steps started.
    pub children: Vec<ChildRow>,
    /// What happened before it was read.
    pub happened: Vec<i64>,
}

/// Reads a run, without what its steps gave. `None` when it is gone.
///
/// # Errors
/// A database failure.
pub async fn load(engine: &Engine, number: i64) -> Result<Option<Loaded>, Error> {
    let reader = engine.database().reader();
    // First of all: what happens later leaves another row, and is decided upon then.
    let happened = read::happened(reader, number).await?;
    let Some(run) = read::run(reader, number).await? else { return Ok(None) };
    let document = engine.documents.get(reader, run.job).await?;
    let (rows, children) = (read::steps(reader, number).await?, read::children(reader, number).await?);
    let mut signals = std::collections::BTreeMap::new();
    for sent in read::signals(reader, number).await? {
        signals.insert(sent.name, serde_json::from_str(&sent.payload).map_err(Fault::internal)?);
    }
    let facts = Facts {
        now: engine.tools.clock.now(),
        run_at: run.run_at.map(Timestamp::from_micros),
        inputs: serde_json::from_str(&run.inputs).map_err(Fault::internal)?,
        stop: match run.stop {
            0 => Stop::No,
            1 => Stop::Steps,
            _ => Stop::All,
        },
        signals,
        steps: standings(&rows, &children)?,
    };
    Ok(Some(Loaded { run, document, facts, rows, children, happened }))
}

/// The rows as facts.
///
/// # Errors
/// When a row holds what no program wrote.
pub fn standings(rows: &[StepRow], children: &[ChildRow]) -> Result<Vec<Standing>, Error> {
    rows.iter().map(|row| standing(row, children)).collect()
}

fn standing(row: &StepRow, children: &[ChildRow]) -> Result<Standing, Error> {
    let child = |child: &ChildRow| {
        Ok(Child {
            number: child.number,
            position: usize::try_from(child.position).map_err(Fault::internal)?,
            state: child.state.parse().map_err(Fault::internal)?,
            reason: child.reason.clone(),
        })
    };
    let own = children.iter().filter(|child| child.task == row.task);
    let failure = row.error_code.clone().map(|code| {
        let message = row.error_message.clone().unwrap_or_default();
        Failure { code, message }
    });
    Ok(Standing {
        state: row.state.parse().map_err(Fault::internal)?,
        begun_at: row.begun_at.map(Timestamp::from_micros),
        due_at: row.due_at.map(Timestamp::from_micros),
        failure,
        children: own.map(child).collect::<Result<_, Fault>>()?,
        decision: row.decision.as_deref().map(serde_json::from_str).transpose().map_err(Fault::internal)?,
        ..Standing::default()
    })
}

impl Loaded {
    /// Reads what those steps gave that open steps refer to.
    ///
    /// # Errors
    /// A database or blob store failure.
    pub async fn read_referred(&mut self, engine: &Engine) -> Result<(), Error> {
        let steps = self.document.steps.iter().zip(&self.facts.steps);
        let open = steps.filter(|(_, standing)| standing.state.is_open());
        let names =
            open.flat_map(|(step, _)| step.references()).filter_map(|(_, reference)| reference.step());
        let referred: BTreeSet<usize> = names.filter_map(|name| self.document.position(name)).collect();
        self.read_outputs(engine, referred).await
    }

    /// Reads what these steps gave, as far as they succeeded.
    ///
    /// # Errors
    /// A database or blob store failure.
    pub async fn read_outputs(&mut self, engine: &Engine, steps: BTreeSet<usize>) -> Result<(), Error> {
        for position in steps {
            let (Some(standing), Some(row)) = (self.facts.steps.get_mut(position), self.rows.get(position))
            else {
                continue;
            };
            if standing.state == TaskState::Succeeded && standing.output.is_none() {
                standing.output = Some(output(engine, engine.database(), row.task).await?);
            }
        }
        Ok(())
    }

    /// The one for whom the run is, with the rights they had when they started it.
    ///
    /// # Errors
    /// When a row holds what no program wrote.
    pub fn ctx(&self) -> Result<Ctx, Fault> {
        Ok(Ctx {
            actor: serde_json::from_str(&self.run.actor).map_err(Fault::internal)?,
            workspace: WorkspaceId::from_uuid(self.run.workspace),
            grants: Arc::new(serde_json::from_str(&self.run.grants).map_err(Fault::internal)?),
            correlation: self
                .run
                .correlation
                .parse()
                .map_err(|_| Fault::internal("a broken correlation id"))?,
            deadline: None,
        })
    }

    /// Whose it is.
    pub fn owner(&self) -> Option<UserId> {
        self.run.owner.map(UserId::from_uuid)
    }
}

async fn output(engine: &Engine, database: &Database, task: i64) -> Result<Value, Error> {
    let Some(row) = tasks::results(database.reader(), (task, task + 1)).await?.pop() else {
        return Ok(Value::Null);
    };
    let text = results::load(&engine.tools.blobs, row).await?;
    Ok(serde_json::from_str(&text).map_err(Fault::internal)?)
}

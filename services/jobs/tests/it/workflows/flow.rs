//! A bed with a workflow in it.

use metier_core::PageRequest;
use metier_core::{Ctx, Role, RunId};
use metier_jobs::{
    domain::{conditions::Conditions, outcome::Outcome, state::RunState},
    ops::{
        jobs::{self, Definition, Execution},
        runs, tasks, upkeep,
        workflows::{self, view},
    },
};
use serde_json::{Map, Value, json};

use crate::bed::{Bed, user};

pub fn definition(document: Value) -> Definition {
    Definition {
        description: "a flow".into(),
        kind: String::new(),
        parameters: Map::new(),
        queue: "flows".into(),
        priority: 2,
        conditions: Conditions::default(),
        max_attempts: None,
        timeout_ms: None,
        keep_days: None,
        keep_runs: None,
        document: Some(document),
    }
}

pub fn operator() -> Ctx {
    user(3, Role::Operator)
}

/// Defines a workflow.
pub async fn define(bed: &Bed, name: &str, document: Value) {
    jobs::create(&bed.engine, &operator(), name, definition(document)).await.unwrap();
}

/// Starts one, and decides what comes first.
pub async fn start(bed: &Bed, name: &str, inputs: Value) -> RunId {
    let execution = Execution { inputs: inputs.as_object().cloned(), ..Execution::default() };
    let submitted = jobs::execute(&bed.engine, &operator(), name, execution).await.unwrap();
    go(bed).await;
    runs::named(&bed.engine, &operator(), &submitted.number.to_string()).await.unwrap()
}

/// Defines and starts one.
pub async fn run(bed: &Bed, document: Value) -> RunId {
    define(bed, "flow", document).await;
    start(bed, "flow", json!({})).await
}

/// Decides upon everything there is.
pub async fn go(bed: &Bed) {
    workflows::decide_due(&bed.engine).await.unwrap();
}

/// Claims everything there is, reports this, and decides. Answers the parameters that were claimed.
pub async fn work(bed: &Bed, outcome: Outcome) -> Vec<Value> {
    let claimed = bed.claim(1_000).await;
    if !claimed.tasks.is_empty() {
        bed.report(&claimed, outcome).await;
    }
    go(bed).await;
    claimed.tasks.iter().map(|(task, _)| serde_json::from_str(&task.parameters).unwrap()).collect()
}

/// Reports for each task what its parameters are.
pub async fn echo(bed: &Bed) -> usize {
    let claimed = bed.claim(1_000).await;
    let reports = claimed.tasks.iter().map(|(task, _)| metier_jobs::ops::work::Reported {
        lease: task.lease,
        task: task.task.task,
        outcome: Outcome::Succeeded(task.parameters.clone()),
    });
    let reports: Vec<_> = reports.collect();
    let count = reports.len();
    metier_jobs::ops::work::complete(&bed.engine, &crate::bed::worker(), reports).await.unwrap();
    go(bed).await;
    count
}

/// Does whatever there is to do until nothing is left.
pub async fn finish(bed: &Bed) {
    while echo(bed).await > 0 {}
}

pub async fn graph(bed: &Bed, run: RunId) -> view::Graph {
    view::get(&bed.engine, &operator(), run).await.unwrap()
}

/// The states of the steps, in order.
pub async fn states(bed: &Bed, run: RunId) -> Vec<&'static str> {
    graph(bed, run).await.steps.iter().map(|step| step.state.name()).collect()
}

/// What a step gave.
pub async fn output(bed: &Bed, run: RunId, index: i64) -> Value {
    let detail = tasks::get(&bed.engine, &operator(), run, index).await.unwrap();
    serde_json::from_str(&detail.result.unwrap_or_else(|| "null".into())).unwrap()
}

pub async fn state(bed: &Bed, run: RunId) -> RunState {
    runs::get(&bed.engine, &operator(), run).await.unwrap().row.run_state()
}

pub async fn reason(bed: &Bed, run: RunId) -> Option<String> {
    runs::get(&bed.engine, &operator(), run).await.unwrap().reason
}

/// Counters and tasks agree, nothing is left to be decided, and every task's state is that of its step.
pub async fn settled(bed: &Bed, run: RunId) {
    bed.recount().await;
    let query = "SELECT count(*) FROM workflow_due";
    let due = metier_db::sql::scalar::<i64>(bed.database().reader(), query, vec![]).await.unwrap();
    assert_eq!(due, Some(0));
    let page = tasks::list(&bed.engine, &operator(), run, None, &PageRequest::default()).await.unwrap();
    let listed: Vec<_> = page.items.iter().map(|task| task.state.name()).collect();
    assert_eq!(listed, states(bed, run).await);
}

/// Lets leases run out, as when a worker dies.
pub async fn lose_workers(bed: &Bed) {
    bed.expire_leases().await;
    upkeep::rescue(&bed.engine).await.unwrap();
    go(bed).await;
}

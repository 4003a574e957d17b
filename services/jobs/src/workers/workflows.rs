//! What comes next in workflows: decided when something happened to a run, or its moment has come.

use std::time::Duration;

use metier_core::Fault;
use metier_db::Backend;
use tokio_util::sync::CancellationToken;

use super::{FOREVER, until};
use crate::{
    ops::{Engine, workflows},
    store::workflows::DUE,
};

/// On PostgreSQL a notification can be lost with its connection.
const SAFETY_NET: Duration = Duration::from_secs(60);

pub(super) async fn decide(engine: Engine, stop: CancellationToken) -> Result<(), Fault> {
    let mut due = engine.database().signals().subscribe(DUE);
    let idle = match engine.database().backend() {
        Backend::Sqlite => FOREVER,
        Backend::Postgres => SAFETY_NET,
    };
    loop {
        let next = workflows::decide_due(&engine).await.map_err(Fault::from)?;
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = due.wait() => {}
            () = tokio::time::sleep(until(&engine, next, idle)) => {}
        }
    }
}

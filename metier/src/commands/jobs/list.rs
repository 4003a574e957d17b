//! `metier jobs list`.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::definition::Job;
use crate::{
    client::{
        Api, Call, Client, ClientError, Done,
        pages::Walk,
        screen::{Cell, Table},
    },
    commands::kinds::Kind,
};

/// Lists jobs, then kinds.
pub async fn all(client: &mut Client) -> Done {
    let jobs = jobs(&client.api).await?;
    let kinds = client.api.send(&Call::get(&["kinds"])).await?;
    let table = table(&client.api, &jobs, &kinds)?;
    if table.is_empty() {
        client.screen.note("nothing can be run yet: no worker has registered a kind");
    }
    client.screen.answer(&json!({ "jobs": jobs, "kinds": kinds }), |screen| screen.table(&table))?;
    Ok(ExitCode::SUCCESS)
}

async fn jobs(api: &Api) -> Result<Vec<Value>, ClientError> {
    let mut jobs = Vec::new();
    let mut walk = Walk::new(Call::get(&["jobs"]));
    while let Some(page) = walk.next(api).await? {
        jobs.extend(page);
    }
    Ok(jobs)
}

fn table(api: &Api, jobs: &[Value], kinds: &Value) -> Result<Table, ClientError> {
    let mut table = Table::new(&["NAME", "IS A", "VERSION", "DESCRIPTION"]);
    for job in jobs {
        let job: Job = api.read(job.clone())?;
        let is_a = format!("job of {}", job.kind);
        table.row([
            Cell::text(job.name),
            Cell::text(is_a),
            Cell::number(job.version),
            Cell::text(job.description),
        ]);
    }
    for kind in api.read::<Vec<Kind>>(kinds.clone())? {
        table.row([
            Cell::text(kind.name),
            Cell::text("kind"),
            Cell::number(kind.version),
            Cell::text(kind.description),
        ]);
    }
    Ok(table)
}

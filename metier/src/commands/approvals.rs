//! `metier approvals`: what waits for a decision of yours.

use std::process::ExitCode;

use clap::Subcommand;
use metier_core::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{
    Call, Client, ClientError, Done, PageOptions,
    pages::{self, Listing},
    screen::{Cell, text},
};

/// What to do with approvals.
#[derive(Debug, Subcommand)]
pub enum ApprovalsCommand {
    /// List the steps that wait for a decision that you may give, what has waited longest first.
    List(PageOptions),
}

#[derive(Debug, Deserialize)]
struct PendingApproval {
    number: i64,
    workflow: String,
    step: String,
    #[serde(default)]
    message: String,
    since: Timestamp,
    #[serde(default)]
    until: Option<Timestamp>,
}

/// Lists.
pub async fn run(client: &mut Client, command: ApprovalsCommand) -> Done {
    let ApprovalsCommand::List(page) = command;
    let api = &client.api;
    let row = |item: &Value| -> Result<Vec<Cell>, ClientError> {
        let pending: PendingApproval = api.read(item.clone())?;
        Ok(vec![
            Cell::number(pending.number),
            Cell::text(pending.step),
            Cell::text(pending.workflow),
            Cell::text(text::moment(pending.since)),
            Cell::maybe(pending.until.map(text::moment)),
            Cell::text(pending.message),
        ])
    };
    let listing = Listing {
        call: Call::get(&["approvals"]),
        headings: &["RUN", "STEP", "WORKFLOW", "SINCE", "UNTIL", "QUESTION"],
        row: &row,
        nothing: "nothing waits for a decision of yours",
    };
    pages::show(api, &mut client.screen, listing, &page).await?;
    client.screen.note("decide with `metier runs approve RUN STEP` or `metier runs reject RUN STEP`");
    Ok(ExitCode::SUCCESS)
}

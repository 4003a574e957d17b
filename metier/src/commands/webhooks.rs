//! `metier webhooks`: where what happens is told to programs elsewhere.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use metier_core::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{
    Call, Client, ClientError, Done, PageOptions,
    pages::{self, Listing},
    screen::{Cell, Table, text},
};

/// What to do with webhooks.
#[derive(Debug, Subcommand)]
pub enum WebhooksCommand {
    /// List your webhooks.
    List(PageOptions),
    /// Make a webhook and print its secret, this once.
    Add(Add),
    /// Show a webhook.
    Show {
        /// Its name or id.
        webhook: String,
    },
    /// Send nothing until it is enabled.
    Disable {
        /// Its name or id.
        webhook: String,
    },
    /// Send what happens from now on, with the rights you have now.
    Enable {
        /// Its name or id.
        webhook: String,
    },
    /// List what was sent, the newest first; with a delivery's id, what came of each try.
    Deliveries {
        /// Its name or id.
        webhook: String,
        /// One delivery.
        delivery: Option<String>,
        /// Only those that are waiting, delivered or failed.
        #[arg(long)]
        state: Option<String>,
        #[command(flatten)]
        page: PageOptions,
    },
    /// Send a delivery again, or those made in a time.
    Replay(Replay),
    /// Send a ping, as any delivery is sent.
    Test {
        /// Its name or id.
        webhook: String,
    },
    /// Make another secret and print it, this once; the one before signs too for a day.
    Rotate {
        /// Its name or id.
        webhook: String,
    },
    /// Delete a webhook with the log of its deliveries.
    Delete {
        /// Its name or id.
        webhook: String,
    },
}

/// What is made.
#[derive(Debug, Args)]
pub struct Add {
    /// Its name.
    name: String,
    /// Where deliveries are posted to.
    url: String,
    /// Only types that are, or begin with, one of these: run.failed, source.
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',')]
    types: Vec<String>,
}

/// What is sent again.
#[derive(Debug, Args)]
pub struct Replay {
    /// The webhook's name or id.
    webhook: String,
    /// One delivery.
    #[arg(conflicts_with_all = ["from", "until", "state"], required_unless_present = "from")]
    delivery: Option<String>,
    /// Those made at or after this moment, such as 2026-03-01T00:00:00Z.
    #[arg(long, requires = "until", value_name = "MOMENT")]
    from: Option<String>,
    /// And before this one.
    #[arg(long, requires = "from", value_name = "MOMENT")]
    until: Option<String>,
    /// Only those that were delivered, or have failed.
    #[arg(long)]
    state: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Webhook {
    id: String,
    name: String,
    url: String,
    types: Vec<String>,
    enabled: bool,
    #[serde(default)]
    disabled_reason: Option<String>,
    #[serde(default)]
    failing_since: Option<Timestamp>,
    #[serde(default)]
    secret: Option<String>,
}

impl Webhook {
    fn state(&self) -> &'static str {
        match (self.enabled, self.failing_since) {
            (false, _) => "disabled",
            (true, Some(_)) => "failing",
            (true, None) => "active",
        }
    }

    fn hears(&self) -> String {
        if self.types.is_empty() { "everything".to_owned() } else { self.types.join(", ") }
    }
}

#[derive(Debug, Deserialize)]
struct Delivery {
    id: String,
    r#type: String,
    state: String,
    tries: i64,
    created_at: Timestamp,
    #[serde(default)]
    try_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
struct Try {
    number: i64,
    tried_at: Timestamp,
    took_ms: u64,
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    excerpt: Option<String>,
}

/// Does it.
pub async fn run(client: &mut Client, command: WebhooksCommand) -> Done {
    match command {
        WebhooksCommand::List(page) => list(client, &page).await,
        WebhooksCommand::Add(asked) => add(client, asked).await,
        WebhooksCommand::Show { webhook } => show(client, &webhook).await,
        WebhooksCommand::Disable { webhook } => switch(client, &webhook, false).await,
        WebhooksCommand::Enable { webhook } => switch(client, &webhook, true).await,
        WebhooksCommand::Deliveries { webhook, delivery: Some(delivery), .. } => {
            tries(client, &webhook, &delivery).await
        }
        WebhooksCommand::Deliveries { webhook, delivery: None, state, page } => {
            deliveries(client, (&webhook, state), &page).await
        }
        WebhooksCommand::Replay(asked) => replay(client, asked).await,
        WebhooksCommand::Test { webhook } => test(client, &webhook).await,
        WebhooksCommand::Rotate { webhook } => rotate(client, &webhook).await,
        WebhooksCommand::Delete { webhook } => delete(client, &webhook).await,
    }
}

async fn list(client: &mut Client, page: &PageOptions) -> Done {
    let api = &client.api;
    let row = |item: &Value| -> Result<Vec<Cell>, ClientError> {
        let webhook: Webhook = api.read(item.clone())?;
        let (state, hears) = (Cell::state(webhook.state()), Cell::text(webhook.hears()));
        Ok(vec![Cell::text(&webhook.name), state, hears, Cell::text(&webhook.url)])
    };
    let listing = Listing {
        call: Call::get(&["webhooks"]),
        headings: &["WEBHOOK", "STATE", "HEARS", "URL"],
        row: &row,
        nothing: "no webhooks",
    };
    pages::show(api, &mut client.screen, listing, page).await?;
    Ok(ExitCode::SUCCESS)
}

async fn add(client: &mut Client, asked: Add) -> Done {
    let body = json!({ "name": asked.name, "url": asked.url, "types": asked.types });
    let answer = client.api.send(&Call::post(&["webhooks"]).json(body)).await?;
    secret(client, &answer)
}

/// The secret alone on standard output, for scripts.
fn secret(client: &mut Client, answer: &Value) -> Done {
    let webhook: Webhook = client.api.read(answer.clone())?;
    let line = webhook.secret.clone().unwrap_or_default();
    client.screen.note(&format!("the secret of {}; nobody is shown it again:", text::clean(&webhook.name)));
    client.screen.answer(answer, |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}

async fn show(client: &mut Client, named: &str) -> Done {
    let answer = client.api.send(&Call::get(&["webhooks", named])).await?;
    let webhook: Webhook = client.api.read(answer.clone())?;
    client.screen.answer(&answer, |screen| {
        screen.fields(vec![
            ("webhook", Cell::text(&webhook.name)),
            ("id", Cell::text(&webhook.id)),
            ("state", Cell::state(webhook.state())),
            ("because", Cell::maybe(webhook.disabled_reason.clone())),
            ("failing since", Cell::maybe(webhook.failing_since.map(text::moment))),
            ("hears", Cell::text(webhook.hears())),
            ("url", Cell::text(&webhook.url)),
        ])
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn switch(client: &mut Client, named: &str, enabled: bool) -> Done {
    let webhook: Webhook = client.api.fetch(&Call::get(&["webhooks", named])).await?;
    let body =
        json!({ "name": webhook.name, "url": webhook.url, "types": webhook.types, "enabled": enabled });
    let call = Call::put(&["webhooks", &webhook.id]).header("if-match", "*").json(body);
    let answer = client.api.send(&call).await?;
    let said = if enabled { "hears what happens from now on" } else { "is sent nothing" };
    let line = format!("{} {said}", text::clean(&webhook.name));
    client.screen.answer(&answer, |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}

async fn deliveries(client: &mut Client, (named, state): (&str, Option<String>), page: &PageOptions) -> Done {
    let api = &client.api;
    let row = |item: &Value| -> Result<Vec<Cell>, ClientError> {
        let delivery: Delivery = api.read(item.clone())?;
        Ok(vec![
            Cell::text(&delivery.id),
            Cell::text(&delivery.r#type),
            Cell::state(&delivery.state),
            Cell::number(delivery.tries),
            Cell::text(text::moment(delivery.created_at)),
            Cell::maybe(delivery.try_at.map(text::moment)),
        ])
    };
    let listing = Listing {
        call: Call::get(&["webhooks", named, "deliveries"]).query("state", state),
        headings: &["DELIVERY", "TYPE", "STATE", "TRIES", "MADE", "NEXT TRY"],
        row: &row,
        nothing: "nothing was sent yet",
    };
    pages::show(api, &mut client.screen, listing, page).await?;
    Ok(ExitCode::SUCCESS)
}

async fn tries(client: &mut Client, named: &str, delivery: &str) -> Done {
    let answer = client.api.send(&Call::get(&["webhooks", named, "deliveries", delivery])).await?;
    let tries: Vec<Try> = client.api.read(answer["attempts"].clone())?;
    let mut table = Table::new(&["TRY", "TIME", "TOOK", "STATUS", "WHAT CAME"]);
    for one in tries {
        table.row([
            Cell::number(one.number),
            Cell::text(text::moment(one.tried_at)),
            Cell::text(format!("{} ms", one.took_ms)),
            Cell::maybe(one.status),
            Cell::maybe(one.error.or(one.excerpt)),
        ]);
    }
    if table.is_empty() {
        client.screen.note("it was not tried yet");
    }
    client.screen.answer(&answer, |screen| screen.table(&table))?;
    Ok(ExitCode::SUCCESS)
}

async fn replay(client: &mut Client, asked: Replay) -> Done {
    let webhook = asked.webhook.as_str();
    let call = match &asked.delivery {
        Some(delivery) => Call::post(&["webhooks", webhook, "deliveries", delivery, "replay"]),
        None => {
            let body = json!({ "from": asked.from, "until": asked.until, "state": asked.state });
            Call::post(&["webhooks", webhook, "replay"]).json(body)
        }
    };
    let answer = client.api.send(&call).await?;
    let count = answer.get("deliveries").and_then(Value::as_u64).unwrap_or(1);
    let line = format!("{count} {} sent again", if count == 1 { "delivery is" } else { "deliveries are" });
    client.screen.answer(&answer, |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}

async fn test(client: &mut Client, named: &str) -> Done {
    let answer = client.api.send(&Call::post(&["webhooks", named, "test"])).await?;
    let delivery: Delivery = client.api.read(answer.clone())?;
    let line = format!("a ping is on its way: delivery {}", text::clean(&delivery.id));
    client.screen.answer(&answer, |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}

async fn rotate(client: &mut Client, named: &str) -> Done {
    let answer = client.api.send(&Call::post(&["webhooks", named, "rotate"])).await?;
    secret(client, &answer)
}

async fn delete(client: &mut Client, named: &str) -> Done {
    client.api.send(&Call::delete(&["webhooks", named]).header("if-match", "*")).await?;
    let line = format!("deleted {}", text::clean(named));
    client.screen.answer(&json!({ "webhook": named, "deleted": true }), |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}

//! `metier api-keys`: keys for scripts and workers.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use metier_core::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{
    Api, Call, Client, ClientError, Done, PageOptions,
    input::When,
    pages::{self, Listing},
    screen::{Cell, text},
};

/// What to do with API keys.
#[derive(Debug, Subcommand)]
pub enum ApiKeysCommand {
    /// List keys, without their secrets.
    List(List),
    /// Make a key; its text is shown this once.
    Create(Create),
    /// Revoke a key; it opens nothing new at once.
    Revoke {
        /// Its id; `metier api-keys list` has it.
        id: String,
    },
}

/// `metier api-keys list`.
#[derive(Debug, Args)]
pub struct List {
    /// Everyone's keys, not only your own.
    #[arg(long)]
    everyone: bool,
    #[command(flatten)]
    page: PageOptions,
}

/// `metier api-keys create`.
#[derive(Debug, Args)]
pub struct Create {
    /// What it is for.
    name: String,
    /// What it may do, such as runs:submit; again for more. No more than you may.
    #[arg(long = "grant", value_name = "RIGHT", required = true)]
    grants: Vec<String>,
    /// A kind that a worker may claim with it, * for every one; again for more.
    #[arg(long = "kind")]
    kinds: Vec<String>,
    /// A queue that a worker may claim from with it, * for every one; again for more.
    #[arg(long = "queue")]
    queues: Vec<String>,
    /// When it ends by itself: 2026-12-31T00:00:00Z, or a distance such as 90d.
    #[arg(long, value_name = "WHEN", value_parser = When::parse)]
    expires: Option<When>,
}

#[derive(Debug, Deserialize)]
struct ApiKey {
    id: String,
    prefix: String,
    name: String,
    grants: Vec<String>,
    #[serde(default)]
    expires_at: Option<Timestamp>,
    #[serde(default)]
    last_used_at: Option<Timestamp>,
    #[serde(default)]
    revoked_at: Option<Timestamp>,
    /// Only in the answer to its creation.
    #[serde(default)]
    key: Option<String>,
}

impl ApiKey {
    fn state(&self, now: Timestamp) -> &'static str {
        match (self.revoked_at, self.expires_at) {
            (Some(_), _) => "revoked",
            (None, Some(expires_at)) if expires_at <= now => "expired",
            _ => "active",
        }
    }
}

/// Does it.
pub async fn run(client: &mut Client, command: ApiKeysCommand) -> Done {
    match command {
        ApiKeysCommand::List(asked) => list(client, asked).await,
        ApiKeysCommand::Create(asked) => create(client, asked).await,
        ApiKeysCommand::Revoke { id } => revoke(client, &id).await,
    }
}

async fn list(client: &mut Client, asked: List) -> Done {
    let Client { api, screen } = client;
    let listing = Listing {
        call: Call::get(&["api-keys"]).query("owner", asked.everyone.then_some("all")),
        headings: &["ID", "KEY", "NAME", "STATE", "EXPIRES", "LAST USED", "MAY"],
        row: &|value| row(api, value),
        nothing: "no keys; `metier api-keys create NAME --grant RIGHT` makes one",
    };
    pages::show(api, screen, listing, &asked.page).await?;
    Ok(ExitCode::SUCCESS)
}

fn row(api: &Api, value: &Value) -> Result<Vec<Cell>, ClientError> {
    let key: ApiKey = api.read(value.clone())?;
    let state = key.state(api.now());
    Ok(vec![
        Cell::text(key.id),
        Cell::text(key.prefix),
        Cell::text(key.name),
        Cell::state(state),
        Cell::maybe(key.expires_at.map(text::moment)),
        Cell::maybe(key.last_used_at.map(text::moment)),
        Cell::text(key.grants.join(", ")),
    ])
}

async fn create(client: &mut Client, asked: Create) -> Done {
    let mut body =
        json!({ "name": asked.name, "grants": asked.grants, "kinds": asked.kinds, "queues": asked.queues });
    if let Some(expires) = asked.expires {
        body["expires_at"] = json!(expires.ahead_of(client.api.now()).to_string());
    }
    let answer = client.api.send(&Call::post(&["api-keys"]).json(body)).await?;
    let key: ApiKey = client.api.read(answer.clone())?;
    // The key alone goes to standard output, so that a script can take it from there.
    client.screen.answer(&answer, |screen| screen.line(key.key.as_deref().unwrap_or_default()))?;
    client.screen.note("this is the only time the key is shown; scripts take it from METIER_API_KEY");
    Ok(ExitCode::SUCCESS)
}

async fn revoke(client: &mut Client, id: &str) -> Done {
    client.api.send(&Call::delete(&["api-keys", id])).await?;
    let line = format!("revoked {}; tokens made with it end within minutes", text::clean(id));
    client.screen.answer(&json!({ "id": id, "revoked": true }), |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_active_until_it_ends_or_is_revoked() {
        let key = |more: Value| {
            let mut key = json!({ "id": "1", "prefix": "mtr_a", "name": "import", "grants": ["runs:read"] });
            key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            serde_json::from_value::<ApiKey>(key).unwrap().state(Timestamp::from_seconds(100))
        };
        assert_eq!(key(json!({})), "active");
        assert_eq!(key(json!({ "expires_at": "1970-01-01T00:01:39Z" })), "expired");
        assert_eq!(key(json!({ "revoked_at": "1970-01-01T00:00:01Z" })), "revoked");
    }
}

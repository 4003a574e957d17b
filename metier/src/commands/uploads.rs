//! `metier uploads`: files of items, to be run as often as wanted.

use std::{path::Path, process::ExitCode};

use clap::Subcommand;
use metier_core::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{
    Api, Call, Client, ClientError, Done, PageOptions, input,
    pages::{self, Listing},
    screen::{Cell, text},
};

/// What to do with uploads.
#[derive(Debug, Subcommand)]
pub enum UploadsCommand {
    /// List your uploads, newest first.
    List(PageOptions),
    /// Upload a file: a JSON array of items, or one object.
    Add {
        /// The file; - for standard input.
        file: String,
    },
    /// Delete an upload; runs that were made of it stay.
    Delete {
        /// Its id or name.
        upload: String,
    },
}

#[derive(Debug, Deserialize)]
struct Upload {
    name: String,
    original_name: String,
    size: u64,
    items: i64,
    created_at: Timestamp,
}

/// Lists, adds or deletes.
pub async fn run(client: &mut Client, command: UploadsCommand) -> Done {
    match command {
        UploadsCommand::List(page) => list(client, &page).await,
        UploadsCommand::Add { file } => add(client, &file).await,
        UploadsCommand::Delete { upload } => delete(client, &upload).await,
    }
}

async fn list(client: &mut Client, page: &PageOptions) -> Done {
    let api = &client.api;
    let row = |item: &Value| -> Result<Vec<Cell>, ClientError> {
        let upload: Upload = api.read(item.clone())?;
        Ok(vec![
            Cell::text(upload.name),
            Cell::text(upload.original_name),
            Cell::number(upload.items),
            Cell::number(upload.size),
            Cell::text(text::moment(upload.created_at)),
        ])
    };
    let listing = Listing {
        call: Call::get(&["uploads"]),
        headings: &["NAME", "FROM", "ITEMS", "BYTES", "UPLOADED"],
        row: &row,
        nothing: "you have uploaded nothing",
    };
    pages::show(api, &mut client.screen, listing, page).await?;
    Ok(ExitCode::SUCCESS)
}

/// Uploads a file; answers what the server says of it.
async fn send(api: &Api, file: &str) -> Result<Value, ClientError> {
    let content = input::content(file)?;
    let name = Path::new(file).file_name().and_then(|name| name.to_str()).filter(|name| *name != "-");
    api.send(&Call::post(&["uploads"]).query("name", name).file(content)).await
}

/// The name of an upload: that of a file here, which is uploaded, or else of one that was uploaded before.
pub async fn named(api: &Api, file_or_name: &str) -> Result<String, ClientError> {
    if file_or_name != "-" && !Path::new(file_or_name).is_file() {
        return Ok(file_or_name.to_owned());
    }
    let upload: Upload = api.read(send(api, file_or_name).await?)?;
    Ok(upload.name)
}

async fn add(client: &mut Client, file: &str) -> Done {
    let answer = send(&client.api, file).await?;
    let upload: Upload = client.api.read(answer.clone())?;
    let (quiet, name) = (client.screen.is_quiet(), text::clean(&upload.name));
    let line = if quiet { name.clone() } else { format!("{name} holds {} items", upload.items) };
    client.screen.answer(&answer, |screen| screen.line(&line))?;
    client.screen.note(&format!("run them with `metier jobs run KIND --upload {name}`"));
    Ok(ExitCode::SUCCESS)
}

async fn delete(client: &mut Client, upload: &str) -> Done {
    client.api.send(&Call::delete(&["uploads", upload])).await?;
    let line = format!("deleted {}", text::clean(upload));
    client.screen.answer(&json!({ "upload": upload, "deleted": true }), |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}

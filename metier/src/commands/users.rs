//! `metier users`: the people of the workspace.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use metier_core::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::client::{
    Api, Call, Client, ClientError, Done, PageOptions, input,
    pages::{self, Listing, Page},
    screen::{Cell, text},
};

const PASSWORD_VARIABLE: &str = "METIER_PASSWORD";

/// What to do with people.
#[derive(Debug, Subcommand)]
pub enum UsersCommand {
    /// List people.
    List(List),
    /// Add a person.
    Add(Add),
    /// Change what a person is called or may do.
    Change(Change),
    /// Delete a person with their sessions and API keys.
    Remove(Remove),
}

/// `metier users list`.
#[derive(Debug, Args)]
pub struct List {
    /// Only with this role.
    #[arg(long)]
    role: Option<String>,
    /// Only those whose address or name has this in it.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    #[command(flatten)]
    page: PageOptions,
}

/// `metier users add`.
#[derive(Debug, Args)]
pub struct Add {
    /// Address to sign in with.
    email: String,
    /// `admin`, `operator`, `user`, `viewer`, or a role of the workspace.
    #[arg(long, default_value = "user")]
    role: String,
    /// How they are shown; the first part of the address when not given.
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// A right beyond the role, such as products:create; again for more.
    #[arg(long = "grant", value_name = "RIGHT")]
    grants: Vec<String>,
    /// File that holds their first password, - for standard input; METIER_PASSWORD, or asked for.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// `metier users change`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("changes").required(true).multiple(true)
    .args(["role", "display_name", "disable", "enable"]))]
pub struct Change {
    /// Address or id.
    user: String,
    /// Another role.
    #[arg(long)]
    role: Option<String>,
    /// Another name.
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// They may not sign in any more, and all their sessions end.
    #[arg(long, conflicts_with = "enable")]
    disable: bool,
    /// They may sign in again.
    #[arg(long)]
    enable: bool,
}

/// `metier users remove`.
#[derive(Debug, Args)]
pub struct Remove {
    /// Address or id.
    user: String,
    /// Do not ask whether it is meant.
    #[arg(long, short)]
    yes: bool,
}

#[derive(Debug, Deserialize)]
struct User {
    id: String,
    email: String,
    display_name: String,
    role: String,
    #[serde(default)]
    disabled_at: Option<Timestamp>,
    created_at: Timestamp,
}

/// Does it.
pub async fn run(client: &mut Client, command: UsersCommand) -> Done {
    match command {
        UsersCommand::List(asked) => list(client, asked).await,
        UsersCommand::Add(asked) => add(client, asked).await,
        UsersCommand::Change(asked) => change(client, asked).await,
        UsersCommand::Remove(asked) => remove(client, asked).await,
    }
}

async fn list(client: &mut Client, asked: List) -> Done {
    let Client { api, screen } = client;
    let listing = Listing {
        call: Call::get(&["users"]).query("role", asked.role).query("q", asked.search),
        headings: &["ADDRESS", "NAME", "ROLE", "STATE", "SINCE"],
        row: &|value| row(api, value),
        nothing: "nobody",
    };
    pages::show(api, screen, listing, &asked.page).await?;
    Ok(ExitCode::SUCCESS)
}

fn row(api: &Api, value: &Value) -> Result<Vec<Cell>, ClientError> {
    let user: User = api.read(value.clone())?;
    let state = if user.disabled_at.is_some() { "disabled" } else { "active" };
    Ok(vec![
        Cell::text(user.email),
        Cell::text(user.display_name),
        Cell::text(user.role),
        Cell::state(state),
        Cell::text(text::moment(user.created_at)),
    ])
}

async fn add(client: &mut Client, asked: Add) -> Done {
    let prompt = format!("First password of {} (10 characters or more)", text::clean(&asked.email));
    let password = input::new_secret(&prompt, asked.password_file.as_ref(), PASSWORD_VARIABLE)?;
    let mut body = json!({
        "email": asked.email, "role": asked.role, "extra_grants": asked.grants, "password": password.expose(),
    });
    if let Some(name) = asked.display_name {
        body["display_name"] = json!(name);
    }
    let answer = client.api.send(&Call::post(&["users"]).json(body)).await?;
    show(client, &answer, "added")
}

async fn change(client: &mut Client, asked: Change) -> Done {
    let user = find(&client.api, &asked.user).await?;
    let mut body = Map::new();
    body.extend(asked.role.map(|role| ("role".to_owned(), role.into())));
    body.extend(asked.display_name.map(|name| ("display_name".to_owned(), name.into())));
    if asked.disable || asked.enable {
        body.insert("disabled".to_owned(), asked.disable.into());
    }
    let call = Call::patch(&["users", &user.id]).header("if-match", "*").json(Value::Object(body));
    let answer = client.api.send(&call).await?;
    show(client, &answer, "changed")
}

fn show(client: &mut Client, answer: &Value, done: &str) -> Done {
    let user: User = client.api.read(answer.clone())?;
    let state = if user.disabled_at.is_some() { ", disabled" } else { "" };
    let line =
        format!("{done} {} with the role {}{state}", text::clean(&user.email), text::clean(&user.role));
    client.screen.answer(answer, |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}

async fn remove(client: &mut Client, asked: Remove) -> Done {
    let user = find(&client.api, &asked.user).await?;
    let email = text::clean(&user.email);
    if !asked.yes && !input::confirm(&format!("Delete {email} with their sessions and API keys?"))? {
        client.screen.note("nothing was done");
        return Ok(ExitCode::SUCCESS);
    }
    client.api.send(&Call::delete(&["users", &user.id]).header("if-match", "*")).await?;
    client.screen.answer(&json!({ "id": user.id, "deleted": true }), |screen| {
        screen.line(&format!("deleted {email}"))
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The person of that address or id.
async fn find(api: &Api, user: &str) -> Result<User, ClientError> {
    if !user.contains('@') {
        return api.fetch(&Call::get(&["users", user])).await;
    }
    let page: Page =
        api.fetch(&Call::get(&["users"]).query("q", Some(user)).query("limit", Some(500))).await?;
    let users: Vec<User> = page.items.into_iter().map(|item| api.read(item)).collect::<Result<_, _>>()?;
    let found = users.into_iter().find(|found| found.email.eq_ignore_ascii_case(user));
    found.ok_or_else(|| ClientError::Failed(format!("there is nobody with the address {user}")))
}

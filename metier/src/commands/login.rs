//! `metier login`, `logout` and `whoami`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use serde::Deserialize;

use crate::client::{
    Call, Client, Done, input,
    screen::{Cell, text},
};

const PASSWORD_VARIABLE: &str = "METIER_PASSWORD";

/// `metier login`.
#[derive(Debug, Args)]
pub struct Login {
    /// Address of the account; the one of last time, or asked for.
    #[arg(long)]
    email: Option<String>,
    /// File that holds the password, - for standard input; METIER_PASSWORD, or asked for.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// `metier logout`.
#[derive(Debug, Args)]
pub struct Logout {}

/// `metier whoami`.
#[derive(Debug, Args)]
pub struct Whoami {}

/// Whom the credentials speak for.
#[derive(Debug, Deserialize)]
struct Me {
    user: User,
    actor: String,
    grants: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct User {
    email: String,
    display_name: String,
    role: String,
}

/// Signs in and keeps the session.
pub async fn login(client: &mut Client, asked: Login) -> Done {
    warn_of_plain_http(client);
    let known = client.api.account()?.map(|account| account.email);
    let email = match asked.email.or(known) {
        Some(email) => email,
        None => input::ask("E-mail address", "give it with --email")?,
    };
    let prompt = format!("Password of {}", text::clean(&email));
    let password = input::secret(&prompt, asked.password_file.as_ref(), PASSWORD_VARIABLE)?;
    client.api.sign_in(&email, &password).await?;
    let url = client.api.url().clone();
    if client.api.has_key() {
        client.screen.note("METIER_API_KEY is set and goes before the session; unset it to act as yourself");
    }
    if client.screen.is_json() {
        client.screen.json(&serde_json::json!({ "url": url, "email": email }))?;
    } else {
        client.screen.line(&format!("signed in at {url} as {}", text::clean(&email)))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Ends the session on the server and forgets it here.
pub async fn logout(client: &mut Client) -> Done {
    let was_signed_in = client.api.sign_out().await?;
    let url = client.api.url().clone();
    if client.screen.is_json() {
        client.screen.json(&serde_json::json!({ "url": url, "signed_out": was_signed_in }))?;
    } else {
        let said = if was_signed_in { "signed out of" } else { "nobody was signed in at" };
        client.screen.line(&format!("{said} {url}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Says for whom commands speak.
pub async fn whoami(client: &mut Client) -> Done {
    let answer = client.api.send(&Call::get(&["auth", "me"])).await?;
    let me: Me = client.api.read(answer.clone())?;
    let url = client.api.url().to_string();
    client.screen.answer(&answer, |screen| {
        screen.fields(vec![
            ("server", Cell::text(url)),
            ("user", Cell::text(format!("{} <{}>", me.user.display_name, me.user.email))),
            ("with", Cell::text(if me.actor == "api_key" { "an API key" } else { "a session" })),
            ("role", Cell::text(me.user.role)),
            ("may", Cell::text(me.grants.join(", "))),
        ])
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A password that goes over a network in the clear is worth a word, even when little is to be said.
pub fn warn_of_plain_http(client: &mut Client) {
    if client.api.is_exposed() {
        client
            .screen
            .warn("the connection is not encrypted: others on the way can read the password; use https");
    }
}

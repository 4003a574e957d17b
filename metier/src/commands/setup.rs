//! `metier setup`: the first administrator.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use metier_core::Secret;
use serde_json::json;

use super::login::warn_of_plain_http;
use crate::client::{Call, Client, ClientError, Done, input};

/// The same variables by which the server is told, so that one place can hold them for both.
const TOKEN_VARIABLE: &str = "METIER_IDENTITY__SETUP__TOKEN";
const PASSWORD_VARIABLE: &str = "METIER_IDENTITY__SETUP__PASSWORD";

/// `metier setup`.
#[derive(Debug, Args)]
pub struct Setup {
    /// The one-time token that the first start printed; METIER_IDENTITY__SETUP__TOKEN, or asked for.
    #[arg(long)]
    token: Option<String>,
    /// Address to sign in with; asked for when not given.
    #[arg(long)]
    email: Option<String>,
    /// How you are shown; the first part of the address when not given.
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// File that holds the password, - for standard input; METIER_IDENTITY__SETUP__PASSWORD, or
    /// asked for.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// Makes the first administrator and signs in.
pub async fn run(client: &mut Client, asked: Setup) -> Done {
    warn_of_plain_http(client);
    let token = setup_token(asked.token)?;
    let email = match asked.email {
        Some(email) => email,
        None => input::ask("E-mail address", "give it with --email")?,
    };
    let password = input::new_secret(
        "Password (10 characters or more)",
        asked.password_file.as_ref(),
        PASSWORD_VARIABLE,
    )?;
    let mut body = json!({ "token": token.expose(), "email": email, "password": password.expose() });
    if let Some(name) = asked.display_name {
        body["display_name"] = json!(name);
    }
    let user = client.api.send_anonymously(&Call::post(&["setup"]).json(body)).await?;
    client.api.sign_in(&email, &password).await?;
    let url = client.api.url().clone();
    client.screen.answer(&user, |screen| {
        screen.line(&format!("{email} is the administrator of {url}, and signed in"))
    })?;
    client.screen.note(
        "next: `metier jobs list` shows what can be run, `metier sources list` where postings come from",
    );
    Ok(ExitCode::SUCCESS)
}

fn setup_token(given: Option<String>) -> Result<Secret<String>, ClientError> {
    let given = given.or_else(|| std::env::var(TOKEN_VARIABLE).ok()).filter(|token| !token.is_empty());
    let token = match given {
        Some(token) => token,
        None => input::ask(
            "Setup token (printed by the first start)",
            "give it with --token or METIER_IDENTITY__SETUP__TOKEN",
        )?,
    };
    Ok(Secret::new(token))
}

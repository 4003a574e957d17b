//! The commands that talk to a running Metier: over its public API, as anybody could.
//!
//! A command gets a [`Client`]: the [`Api`] of one server, and the [`Screen`] to show its answer on. Errors end in one
//! place, [`run`], which says what to do next and chooses the exit code: 0 done, 1 failed, 2 the command line
//! is wrong, 3 no server there, 4 not signed in or not allowed.

mod api;
mod command;
mod credentials;
pub mod error;
pub mod input;
mod options;
pub mod pages;
pub mod screen;
pub mod stream;
#[cfg(test)]
pub mod testing;
mod transport;

use std::{env, process::ExitCode};

use etcetera::BaseStrategy;
use metier_core::{Clock, Secret};

pub use api::Api;
pub use command::{ClientCommand, on, run};
pub use error::ClientError;
pub use options::{OutputOptions, PageOptions, ServerOptions};
pub use transport::Call;

use credentials::CredentialFile;
use screen::Screen;
use transport::Transport;

/// Holds an API key, for scripts.
pub const API_KEY_VARIABLE: &str = "METIER_API_KEY";

/// What a command works with.
pub struct Client {
    /// The server.
    pub api: Api,
    /// Where the answer goes.
    pub screen: Screen,
}

/// The API as flags and environment say.
fn open_api(options: &ServerOptions) -> Result<Api, ClientError> {
    let home = etcetera::choose_base_strategy()
        .map_err(|error| ClientError::usage(format!("cannot tell where settings lie: {error}; set HOME")))?;
    let file = CredentialFile::in_folder(&home.config_dir().join("metier"));
    let key = env::var(API_KEY_VARIABLE).ok().filter(|key| !key.is_empty()).map(Secret::new);
    let transport = Transport::new(options.url.clone(), options.ca.as_deref())?;
    Ok(Api::new(transport, file, key, Clock::system()))
}

/// What a finished command tells the shell.
pub type Done = Result<ExitCode, ClientError>;

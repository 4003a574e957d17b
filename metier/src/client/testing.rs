//! What unit tests of commands need.

use std::path::Path;

use metier_core::Clock;

use super::{Api, credentials::CredentialFile, transport::Transport};

/// An API with its credentials in a folder of the test.
pub fn api(url: &str, folder: &Path, clock: Clock) -> Api {
    // A second test of the process finds the provider installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let transport = Transport::new(url.parse().unwrap(), None).unwrap();
    Api::new(transport, CredentialFile::in_folder(folder), None, clock)
}

//! What unit tests of commands need.

use std::path::Path;

use metier_core::Clock;

use super::{Api, credentials::CredentialFile};

/// An API with its credentials in a folder of the test.
pub fn api(url: &str, folder: &Path, clock: Clock) -> Api {
    // A second test of the process finds the provider installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Api::new(url.parse().unwrap(), CredentialFile::in_folder(folder), None, clock).unwrap()
}

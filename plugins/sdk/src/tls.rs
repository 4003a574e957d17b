//! The one place where the cryptography behind TLS is chosen.

/// Makes ring the process's TLS provider. Calling it again, or after another part of the process chose one, does nothing.
pub fn install_crypto_provider() {
    // The error only says that a provider is installed already, which is what is wanted.
    drop(rustls::crypto::ring::default_provider().install_default());
}

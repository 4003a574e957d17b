//! Asking a source politely: never faster than agreed, patient with its troubles, and never trusting its sizes.

mod backoff;
mod body;
mod error;
mod fetcher;

pub use backoff::Politeness;
pub use error::FetchError;
pub use fetcher::Fetcher;

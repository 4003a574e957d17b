//! The general kinds, one file each.

mod fibonacci;

use metier_worker::Handlers;

/// Every kind with its handler.
pub(crate) fn handlers() -> Handlers {
    Handlers::new().with_blocking(fibonacci::kind(), fibonacci::Fibonacci)
}

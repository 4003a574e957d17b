//! Where a service's database lives.

use std::path::PathBuf;

use metier_core::Secret;

/// Which database a service opens.
#[derive(Clone, Debug)]
pub enum DatabaseSettings {
    /// One file, `<folder>/<service>.db`, with full durability.
    Sqlite {
        /// The data folder's database directory.
        folder: PathBuf,
    },
    /// One schema named after the service in a shared server, or a server of its own.
    Postgres {
        /// `postgres://user:password@host:port/database`.
        url: Secret<String>,
        /// Connections this process may hold for this service.
        max_connections: u32,
    },
}

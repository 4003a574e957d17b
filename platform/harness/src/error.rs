//! Why a process does not start.

use std::{io, net::SocketAddr};

use metier_config::ConfigError;
use metier_core::Fault;
use metier_db::DbError;

use crate::{DataFolderError, KeysError};

/// Why a process does not start, said so that it can be mended.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A name that is not in the registry.
    #[error("no service is named {name}; there are {}", .known.join(", "))]
    UnknownService {
        /// The name.
        name: String,
        /// The registry.
        known: Vec<&'static str>,
    },
    /// Services that depend on each other.
    #[error("these services wait for each other: {}", .0.join(", "))]
    Circle(Vec<&'static str>),
    /// The settings are wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data folder cannot be used.
    #[error(transparent)]
    DataFolder(#[from] DataFolderError),
    /// The installation's keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// A database cannot be opened.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A port is taken or an address is not this machine's.
    #[error("{service} cannot listen on {address} (does another program, or another metier, use that port?)")]
    Listen {
        /// Whose door.
        service: &'static str,
        /// Where.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A service's address is not one.
    #[error("the address of {service} is wrong: set services.{service}.address to http://host:port")]
    Address {
        /// Whose.
        service: &'static str,
        /// What is wrong with it.
        #[source]
        source: Box<Fault>,
    },
    /// A service cannot be put together.
    #[error("{service} cannot start")]
    Build {
        /// Which.
        service: &'static str,
        /// Why.
        #[source]
        source: Box<Fault>,
    },
}

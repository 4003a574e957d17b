//! The source plugins that come with Metier.

use std::{ffi::OsString, io, pin::Pin};

use clap::Args;
use metier_plugin_arbetsformedlingen::Arbetsformedlingen;
use metier_plugin_demo::Demo;
use metier_plugin_eures::Eures;
use metier_plugin_sdk::{CancellationToken, Effects, SettingsError, SourcePlugin, serve};
use tokio::net::TcpListener;

/// A plugin that comes with Metier.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Its name, and that of its source.
    pub name: &'static str,
    /// Where it listens when it runs as a server of its own.
    pub port: u16,
    /// What it yields.
    pub about: &'static str,
    /// Reads its settings: these flags, and the environment.
    pub start: fn(Vec<OsString>) -> Result<Ready, SettingsError>,
}

/// Each plugin, one row.
pub const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        name: metier_plugin_arbetsformedlingen::ID,
        port: 8081,
        about: "the Swedish Public Employment Service, through its JobSearch API",
        start: |settings| Ok(Box::new(Arbetsformedlingen::from_args(settings, Effects::system())?)),
    },
    BuiltIn {
        name: metier_plugin_eures::ID,
        port: 8082,
        about: "nineteen countries, through the Adzuna API; needs a key, which is free",
        start: |settings| Ok(Box::new(Eures::from_args(settings, Effects::system())?)),
    },
    BuiltIn {
        name: metier_plugin_demo::ID,
        port: 8089,
        about: "invented postings, each marked as such, to try Metier without a network",
        start: |settings| {
            metier_plugin_sdk::settings::<NoSettings>(metier_plugin_demo::ID, settings)?;
            Ok(Box::new(Demo::new(Effects::system())))
        },
    },
];

/// The settings of a plugin that has none.
#[derive(Debug, Args)]
struct NoSettings {}

/// A plugin whose settings were read.
pub type Ready = Box<dyn Serve + Send>;
/// A plugin that serves until it is told to stop.
pub type Serving = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

/// Any plugin, whatever its type.
pub trait Serve {
    /// Serves on a socket.
    fn serve(self: Box<Self>, listener: TcpListener, stop: CancellationToken) -> Serving;
}

impl<P: SourcePlugin> Serve for P {
    fn serve(self: Box<Self>, listener: TcpListener, stop: CancellationToken) -> Serving {
        Box::pin(serve(*self, listener, stop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_have_names_and_ports_of_their_own() {
        for (place, plugin) in BUILT_IN.iter().enumerate() {
            let later = &BUILT_IN[place + 1..];
            assert!(!later.iter().any(|other| other.name == plugin.name || other.port == plugin.port));
        }
    }

    #[test]
    fn every_plugin_refuses_a_setting_it_does_not_know() {
        for plugin in BUILT_IN {
            let Err(error) = (plugin.start)(vec!["--no-such-setting".into()]) else {
                panic!("{} took it", plugin.name)
            };
            assert!(error.to_string().contains("--no-such-setting"), "{}: {error}", plugin.name);
        }
    }
}

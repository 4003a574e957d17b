//! What a process is to run, decided and read before anything is opened.

use std::net::TcpListener;

use metier_config::{ConfigError, Loader};

use crate::{
    Builder, ServiceSpec, Settings, StartError,
    order::{find, order},
};

/// The services a process runs, in the order they start, with their settings read.
pub struct Plan {
    pub(crate) registry: &'static [ServiceSpec],
    pub(crate) services: Vec<Planned>,
    pub(crate) settings: Settings,
}

pub(crate) struct Planned {
    pub(crate) spec: ServiceSpec,
    pub(crate) builder: Builder,
    pub(crate) door: Door,
}

/// Which services can be reached from outside their process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doors {
    /// None.
    Closed,
    /// The public one alone: the others are called by it, in this process.
    Public,
    /// Each at its own port.
    Own,
}

/// How a service is reached from outside its process.
pub(crate) enum Door {
    None,
    Port,
    Given(TcpListener),
}

impl Plan {
    /// A plan to run the services of `names`, with these doors.
    ///
    /// The settings of every service in the registry are read, so that all processes of an installation can
    /// be given the same file.
    ///
    /// # Errors
    /// When a name is unknown, services wait for each other, or settings are wrong; [`Loader::check`] then
    /// knows everything that is.
    pub fn read(
        registry: &'static [ServiceSpec],
        names: &[&str],
        doors: Doors,
        loader: &mut Loader,
    ) -> Result<Self, StartError> {
        let settings = Settings::read(loader);
        let builders: Vec<_> = registry.iter().map(|spec| (spec.name, (spec.configure)(loader))).collect();
        let (settings, mut builders) = (settings?, all(builders)?);
        for name in settings.services.keys() {
            find(registry, name)?;
        }
        let planned = |spec: ServiceSpec| {
            let at = builders.iter().position(|(name, _)| *name == spec.name)?;
            let (_, builder) = builders.swap_remove(at);
            let listens = doors == Doors::Own || (doors == Doors::Public && spec.public);
            let door = if listens { Door::Port } else { Door::None };
            Some(Planned { spec, builder, door })
        };
        let services = order(registry, names)?.into_iter().filter_map(planned).collect();
        Ok(Self { registry, services, settings })
    }

    /// Lets a service listen on a socket that is already open, instead of on its port.
    #[must_use]
    pub fn with_listener(mut self, name: &str, listener: TcpListener) -> Self {
        if let Some(planned) = self.services.iter_mut().find(|planned| planned.spec.name == name) {
            planned.door = Door::Given(listener);
        }
        self
    }

    /// The settings of the process.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }
}

type Named<T> = Vec<(&'static str, T)>;

fn all(builders: Named<Result<Builder, ConfigError>>) -> Result<Named<Builder>, ConfigError> {
    builders.into_iter().map(|(name, builder)| Ok((name, builder?))).collect()
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.services.iter().map(|planned| planned.spec.name).collect();
        f.debug_struct("Plan")
            .field("services", &names)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

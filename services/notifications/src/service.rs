//! The service as the registry knows it.

use metier_core::Fault;
use metier_db::{
    Migrations,
    include_dir::{Dir, include_dir},
};
use metier_harness::{Kit, Mounted, Service, ServiceSpec};

use crate::{
    config::Config,
    http,
    ops::{Notifications, follow_owners},
    workers,
};

static SQLITE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations/sqlite");
static POSTGRES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations/postgres");

/// The row of the registry.
pub const SPEC: ServiceSpec = ServiceSpec::of::<NotificationsService>();

/// What happens, told to programs elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct NotificationsService;

impl Service for NotificationsService {
    const NAME: &'static str = metier_contract_notifications::SERVICE;
    const PORT: u16 = 7407;
    const SUMMARY: &'static str = "webhooks: what happens, told to programs elsewhere";
    const DEPENDS_ON: &'static [&'static str] = &["identity"];
    const MIGRATIONS: Option<Migrations> = Some(Migrations { sqlite: &SQLITE, postgres: &POSTGRES });
    type Config = Config;

    async fn build(config: Config, kit: Kit) -> Result<Mounted, Fault> {
        let service = Notifications::new(config, &kit)?;
        follow_owners(&kit, &service)?;
        let mounted = Mounted::default().with_http(http::router(service.clone()));
        Ok(workers::loops(&service).into_iter().fold(mounted, Mounted::with_loop))
    }
}

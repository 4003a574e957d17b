//! The service as the registry knows it.

use metier_core::{Fault, Secret};
use metier_db::{
    Migrations,
    include_dir::{Dir, include_dir},
};
use metier_harness::{Kit, Loop, Mounted, Service, ServiceSpec};

use crate::{config::Config, http, ops::Identity, rpc};

static SQLITE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations/sqlite");
static POSTGRES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations/postgres");

/// The row of the registry.
pub const SPEC: ServiceSpec = ServiceSpec::of::<IdentityService>();

/// People, sessions, roles, keys and tokens.
#[derive(Clone, Copy, Debug)]
pub struct IdentityService;

impl Service for IdentityService {
    const NAME: &'static str = "identity";
    const PORT: u16 = 7401;
    const SUMMARY: &'static str = "people, sessions, roles, API keys and tokens";
    const DEPENDS_ON: &'static [&'static str] = &[];
    const MIGRATIONS: Option<Migrations> = Some(Migrations { sqlite: &SQLITE, postgres: &POSTGRES });
    type Config = Config;

    async fn build(config: Config, kit: Kit) -> Result<Mounted, Fault> {
        let identity = Identity::new(config, &kit)?;
        identity.prepare_setup(&kit.ctx()).await?;
        let forgetting = identity.clone();
        Ok(Mounted::default()
            .with_http(http::router(identity.clone(), &kit))
            .with_rpc(rpc::identity_server(identity.clone()))
            .with_rpc(rpc::jobber_server(identity))
            .with_descriptors(metier_contract_identity::DESCRIPTORS)
            .with_loop(Loop::new("forget", move |stop| forgetting.clone().forget_hourly(stop))))
    }
}

/// The one-time token that makes the first administrator, for the binary to show after the start. `None`
/// when there are accounts, when the settings name a token, and when it was asked before.
///
/// # Errors
/// When the kit is not that of this service, or the database fails.
pub async fn setup_token(kit: &Kit) -> Result<Option<Secret<String>>, Fault> {
    let identity = Identity::new(Config::default(), kit)?;
    Ok(identity.setup_token().await?)
}

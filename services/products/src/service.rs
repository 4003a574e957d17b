//! The service as the registry knows it.

use metier_core::Fault;
use metier_db::{
    Migrations,
    include_dir::{Dir, include_dir},
};
use metier_harness::{Kit, Mounted, Service, ServiceSpec};

use crate::{config::Config, http, ops::Products, rpc};

static SQLITE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations/sqlite");
static POSTGRES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations/postgres");

/// The row of the registry.
pub const SPEC: ServiceSpec = ServiceSpec::of::<ProductsService>();

/// Products and their categories.
#[derive(Clone, Copy, Debug)]
pub struct ProductsService;

impl Service for ProductsService {
    const NAME: &'static str = metier_contract_products::SERVICE;
    const PORT: u16 = 7404;
    const SUMMARY: &'static str = "products and their categories";
    const DEPENDS_ON: &'static [&'static str] = &[];
    const MIGRATIONS: Option<Migrations> = Some(Migrations { sqlite: &SQLITE, postgres: &POSTGRES });
    type Config = Config;

    async fn build(config: Config, kit: Kit) -> Result<Mounted, Fault> {
        let products = Products::new(&config, &kit)?;
        Ok(Mounted::default()
            .with_http(http::router(products.clone()))
            .with_rpc(rpc::server(products))
            .with_descriptors(metier_contract_products::DESCRIPTORS))
    }
}

//! Every endpoint of the running product as every kind of caller, driven by the OpenAPI document of its door.

mod calls;
mod cast;

use cast::Cast;
use metier_testkit::authorization::{Endpoint, Table, endpoints, walk};

use crate::platform::{Platform, Topology, system_tests};

/// A new endpoint without a row fails, and so does a row without an endpoint.
const TABLE: &str = include_str!("authorization/table.txt");

system_tests!(heavy_every_endpoint_answers_every_caller_as_the_table_says);

async fn heavy_every_endpoint_answers_every_caller_as_the_table_says(topology: Topology) {
    // More attempts to sign in than one address is granted otherwise.
    let settings = [
        ("METIER_GATEWAY__LIMITS__SIGN_IN_BURST", "10000"),
        ("METIER_GATEWAY__LIMITS__SIGN_IN_PER_MINUTE", "10000"),
    ];
    let platform = Platform::start_with(topology, &settings).await;
    let cast = Cast::gather(&platform).await;
    let document = cast.document().await;
    let (endpoints, table) = (endpoints(&document), Table::parse(TABLE));
    who_may_not_ask_is_not_told_what_is_wrong(&cast, &endpoints, &table).await;
    walk(&endpoints, &table, async |endpoint, actor| cast.call(endpoint, actor).await).await;
    platform.stop().await;
}

/// What a caller may do here depends on what they ask for, so that has to be read first: whose keys, which kinds.
const READ_FIRST: [&str; 2] = ["GET /api/v1/api-keys", "POST /api/v1/worker/register"];

/// Rights are looked at before anything of a request is read.
async fn who_may_not_ask_is_not_told_what_is_wrong(cast: &Cast, endpoints: &[Endpoint], table: &Table) {
    let mut told = Vec::new();
    for endpoint in endpoints.iter().filter(|endpoint| !endpoint.open) {
        for actor in table.actors() {
            let wanted = match (table.word(endpoint, actor), actor.as_str()) {
                (_, "anonymous" | "expired") => 401,
                (Some("no"), _) if !READ_FIRST.contains(&&*endpoint.name()) => 403,
                _ => continue,
            };
            let status = cast.call_wrongly(endpoint, actor).await;
            if status != wanted {
                told.push(format!("{} as {actor}: {wanted} expected, {status} answered", endpoint.name()));
            }
        }
    }
    assert!(told.is_empty(), "a wrong request is told more than its sender may know:\n{}", told.join("\n"));
}

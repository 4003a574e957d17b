//! Every endpoint of the running product as every kind of caller, driven by the OpenAPI document of its door.

mod cast;

use cast::Cast;
use metier_testkit::authorization::{Table, endpoints, walk};

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
    walk(&endpoints(&document), &Table::parse(TABLE), async |endpoint, actor| {
        cast.call(endpoint, actor).await
    })
    .await;
    platform.stop().await;
}

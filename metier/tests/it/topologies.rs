//! What holds in every topology.

use crate::platform::{Platform, Topology, client};

/// The public key of the installation: it has to outlive whatever happens to processes.
async fn public_keys(platform: &Platform) -> serde_json::Value {
    let url = format!("{}/.well-known/jwks.json", platform.api("identity"));
    let keys: serde_json::Value = client().get(url).send().await.unwrap().json().await.unwrap();
    assert!(keys["keys"][0]["x"].is_string(), "{keys}");
    keys
}

#[tokio::test]
async fn heavy_every_service_is_ready_and_ends_in_good_order() {
    for topology in Topology::ALL {
        Platform::start(topology).await.stop().await;
    }
}

#[tokio::test]
async fn heavy_what_was_kept_is_there_after_a_crash() {
    for topology in Topology::ALL {
        let mut platform = Platform::start(topology).await;
        let before = public_keys(&platform).await;
        platform.kill("identity").await;
        platform.start_again("identity").await;
        assert_eq!(public_keys(&platform).await, before, "{topology:?}");
        platform.stop().await;
    }
}

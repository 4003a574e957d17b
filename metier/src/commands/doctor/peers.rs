//! Services said to run elsewhere: whether they answer.

use std::time::Duration;

use super::{Finding, scene::Scene};

const PATIENCE: Duration = Duration::from_secs(3);

pub fn look(scene: &Scene) -> Vec<Finding> {
    let Some(settings) = &scene.settings else { return Vec::new() };
    let places = settings.services.iter().filter_map(|(name, place)| Some((name, place.address.as_ref()?)));
    let refusal = |(name, address): (&String, &String)| {
        let error = scene.runtime.block_on(ask(address)).err()?;
        Some(Finding::wrong(
            format!("{name} does not answer at {address}: {error:#}"),
            format!("start it there (`metier serve {name}`), or mend services.{name}.address"),
        ))
    };
    places.filter_map(refusal).collect()
}

async fn ask(address: &str) -> anyhow::Result<()> {
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
    let answer = client.get(format!("{}/health/live", address.trim_end_matches('/'))).send().await?;
    answer.error_for_status()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::testing::{Installation, only};

    #[test]
    fn a_peer_that_does_not_answer_is_found() {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let address = format!("http://{nobody}");
        let scene = Installation::new().scene_with(&[("METIER_SERVICES__IDENTITY__ADDRESS", &address)]);
        let found = only(look(&scene));
        assert!(found.message.contains("identity does not answer at"), "{found:?}");
    }
}

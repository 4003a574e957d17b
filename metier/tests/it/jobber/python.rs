//! The scenarios once more, gone through by a program in Python with a GraphQL client of others.

use super::OPEN;
use crate::{
    clients::Client,
    platform::{PASSWORD, Platform, Topology, system_tests},
};

const SCENARIOS: Client = Client {
    folder: "metier/tests/it/jobber/python",
    prepare: &[
        &["python3", "-m", "venv", "env"],
        &[
            "env/bin/python",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
            "requirements.txt",
        ],
    ],
    test: &["env/bin/python", "scenarios.py"],
    worker: &[],
    needs: "Python 3.10 with venv and a package index for pip",
};

system_tests!(heavy_a_client_in_python_goes_through_the_scenarios);

async fn heavy_a_client_in_python_goes_through_the_scenarios(topology: Topology) {
    let copy = SCENARIOS.prepared();
    let platform = Platform::start_with(topology, &[OPEN]).await;
    let mut command = SCENARIOS.command(&copy, SCENARIOS.test);
    command.env("METIER_URL", platform.api("gateway")).env("METIER_PASSWORD", PASSWORD);
    let said = tokio::task::spawn_blocking(move || SCENARIOS.succeeds(command)).await.unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    assert_eq!(said.lines().filter(|line| line.ends_with(" - done")).count(), 3, "{said}");
    platform.stop().await;
}

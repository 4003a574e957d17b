//! PostgreSQL: there, ours to use, and not from a newer Metier.

use std::{collections::BTreeMap, error::Error};

use metier_db::{DatabaseSettings, DbError};

use super::{
    Finding, chain, databases,
    scene::{Looked, Scene},
};

pub fn look(scene: &Scene) -> Vec<Finding> {
    let mut by_server = BTreeMap::<String, Vec<&Looked>>::new();
    for looked in &scene.databases {
        if let DatabaseSettings::Postgres { url, .. } = &looked.settings {
            by_server.entry(url.expose().clone()).or_default().push(looked);
        }
    }
    by_server.into_values().flat_map(|looked| server(&looked)).collect()
}

/// What is wrong with a server is told once, not for every service.
fn server(looked: &[&Looked]) -> Vec<Finding> {
    let names: Vec<_> = looked.iter().map(|looked| looked.spec.name).collect();
    match looked.iter().find_map(|looked| looked.found.as_ref().err()) {
        Some(error) => vec![refused(error, &names.join(", "))],
        None => looked.iter().filter_map(|looked| databases::newer(looked)).collect(),
    }
}

fn refused(error: &DbError, services: &str) -> Finding {
    let cause = error.source().and_then(|source| source.downcast_ref::<sqlx::Error>());
    let code = cause.and_then(|cause| cause.as_database_error()).and_then(|cause| cause.code());
    let (what, remedy) = match code.as_deref() {
        Some("28P01" | "28000") => (
            "PostgreSQL does not let this user in",
            "mend user and password in database.url, best as METIER_DATABASE__URL or database.url_file",
        ),
        Some("3D000") => ("PostgreSQL has no such database", "make it: createdb NAME"),
        _ => (
            "PostgreSQL cannot be reached",
            "start it, or mend host and port in database.url; psql with the same URL has to work",
        ),
    };
    Finding::wrong(format!("{what} ({services}): {}", chain(error)), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::testing::{Installation, only};

    fn found(url: &str) -> Finding {
        only(look(&Installation::new().scene_with(&[("METIER_DATABASE__URL", url)])))
    }

    #[test]
    fn a_server_that_is_not_there_is_found_once() {
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let found = found(&format!("postgres://metier:hunter2@{nobody}/metier"));
        assert!(found.message.contains("cannot be reached"), "{found:?}");
        assert!(!found.message.contains("hunter2"), "{found:?}");
    }

    #[test]
    fn a_user_or_a_database_that_the_server_does_not_know_is_found() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let database = runtime.block_on(metier_testkit::postgres::database());
        let mut url = url::Url::parse(&database.url).unwrap();
        url.set_path("/metier_there_is_none");
        assert!(found(url.as_str()).message.contains("has no such database"));
        url.set_username("metier_nobody").unwrap();
        url.set_password(Some("hunter2")).unwrap();
        let found = found(url.as_str());
        assert!(found.message.contains("does not let this user in"), "{found:?}");
    }
}

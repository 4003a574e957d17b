//! The settings in force as they are printed.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Jobs, Source, from_file, variables};

#[test]
fn the_settings_in_force_are_printed_with_their_origins() {
    let (loader, folder) =
        from_file("data_dir = '/data'\n[jobs]\nlease = '1m'\n[jobs.sources.'a b']\nurl = 'u'\n");
    let mut loader = loader
        .environment(variables(&[("METIER_JOBS__WORKERS", "4")]), &[])
        .flags(&json!({ "jobs": { "kinds": ["fibonacci"] } }));
    loader.section::<Jobs>("jobs").unwrap();
    loader.section::<String>("data_dir").unwrap();
    let file = format!("file {}", folder.path().join("metier.toml").display());
    let expected = format!(
        r#"data_dir = "/data" # {file}

[jobs]
# api_token is not set
body_limit = "20MB" # default
join_secret = "***" # default
kinds = ["fibonacci"] # the command line
lease = "1m" # {file}
listen = "127.0.0.1:8080" # default
title = "jobs" # default
workers = 4 # environment variable METIER_JOBS__WORKERS

[jobs.sources."a b"]
# api_key is not set
url = "u" # {file}

[jobs.store]
driver = "sqlite" # default
folder = "data" # default
"#
    );
    assert_eq!(loader.finish().unwrap().to_toml(), expected);
}

#[test]
fn what_is_printed_can_be_read_back() {
    let given = Jobs {
        kinds: vec!["a \"quoted\" kind".to_owned(), "line\nend".to_owned()],
        title: "# not a comment".to_owned(),
        sources: BTreeMap::from([("dotted.name".to_owned(), Source { url: "ü".to_owned(), api_key: None })]),
        join_secret: metier_core::Secret::new("***".to_owned()),
        ..Jobs::default()
    };
    let mut loader = metier_config::Loader::new().flags(&json!({ "jobs": given }));
    loader.section::<Jobs>("jobs").unwrap();
    let (mut again, _folder) = from_file(&loader.finish().unwrap().to_toml());
    assert_eq!(again.section::<Jobs>("jobs").unwrap(), given);
}

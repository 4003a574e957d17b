//! The keys: readable by their owner alone, long enough, whole.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use metier_auth::KeyError;
use metier_harness::{KeysError, check_keys};

use super::{Finding, chain, scene::Scene};

pub fn look(scene: &Scene) -> Vec<Finding> {
    let Some((_, settings)) = scene.folder() else { return Vec::new() };
    let folder = settings.keys_folder();
    // A key that others may read is told of by its mode.
    let is_exposed =
        |error: &KeysError| matches!(error, KeysError::Exposed(_) | KeysError::Key(KeyError::Exposed { .. }));
    let wrong = check_keys(&settings.keys, &folder).into_iter().filter(|error| !is_exposed(error));
    exposed(&folder)
        .into_iter()
        .chain(wrong.map(|error| Finding::wrong(chain(&error), remedy(&error))))
        .collect()
}

fn exposed(folder: &Path) -> Vec<Finding> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let files = entries.filter_map(Result::ok).map(|entry| entry.path());
    let others = |path: std::path::PathBuf| {
        let mode = fs::metadata(&path).ok()?.permissions().mode() & 0o777;
        let shown = path.display();
        (mode & 0o077 != 0).then(|| {
            Finding::wrong(
                format!("others on this machine can read the key {shown} (mode {mode:o})"),
                format!("chmod 600 {shown}; if somebody may have read it, make new keys"),
            )
        })
    };
    files.filter_map(others).collect()
}

fn remedy(error: &KeysError) -> &'static str {
    match error {
        KeysError::Key(KeyError::WeakJoinSecret(_)) => {
            "put 32 random characters or more there, the same for every process: openssl rand -base64 32"
        }
        KeysError::Key(_) => {
            "restore the file from a backup; or delete it, and the next start makes new keys and everybody signs \
             in again"
        }
        KeysError::JoinSecret { .. } | KeysError::Exposed(_) => "run Metier as the owner of the keys",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::testing::{Installation, only};

    #[test]
    fn good_keys_are_nothing_to_tell_of() {
        assert_eq!(look(&Installation::new().scene()), []);
    }

    #[test]
    fn keys_others_can_read_are_found_once() {
        for key in ["keys/join-secret", "keys/signing-keys.json"] {
            let installation = Installation::new();
            fs::set_permissions(installation.path(key), fs::Permissions::from_mode(0o644)).unwrap();
            let found = only(look(&installation.scene()));
            assert!(found.message.contains(key) && found.message.contains("644"), "{found:?}");
        }
    }

    #[test]
    fn a_join_secret_that_can_be_guessed_is_found_wherever_it_comes_from() {
        let installation = Installation::new();
        let scene = installation.scene_with(&[("METIER_KEYS__JOIN_SECRET", "hunter2")]);
        let found = only(look(&scene));
        assert!(found.message.contains("32") && !found.message.contains("hunter2"), "{found:?}");
        fs::write(installation.path("keys/join-secret"), "short").unwrap();
        assert!(only(look(&installation.scene())).remedy.unwrap().contains("32 random"));
    }

    #[test]
    fn damaged_signing_keys_are_found() {
        let installation = Installation::new();
        fs::write(installation.path("keys/signing-keys.json"), "{\"keys\": [").unwrap();
        assert!(only(look(&installation.scene())).message.contains("signing-keys.json"));
    }
}

//! The data folder: there, ours, of a layout we know, writable for us and closed to others.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use metier_harness::{DataFolder, DataFolderError};
use rustix::fs::{Access, access};

use super::{Finding, chain, scene::Scene};

/// What services write to, from the folder.
const WRITTEN: [&str; 6] = ["", "db", "blobs", "search", "keys", "locks"];

pub fn look(scene: &Scene) -> Vec<Finding> {
    let Some(settings) = &scene.settings else { return Vec::new() };
    let folder = settings.data.folder.as_path();
    match DataFolder::check(folder) {
        Err(error) => vec![unusable(folder, &error)],
        Ok(()) => {
            WRITTEN.iter().filter_map(|part| unwritable(&folder.join(part))).chain(open(folder)).collect()
        }
    }
}

fn unusable(folder: &Path, error: &DataFolderError) -> Finding {
    let shown = folder.display();
    match error {
        DataFolderError::Io { .. } if !folder.exists() => Finding::wrong(
            format!("the data folder {shown} is missing"),
            "name the right one with --data-dir or METIER_DATA__FOLDER; `metier up` makes a new one",
        ),
        DataFolderError::Foreign(_) => Finding::wrong(
            format!("{shown} is not a data folder: it has no file named layout"),
            "name the right one with --data-dir or METIER_DATA__FOLDER",
        ),
        DataFolderError::Damaged { .. } => {
            Finding::wrong(chain(error), "restore a backup with `metier restore`, or write 1 into that file")
        }
        DataFolderError::Newer { .. } => Finding::wrong(
            chain(error),
            "run a newer metier, or restore an older backup with `metier restore`",
        ),
        DataFolderError::Io { .. } | DataFolderError::InUse { .. } => Finding::wrong(
            chain(error),
            format!("give the user who runs Metier the folder: chown -R USER {shown}"),
        ),
    }
}

fn unwritable(path: &Path) -> Option<Finding> {
    let wanted = Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK;
    let refused = path.exists().then(|| access(path, wanted).err()).flatten()?;
    let shown = path.display();
    Some(Finding::wrong(
        format!("this user cannot read and write {shown}: {refused}"),
        format!("run Metier as the folder's owner, or give it to who runs Metier: chown -R USER {shown}"),
    ))
}

fn open(folder: &Path) -> Option<Finding> {
    let mode = fs::metadata(folder).ok()?.permissions().mode() & 0o777;
    let shown = folder.display();
    (mode & 0o077 != 0).then(|| {
        Finding::wrong(
            format!("others on this machine can look into {shown} (mode {mode:o})"),
            format!("chmod 700 {shown}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::testing::{Installation, only};

    #[test]
    fn a_good_folder_is_nothing_to_tell_of() {
        assert_eq!(look(&Installation::new().scene()), []);
    }

    #[test]
    fn a_missing_folder_is_found() {
        let scene = Installation::new().scene_with(&[("METIER_DATA__FOLDER", "/nowhere/metier")]);
        assert!(only(look(&scene)).message.contains("/nowhere/metier is missing"));
    }

    #[test]
    fn a_folder_with_other_content_is_found() {
        let installation = Installation::new();
        fs::remove_file(installation.path("layout")).unwrap();
        assert!(only(look(&installation.scene())).message.contains("is not a data folder"));
    }

    #[test]
    fn a_layout_from_the_future_or_from_nowhere_is_found() {
        let installation = Installation::new();
        fs::write(installation.path("layout"), "9\n").unwrap();
        assert!(only(look(&installation.scene())).message.contains("layout 9, newer"));
        fs::write(installation.path("layout"), "x").unwrap();
        assert!(only(look(&installation.scene())).message.contains("not a layout"));
    }

    #[test]
    fn a_folder_open_to_others_is_found() {
        let installation = Installation::new();
        fs::set_permissions(installation.path(""), fs::Permissions::from_mode(0o755)).unwrap();
        let found = only(look(&installation.scene()));
        assert!(found.message.contains("mode 755"), "{found:?}");
    }
}

//! Who has the data folder, and locks whose holder nobody can name.

use std::{collections::BTreeMap, path::Path};

use metier_harness::DataFolder;

use super::{Finding, chain, scene::Scene};

pub fn look(scene: &Scene) -> Vec<Finding> {
    let Some((folder, _)) = scene.folder() else { return Vec::new() };
    let holders = match DataFolder::holders(folder) {
        Ok(holders) => holders,
        Err(error) => {
            let remedy = "run Metier, and this command, as the folder's owner";
            return vec![Finding::wrong(chain(&error), remedy)];
        }
    };
    let mut by_process = BTreeMap::<_, Vec<String>>::new();
    for (service, holder) in holders {
        by_process.entry((holder.runs, holder.process)).or_default().push(service);
    }
    by_process.into_iter().filter_map(|(holder, services)| finding(folder, holder, &services)).collect()
}

fn finding(folder: &Path, holder: (bool, Option<u32>), services: &[String]) -> Option<Finding> {
    let services = services.join(", ");
    match holder {
        (true, Some(process)) if is_alive(process) => {
            Some(Finding::note(format!("process {process} runs {services} from this folder")))
        }
        (true, process) => {
            let named = process.map_or("no process id".to_owned(), |process| format!("process {process}"));
            Some(Finding::wrong(
                format!("{services} locked by a process that cannot be seen; its lock names {named}"),
                format!(
                    "another container or a child of a process that ended has it open: find it with \
                     `fuser -v {}` on the machine that runs it, and end it",
                    folder.join("locks").join("*").display()
                ),
            ))
        }
        (false, Some(process)) => Some(Finding::note(format!(
            "nobody runs {services}; process {process} did last. Its lock is stale and in nobody's way"
        ))),
        (false, None) => None,
    }
}

/// Where processes cannot be listed, one that says it runs is believed.
fn is_alive(process: u32) -> bool {
    !Path::new("/proc/self").exists() || Path::new("/proc").join(process.to_string()).exists()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::commands::doctor::{
        Severity,
        testing::{Installation, only},
    };

    #[test]
    fn who_has_the_folder_is_named() {
        let installation = Installation::new();
        let _open = DataFolder::open(&installation.path(""), &["jobs", "identity"]).unwrap();
        let found = only(look(&installation.scene()));
        let wanted = format!("process {} runs identity, jobs", std::process::id());
        assert!(found.message.starts_with(&wanted) && found.severity == Severity::Note, "{found:?}");
    }

    #[test]
    fn a_stale_lock_is_told_and_is_no_fault() {
        let installation = Installation::new();
        fs::write(installation.path("locks/jobs.lock"), "4194305\n").unwrap();
        let found = only(look(&installation.scene()));
        assert!(found.message.contains("process 4194305 did last") && !found.is_wrong(), "{found:?}");
    }

    #[test]
    fn a_lock_whose_holder_is_gone_is_a_fault() {
        let installation = Installation::new();
        let _open = DataFolder::open(&installation.path(""), &["jobs"]).unwrap();
        fs::write(installation.path("locks/jobs.lock"), "4194305\n").unwrap();
        let found = only(look(&installation.scene()));
        assert!(found.is_wrong() && found.message.contains("4194305"), "{found:?}");
    }
}

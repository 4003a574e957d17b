//! Real data, kept beside the repository because it is not ours to publish.
//!
//! A machine without the folder runs every other test. There a test prints the reason and returns:
//!
//! ```no_run
//! let Some(path) = metier_testkit::data::path("jobtech/search_response_2025-09.json") else { return };
//! ```

use std::path::{Path, PathBuf};

/// From this crate to the folder beside the repository.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");

/// The path of a file or folder of the real data, or `None`, with a printed reason, where there is none.
///
/// # Panics
///
/// When the data is there and does not have `name`: a test that names it wrongly would never run.
pub fn path(name: &str) -> Option<PathBuf> {
    find(Path::new(FOLDER), name)
}

#[expect(clippy::print_stderr, reason = "a test that does nothing has to say so")]
fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    if !folder.is_dir() {
        eprintln!("not tested on real data: the folder ../shared/data is not beside the repository");
        return None;
    }
    let path = folder.join(name);
    assert!(path.exists(), "../shared/data has no {name}");
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_folder_there_is_no_path() {
        assert_eq!(find(Path::new("/nonexistent"), "jobtech"), None);
    }

    #[test]
    fn a_file_of_the_folder_is_found() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(find(folder, "src/data.rs"), Some(folder.join("src/data.rs")));
    }

    #[test]
    #[should_panic(expected = "../shared/data has no src/datas.rs")]
    fn a_wrong_name_fails() {
        find(Path::new(env!("CARGO_MANIFEST_DIR")), "src/datas.rs");
    }
}

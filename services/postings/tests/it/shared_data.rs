//! Where the real data lies. Tests that need it say so and return when it is not there.

use std::path::PathBuf;

/// The path of a file of the shared data, or `None` with the reason printed.
pub fn path(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: the shared data {name} is not beside the repository");
    None
}

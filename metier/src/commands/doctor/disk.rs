//! A disk that is nearly full.

use std::{io, path::Path};

use rustix::fs::statvfs;

use super::{Finding, scene::Scene};

/// Below this, a write-ahead log and the checkpoint of a few services may not fit any more.
const LEAST: u64 = 512 * 1024 * 1024;

/// What a disk has, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Space {
    /// What this user may still write.
    pub free: u64,
    /// Everything.
    pub total: u64,
}

/// Asks the system.
pub fn space(folder: &Path) -> io::Result<Space> {
    let told = statvfs(folder)?;
    Ok(Space { free: told.f_bavail * told.f_frsize, total: told.f_blocks * told.f_frsize })
}

pub fn look(scene: &Scene) -> Vec<Finding> {
    let Some((folder, _)) = scene.folder() else { return Vec::new() };
    let shown = folder.display();
    match (scene.space)(folder) {
        Ok(space) if space.free < LEAST => vec![Finding::wrong(
            format!(
                "the disk of {shown} is nearly full: {} MB of {} MB are free",
                space.free / 1_000_000,
                space.total / 1_000_000
            ),
            "make room, or shorten jobs.keep_days; Metier refuses writes when nothing is left",
        )],
        Ok(_) => Vec::new(),
        Err(error) => {
            vec![Finding::note(format!("cannot tell how much of the disk of {shown} is free: {error}"))]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::testing::{Installation, only};

    #[test]
    fn a_disk_that_is_nearly_full_is_found() {
        let full = |_: &Path| Ok(Space { free: 3_000_000, total: 9_000_000_000 });
        let installation = Installation::new();
        let scene = Scene { space: full, ..installation.scene() };
        assert!(only(look(&scene)).message.contains("3 MB of 9000 MB are free"));
    }

    #[test]
    fn the_system_tells_how_much_is_free() {
        let space = space(Path::new("/")).unwrap();
        assert!(space.free <= space.total && space.total > 0, "{space:?}");
    }
}

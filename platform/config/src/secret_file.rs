//! Secrets that lie in files of their own, as container platforms hand them out: `<key>_file = "/path"`.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::Path as FilePath,
};

use serde_json::Value;

use crate::tree::{self, Path};

const SUFFIX: &str = "_file";
const MAX_SIZE: u64 = 64 * 1024;

/// A secret that was put in its place.
pub(crate) struct Placed {
    /// The secret's own path.
    pub path: Path,
    /// The path of the setting that named the file.
    pub named_by: Path,
    /// The file.
    pub file: String,
    /// Whether everybody on the machine can read it.
    pub readable_by_all: bool,
}

/// Whether the key may name a secret's file.
pub(crate) fn is_named_by(path: &[String]) -> bool {
    path.last().is_some_and(|key| key.len() > SUFFIX.len() && key.ends_with(SUFFIX))
}

/// Replaces the setting that names a file by the secret that the file holds.
pub(crate) fn place(settings: &mut Value, named_by: &Path) -> Result<Placed, String> {
    let (key, above) = named_by.split_last().ok_or("names no file")?;
    let table = tree::get_mut(settings, above).and_then(Value::as_object_mut).ok_or("names no file")?;
    let stem = key.trim_end_matches(SUFFIX).to_owned();
    let Some(Value::String(file)) = table.remove(key) else {
        return Err("must be the path of a file".into());
    };
    if table.get(&stem).is_some_and(|value| !value.is_null()) {
        return Err(format!("is given besides {stem}; give one of them"));
    }
    let (text, readable_by_all) = read(&file)?;
    table.insert(stem.clone(), Value::String(text));
    Ok(Placed { path: [above, &[stem]].concat(), named_by: named_by.clone(), file, readable_by_all })
}

fn read(path: &str) -> Result<(String, bool), String> {
    if !FilePath::new(path).is_absolute() {
        return Err(format!("{path} is not an absolute path"));
    }
    let (text, readable_by_all) = content(path).map_err(|error| format!("{path} cannot be read: {error}"))?;
    // Editors add a line end that belongs to no secret.
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(format!("{path} is empty")),
        secret => Ok((secret.to_owned(), readable_by_all)),
    }
}

fn content(path: &str) -> io::Result<(String, bool)> {
    let file = File::open(path)?;
    let readable_by_all = file.metadata()?.permissions().mode() & 0o004 != 0;
    let mut text = String::new();
    if file.take(MAX_SIZE + 1).read_to_string(&mut text)? as u64 > MAX_SIZE {
        return Err(io::Error::other("it is larger than 64 KiB"));
    }
    Ok((text, readable_by_all))
}

//! The file of private signing keys: written whole or not at all, readable by its owner alone.
//!
//! `signing-keys.json` holds every key that may still verify a token; `signing-keys.lock` is held while
//! one of several processes that share the folder changes it.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use metier_core::{Random, Secret, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use tempfile::NamedTempFile;

use crate::KeyError;

const OWNER_ONLY: u32 = 0o600;
const MAX_FILE_SIZE: u64 = 1024 * 1024;

/// One private key as it lies in the file.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredKey {
    pub kid: String,
    #[serde(serialize_with = "write_seed", deserialize_with = "read_seed")]
    pub seed: Secret<[u8; 32]>,
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<Timestamp>,
}

impl StoredKey {
    pub(crate) fn generate(now: Timestamp, random: &Random) -> Self {
        let kid = URL_SAFE_NO_PAD.encode(random.bytes::<12>());
        Self { kid, seed: Secret::new(random.bytes()), created_at: now, retired_at: None }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    keys: Vec<StoredKey>,
}

fn write_seed<S: Serializer>(seed: &Secret<[u8; 32]>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&URL_SAFE_NO_PAD.encode(seed.expose()))
}

fn read_seed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret<[u8; 32]>, D::Error> {
    let text = Secret::new(String::deserialize(deserializer)?);
    let bytes =
        URL_SAFE_NO_PAD.decode(text.expose()).map_err(|_| de::Error::custom("seed is not base64url"))?;
    let bytes = Secret::new(bytes);
    let seed = bytes.expose().as_slice().try_into().map_err(|_| de::Error::custom("seed is not 32 bytes"))?;
    Ok(Secret::new(seed))
}

/// The file in its folder.
#[derive(Clone, Debug)]
pub(crate) struct KeyFile {
    folder: PathBuf,
}

impl KeyFile {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.join("signing-keys.json")
    }

    /// Holds off other processes until the returned file is dropped.
    pub(crate) fn lock(&self) -> Result<File, KeyError> {
        let path = self.folder.join("signing-keys.lock");
        let lock = || {
            fs::create_dir_all(&self.folder)?;
            let mut options = OpenOptions::new();
            let file = options.create(true).truncate(false).write(true).mode(OWNER_ONLY).open(&path)?;
            file.lock()?;
            Ok(file)
        };
        lock().map_err(|source| KeyError::File { path: path.clone(), source })
    }

    /// The keys, or `None` when there is no file yet.
    pub(crate) fn read(&self) -> Result<Option<Vec<StoredKey>>, KeyError> {
        let path = self.path();
        let failed = |source| KeyError::File { path: path.clone(), source };
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(failed)?,
        };
        let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Exposed { path, mode });
        }
        let mut text = Secret::new(String::new());
        let mut bounded = file.take(MAX_FILE_SIZE);
        read_secret(&mut bounded, &mut text).map_err(failed)?;
        let content: Content =
            serde_json::from_str(text.expose()).map_err(|source| KeyError::Damaged { path, source })?;
        Ok(Some(content.keys))
    }

    /// Replaces the file in one step, durably.
    pub(crate) fn write(&self, keys: &[StoredKey]) -> Result<(), KeyError> {
        let path = self.path();
        let replace = || -> io::Result<()> {
            let text = Secret::new(serde_json::to_string_pretty(&Content { keys: keys.to_vec() })?);
            // A named temporary file is created with mode 600.
            let mut file = NamedTempFile::new_in(&self.folder)?;
            file.write_all(text.expose().as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)?;
            File::open(&self.folder)?.sync_all()
        };
        replace().map_err(|source| KeyError::File { path: path.clone(), source })
    }
}

fn read_secret(from: &mut impl Read, into: &mut Secret<String>) -> io::Result<()> {
    let mut text = String::new();
    from.read_to_string(&mut text)?;
    *into = Secret::new(text);
    Ok(())
}

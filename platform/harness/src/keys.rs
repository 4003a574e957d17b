//! The secrets of an installation: the join secret that services prove themselves with, and the keys that
//! sign tokens of people and runs. Made on the first start, readable by their owner alone.

use std::{
    fs,
    io::{self, Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use metier_auth::{CsrfGuard, KeyError, ServiceKeys, SigningKeys, Verifier};
use metier_core::{Clock, Fault, Random, Secret};

use crate::{KeysSettings, jwks, peers::Peers};

const JOIN_SECRET: &str = "join-secret";
const MAX_SECRET_SIZE: u64 = 4 * 1024;

/// Why the installation's keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A key file is missing, damaged or open to others.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The join secret cannot be read or written.
    #[error("cannot use the join secret {}", .path.display())]
    JoinSecret {
        /// Its file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Others on this machine may read the join secret.
    #[error("the join secret {} may be read by others; run chmod 600 on it", .0.display())]
    Exposed(PathBuf),
}

/// What a process knows.
pub(crate) struct Keys {
    /// `None` in a process that only verifies.
    pub(crate) signing: Option<SigningKeys>,
    pub(crate) services: ServiceKeys,
    pub(crate) csrf: CsrfGuard,
    pub(crate) verifier: Verifier,
}

impl Keys {
    /// Opens the keys in `folder`, making what is missing. When a service publishes them, this process holds
    /// no signing keys and asks it for the public ones.
    pub(crate) fn open(
        settings: &KeysSettings,
        folder: &Path,
        peers: &Arc<Peers>,
        (clock, random): (&Clock, &Random),
    ) -> Result<Self, KeysError> {
        let secret = match &settings.join_secret {
            Some(given) => given.clone(),
            None => join_secret(&folder.join(JOIN_SECRET), random)?,
        };
        let services = ServiceKeys::from_join_secret(&secret)?;
        let csrf = CsrfGuard::from_join_secret(&secret);
        if let Some(publisher) = &settings.published_by {
            let verifier = jwks::verifier(publisher.clone(), Arc::clone(peers));
            return Ok(Self { signing: None, services, csrf, verifier });
        }
        let signing = SigningKeys::open(folder, clock.now(), random)?;
        let verifier = local_verifier(signing.clone(), clock.clone());
        Ok(Self { signing: Some(signing), services, csrf, verifier })
    }
}

/// Everything that is wrong with the keys a process would open; makes none.
pub fn check_keys(settings: &KeysSettings, folder: &Path) -> Vec<KeysError> {
    let mut wrong = Vec::new();
    let file = folder.join(JOIN_SECRET);
    let secret = match &settings.join_secret {
        Some(given) => Some(Ok(given.clone())),
        None => file.exists().then(|| read_join_secret(&file)),
    };
    let weak = |secret: Secret<String>| Ok(ServiceKeys::from_join_secret(&secret).map(drop)?);
    wrong.extend(secret.and_then(|secret| secret.and_then(weak).err()));
    if settings.published_by.is_none() {
        wrong.extend(SigningKeys::check(folder).err().map(KeysError::from));
    }
    wrong
}

/// Reads the keys again when a token names one that another process has made since.
fn local_verifier(keys: SigningKeys, clock: Clock) -> Verifier {
    Verifier::fetching(move || {
        let (keys, now) = (keys.clone(), clock.now());
        async move {
            let read = tokio::task::spawn_blocking(move || keys.reload().map(|()| keys.jwks(now))).await;
            read.map_err(Fault::internal)?.map_err(Fault::internal)
        }
    })
}

/// The secret in the file, made by whichever process comes first.
fn join_secret(path: &Path, random: &Random) -> Result<Secret<String>, KeysError> {
    let failed = |source| KeysError::JoinSecret { path: path.to_owned(), source };
    if !path.exists() {
        write_once(path, &ServiceKeys::generate_join_secret(random)).map_err(failed)?;
    }
    read_join_secret(path)
}

fn read_join_secret(path: &Path) -> Result<Secret<String>, KeysError> {
    let failed = |source| KeysError::JoinSecret { path: path.to_owned(), source };
    let file = fs::File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
        return Err(KeysError::Exposed(path.to_owned()));
    }
    let mut text = String::new();
    file.take(MAX_SECRET_SIZE).read_to_string(&mut text).map_err(failed)?;
    Ok(Secret::new(text.trim().to_owned()))
}

/// Written whole or not at all; a secret that is already there is left alone.
fn write_once(path: &Path, secret: &Secret<String>) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(file, "{}", secret.expose())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => fs::File::open(folder)?.sync_all(),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.error),
    }
}

#[cfg(test)]
mod tests {
    use metier_core::Timestamp;

    use super::*;

    fn open(settings: &KeysSettings, folder: &Path) -> Result<Keys, KeysError> {
        let clock = Clock::manual(Timestamp::from_seconds(1_000));
        Keys::open(settings, folder, &Arc::default(), (&clock, &Random::seeded(1)))
    }

    #[test]
    fn the_first_start_makes_secrets_that_only_their_owner_reads_and_later_ones_keep_them() {
        let folder = tempfile::tempdir().unwrap();
        open(&KeysSettings::default(), folder.path()).unwrap();
        let path = folder.path().join(JOIN_SECRET);
        let made = fs::read_to_string(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(made.trim().len() >= ServiceKeys::MIN_SECRET_LENGTH);
        open(&KeysSettings::default(), folder.path()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), made);
    }

    #[test]
    fn a_join_secret_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        open(&KeysSettings::default(), folder.path()).unwrap();
        let path = folder.path().join(JOIN_SECRET);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(open(&KeysSettings::default(), folder.path()), Err(KeysError::Exposed(_))));
    }

    #[test]
    fn a_join_secret_that_can_be_guessed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let settings =
            KeysSettings { join_secret: Some(Secret::new("hunter2".into())), ..KeysSettings::default() };
        assert!(matches!(open(&settings, folder.path()), Err(KeysError::Key(KeyError::WeakJoinSecret(_)))));
    }
}

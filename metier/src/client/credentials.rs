//! Who is signed in where: one file that only its owner can read.
//!
//! A refresh token is good once, so two commands that renew at the same moment would end the session. Whoever
//! renews holds the [`CredentialFile::lock`] meanwhile and reads the file again first.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use metier_core::{Secret, Timestamp};
use serde::{Deserialize, Serialize, Serializer};
use url::Url;

use super::ClientError;

/// What is kept of one server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    /// Who signs in there.
    pub email: String,
    /// Their session; none after signing out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Tokens>,
    /// Tells the server at the next sign-in that it knows this machine.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "written_optionally")]
    pub device_token: Option<Secret<String>>,
}

/// The tokens of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// For the API, for some minutes.
    #[serde(serialize_with = "written")]
    pub access_token: Secret<String>,
    /// When that ends.
    pub expires_at: Timestamp,
    /// Good once, for the next two.
    #[serde(serialize_with = "written")]
    pub refresh_token: Secret<String>,
}

fn written<S: Serializer>(secret: &Secret<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

fn written_optionally<S: Serializer>(
    secret: &Option<Secret<String>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(|secret| secret.expose()).serialize(serializer)
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    #[serde(default)]
    servers: BTreeMap<String, Account>,
}

/// The file of credentials.
#[derive(Clone, Debug)]
pub struct CredentialFile {
    path: PathBuf,
}

/// Holds others off until it is dropped.
pub struct Lock(#[expect(dead_code, reason = "closing the file unlocks it")] File);

impl CredentialFile {
    /// The file `credentials.json` in a folder, which need not exist yet.
    pub fn in_folder(folder: &Path) -> Self {
        Self { path: folder.join("credentials.json") }
    }

    /// What is kept of a server.
    pub fn find(&self, server: &Url) -> Result<Option<Account>, ClientError> {
        Ok(self.read()?.servers.remove(server.as_str()))
    }

    /// Keeps what is known of a server, in place of what was.
    pub fn keep(&self, server: &Url, account: Account) -> Result<(), ClientError> {
        let _lock = self.lock()?;
        self.keep_locked(server, account)
    }

    /// As [`CredentialFile::keep`], for whoever holds the lock.
    pub fn keep_locked(&self, server: &Url, account: Account) -> Result<(), ClientError> {
        let mut content = self.read()?;
        content.servers.insert(server.to_string(), account);
        self.write(&content)
    }

    /// Waits until nobody else changes the file.
    pub fn lock(&self) -> Result<Lock, ClientError> {
        self.make_folder()?;
        let path = self.path.with_extension("lock");
        let opened = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let locked = opened.and_then(|file| file.lock().map(|()| Lock(file)));
        locked.map_err(|source| ClientError::File { doing: "lock", path, source })
    }

    fn read(&self) -> Result<Content, ClientError> {
        let text = match self.check_private().and_then(|()| fs::read_to_string(&self.path)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::default()),
            Err(error) => return Err(self.failed("read", error)),
        };
        serde_json::from_str(&text).map_err(|error| self.failed("read", io::Error::other(error)))
    }

    /// A file that others can read holds no secrets any more; going on would hide that.
    fn check_private(&self) -> io::Result<()> {
        let mode = fs::metadata(&self.path)?.permissions().mode() & 0o777;
        if mode & 0o077 == 0 {
            return Ok(());
        }
        let told =
            format!("others may read it (mode {mode:o}); sign out everywhere, delete it and sign in again");
        Err(io::Error::new(io::ErrorKind::PermissionDenied, told))
    }

    fn write(&self, content: &Content) -> Result<(), ClientError> {
        self.replace(content).map_err(|error| self.failed("write", error))
    }

    /// Whole or not at all, even when the machine stops meanwhile. The temporary file is private from the start.
    fn replace(&self, content: &Content) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(self.folder())?;
        serde_json::to_writer_pretty(&mut file, content)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }

    fn make_folder(&self) -> Result<(), ClientError> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(self.folder());
        made.map_err(|source| ClientError::File { doing: "make", path: self.folder().to_owned(), source })
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    fn failed(&self, doing: &'static str, source: io::Error) -> ClientError {
        ClientError::File { doing, path: self.path.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(email: &str) -> Account {
        let secret = |text: &str| Secret::new(text.to_owned());
        let expires_at = Timestamp::from_seconds(1_800_000_000);
        let session = Tokens { access_token: secret("access"), expires_at, refresh_token: secret("refresh") };
        Account { email: email.into(), session: Some(session), device_token: Some(secret("device")) }
    }

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn each_server_has_its_own_account_and_only_the_owner_can_read_them() {
        let folder = tempfile::tempdir().unwrap();
        let file = CredentialFile::in_folder(&folder.path().join("metier"));
        let (one, two) = (url("http://127.0.0.1:7400/"), url("https://metier.example.org/"));
        assert!(file.find(&one).unwrap().is_none());
        file.keep(&one, account("ada@example.org")).unwrap();
        file.keep(&two, account("eva@example.org")).unwrap();
        let found = file.find(&one).unwrap().unwrap();
        assert_eq!(found.email, "ada@example.org");
        assert_eq!(found.session.unwrap().refresh_token.expose(), "refresh");
        assert_eq!(fs::metadata(&file.path).unwrap().permissions().mode() & 0o777, 0o600);
        let folder_mode = fs::metadata(folder.path().join("metier")).unwrap().permissions().mode();
        assert_eq!(folder_mode & 0o777, 0o700);
    }

    #[test]
    fn a_file_that_others_may_read_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let file = CredentialFile::in_folder(folder.path());
        let server = url("http://127.0.0.1:7400/");
        file.keep(&server, account("ada@example.org")).unwrap();
        fs::set_permissions(&file.path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = file.find(&server).unwrap_err().to_string();
        assert!(error.contains("others may read it (mode 644)"), "{error}");
    }

    #[test]
    fn a_damaged_file_is_named_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = CredentialFile::in_folder(folder.path());
        let server = url("http://127.0.0.1:7400/");
        file.keep(&server, account("ada@example.org")).unwrap();
        fs::write(&file.path, "{").unwrap();
        let error = file.keep(&server, account("eva@example.org")).unwrap_err().to_string();
        assert!(error.contains("credentials.json"), "{error}");
        assert_eq!(fs::read_to_string(&file.path).unwrap(), "{");
    }
}

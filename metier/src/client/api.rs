//! The API of one server, asked as whoever is signed in there.

use metier_core::{Clock, Secret, Timestamp};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use url::Url;

use super::{
    ClientError,
    credentials::{Account, CredentialFile, Tokens},
    transport::{Call, Coming, Transport},
};

/// An access token that ends sooner than this is renewed before it is used.
const RENEW_BEFORE: std::time::Duration = std::time::Duration::from_secs(30);

/// The API of one server.
#[derive(Debug)]
pub struct Api {
    transport: Transport,
    file: CredentialFile,
    api_key: Option<Secret<String>>,
    clock: Clock,
    tokens: Mutex<Option<Tokens>>,
}

/// Somebody signed in; the server's answer, as far as it is kept.
#[derive(Debug, Deserialize)]
struct SignedIn {
    access_token: Secret<String>,
    expires_at: Timestamp,
    refresh_token: Secret<String>,
    #[serde(default)]
    device_token: Option<Secret<String>>,
}

impl Api {
    /// The API at the end of this way, with an API key or else with the session that the file keeps.
    pub fn new(
        transport: Transport,
        file: CredentialFile,
        api_key: Option<Secret<String>>,
        clock: Clock,
    ) -> Self {
        Self { transport, file, api_key, clock, tokens: Mutex::default() }
    }

    /// Which server.
    pub fn url(&self) -> &Url {
        self.transport.base()
    }

    /// Whether what is sent there can be read on the way.
    pub fn is_exposed(&self) -> bool {
        self.transport.is_exposed()
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether a key acts instead of a session.
    pub fn has_key(&self) -> bool {
        self.api_key.is_some()
    }

    /// What is kept of this server.
    pub fn account(&self) -> Result<Option<Account>, ClientError> {
        self.file.find(self.url())
    }

    /// Asks as whoever is signed in; as nobody when nobody is.
    pub async fn send(&self, call: &Call) -> Result<Value, ClientError> {
        let token = self.bearer().await?;
        let answer = self.transport.send(call, token.as_ref()).await;
        // A token can end early, when the server's keys changed or its clock is ahead: one fresh one is tried.
        match (answer, token) {
            (Err(error), Some(refused)) if error.status() == Some(401) && self.api_key.is_none() => {
                let fresh = self.renew(&refused).await?;
                self.transport.send(call, Some(&fresh)).await
            }
            (answer, _) => answer,
        }
    }

    /// Asks as [`Api::send`] does, for an answer that is read as it comes.
    pub async fn open(&self, call: &Call) -> Result<Coming, ClientError> {
        let token = self.bearer().await?;
        let answer = self.transport.open(call, token.as_ref()).await;
        match (answer, token) {
            (Err(error), Some(refused)) if error.status() == Some(401) && self.api_key.is_none() => {
                let fresh = self.renew(&refused).await?;
                self.transport.open(call, Some(&fresh)).await
            }
            (answer, _) => answer,
        }
    }

    /// Asks, and reads the answer as what it should be.
    pub async fn fetch<T: DeserializeOwned>(&self, call: &Call) -> Result<T, ClientError> {
        self.read(self.send(call).await?)
    }

    /// Reads an answer as what it should be.
    pub fn read<T: DeserializeOwned>(&self, answer: Value) -> Result<T, ClientError> {
        let foreign = |error: serde_json::Error| ClientError::Foreign {
            url: self.url().clone(),
            reason: format!("an answer of another form: {error}"),
        };
        serde_json::from_value(answer).map_err(foreign)
    }

    /// Asks as nobody in particular.
    pub async fn send_anonymously(&self, call: &Call) -> Result<Value, ClientError> {
        self.transport.send(call, None).await
    }

    /// Signs in and keeps the session.
    pub async fn sign_in(&self, email: &str, password: &Secret<String>) -> Result<(), ClientError> {
        let kept = self.account()?.filter(|account| account.email == email);
        let device_token = kept.and_then(|account| account.device_token);
        let mut body = json!({ "email": email, "password": password.expose(), "device": device_label() });
        if let Some(token) = &device_token {
            body["device_token"] = json!(token.expose());
        }
        let answer = self.send_anonymously(&Call::post(&["auth", "login"]).json(body)).await?;
        let signed_in: SignedIn = self.read(answer)?;
        let device_token = signed_in.device_token.clone().or(device_token);
        let session = Some(signed_in.into());
        self.file.keep(self.url(), Account { email: email.to_owned(), session, device_token })
    }

    /// Ends the kept session, on the server and here. Answers whether there was one.
    pub async fn sign_out(&self) -> Result<bool, ClientError> {
        let _lock = self.file.lock()?;
        let Some(mut account) = self.account()? else { return Ok(false) };
        let Some(session) = account.session.take() else { return Ok(false) };
        let body = json!({ "refresh_token": session.refresh_token.expose() });
        self.send_anonymously(&Call::post(&["auth", "logout"]).json(body)).await?;
        self.file.keep_locked(self.url(), account)?;
        Ok(true)
    }

    /// The token to ask with, renewed when it is about to end.
    async fn bearer(&self) -> Result<Option<Secret<String>>, ClientError> {
        if let Some(key) = &self.api_key {
            return Ok(Some(key.clone()));
        }
        let Some(tokens) = self.known_tokens().await? else { return Ok(None) };
        if self.is_good(&tokens) {
            return Ok(Some(tokens.access_token));
        }
        self.renew(&tokens.access_token).await.map(Some)
    }

    async fn known_tokens(&self) -> Result<Option<Tokens>, ClientError> {
        let mut known = self.tokens.lock().await;
        if known.is_none() {
            *known = self.account()?.and_then(|account| account.session);
        }
        Ok(known.clone())
    }

    fn is_good(&self, tokens: &Tokens) -> bool {
        self.clock.now().plus(RENEW_BEFORE) < tokens.expires_at
    }

    /// Exchanges the refresh token, unless another command did so meanwhile.
    async fn renew(&self, refused: &Secret<String>) -> Result<Secret<String>, ClientError> {
        let _lock = self.file.lock()?;
        let Some(account) = self.account()? else { return Err(self.ended("nobody is signed in any more")) };
        let Some(tokens) = account.session.clone() else {
            return Err(self.ended("it was signed out meanwhile"));
        };
        if tokens.access_token != *refused && self.is_good(&tokens) {
            return Ok(self.remember(tokens).await);
        }
        let body = json!({ "refresh_token": tokens.refresh_token.expose() });
        let answer = self.send_anonymously(&Call::post(&["auth", "refresh"]).json(body)).await;
        match answer {
            Ok(answer) => {
                let tokens: Tokens = self.read::<SignedIn>(answer)?.into();
                self.file.keep_locked(self.url(), Account { session: Some(tokens.clone()), ..account })?;
                Ok(self.remember(tokens).await)
            }
            Err(error) if error.status() == Some(401) => {
                self.file.keep_locked(self.url(), Account { session: None, ..account })?;
                Err(self.ended(&error.to_string()))
            }
            Err(error) => Err(error),
        }
    }

    async fn remember(&self, tokens: Tokens) -> Secret<String> {
        let access = tokens.access_token.clone();
        *self.tokens.lock().await = Some(tokens);
        access
    }

    fn ended(&self, reason: &str) -> ClientError {
        ClientError::SessionEnded { url: self.url().clone(), reason: reason.to_owned() }
    }
}

impl From<SignedIn> for Tokens {
    fn from(signed_in: SignedIn) -> Self {
        let SignedIn { access_token, expires_at, refresh_token, .. } = signed_in;
        Self { access_token, expires_at, refresh_token }
    }
}

/// How the session is called in the list of sessions.
fn device_label() -> String {
    format!("metier {} (command line)", env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests;

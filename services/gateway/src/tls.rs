//! Which certificate the door speaks TLS with.

use std::path::Path;

use metier_core::Fault;
use metier_http::Certificates;

use crate::config::Config;

const CERTIFICATE: &str = "gateway.tls_certificate";
const KEY: &str = "gateway.tls_key";
const PUBLIC_URL: &str = "server.public_url";

impl Config {
    /// The files of certificate and key, when the door is to speak TLS.
    ///
    /// # Errors
    /// When only one of the two is named.
    pub fn tls_files(&self) -> Result<Option<(&Path, &Path)>, Fault> {
        match (self.tls_certificate.as_deref(), self.tls_key.as_deref()) {
            (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
            (None, None) => Ok(None),
            (Some(_), None) => Err(Fault::invalid(KEY, format!("is missing: {CERTIFICATE} is set"))),
            (None, Some(_)) => Err(Fault::invalid(CERTIFICATE, format!("is missing: {KEY} is set"))),
        }
    }
}

/// What the settings name. Cookies are marked for TLS by who makes them, wherever that runs, so all services have
/// to be told by the public address.
pub fn certificates(config: &Config, public_url: Option<&str>) -> Result<Option<Certificates>, Fault> {
    let Some((certificate, key)) = config.tls_files()? else { return Ok(None) };
    if !public_url.is_some_and(|url| url.starts_with("https://")) {
        let message = format!(
            "has to be the https:// address that people use, for every service: {CERTIFICATE} is set, so the door \
             speaks TLS"
        );
        return Err(Fault::invalid(PUBLIC_URL, message));
    }
    let opened = Certificates::open(certificate, key);
    opened.map(Some).map_err(|error| Fault::invalid(CERTIFICATE, error.to_string()).caused_by(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(certificate: Option<&str>, key: Option<&str>, public_url: Option<&str>) -> String {
        let (tls_certificate, tls_key) = (certificate.map(Into::into), key.map(Into::into));
        let config = Config { tls_certificate, tls_key, ..Config::default() };
        let fault = certificates(&config, public_url).unwrap_err();
        fault.violations.iter().map(|it| format!("{} {}", it.field, it.message)).collect()
    }

    #[test]
    fn without_a_certificate_the_door_speaks_plain_http() {
        assert!(certificates(&Config::default(), None).unwrap().is_none());
    }

    #[test]
    fn half_of_the_settings_are_refused_with_the_one_that_is_missing() {
        let https = Some("https://metier.example");
        assert!(refusal(Some("/c"), None, https).starts_with("gateway.tls_key is missing"));
        assert!(refusal(None, Some("/k"), https).starts_with("gateway.tls_certificate is missing"));
        for public_url in [None, Some("http://metier.example")] {
            assert!(refusal(Some("/c"), Some("/k"), public_url).starts_with("server.public_url has to be"));
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let refusal = refusal(Some("/nowhere/c.pem"), Some("/nowhere/k.pem"), Some("https://metier.example"));
        assert!(refusal.contains("gateway.tls_certificate cannot read /nowhere/c.pem"), "{refusal}");
    }
}

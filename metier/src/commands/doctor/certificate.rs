//! The certificate of the public door: whole, of its key, and good for a while.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use metier_core::{Fault, Timestamp};
use metier_http::{Certificates, TlsError};

use super::{Finding, chain, scene::Scene};

/// Renewal is automatic for most and runs a month before the end: by then it has failed for two weeks.
const SOON: Duration = Duration::from_hours(14 * 24);
const RELOAD: &str = "then send the running process SIGHUP";

pub fn look(scene: &Scene) -> Vec<Finding> {
    let Some(gateway) = &scene.gateway else { return Vec::new() };
    let (certificate, key) = match gateway.tls_files() {
        Ok(Some(files)) => files,
        Ok(None) => return Vec::new(),
        Err(fault) => return vec![half(&fault)],
    };
    let opened = Certificates::open(certificate, key);
    let found = match &opened {
        Ok(certificates) => ends(certificates, scene.clock.now()),
        Err(error) => Some(unusable(error)),
    };
    found.into_iter().chain(exposed(key)).chain(not_told(scene)).collect()
}

fn half(fault: &Fault) -> Finding {
    Finding::wrong(fault.to_string(), "set both gateway.tls_certificate and gateway.tls_key, or neither")
}

fn unusable(error: &TlsError) -> Finding {
    let remedy = match error {
        TlsError::Unreadable { .. } => "mend the path, or let the user that runs Metier read the file",
        TlsError::NotPem { .. } | TlsError::NotX509 { .. } => {
            "put the certificate with those that vouch for it, or its private key, there in PEM form"
        }
        TlsError::Unusable { .. } => "put the two files there that were made together",
    };
    Finding::wrong(chain(error), remedy)
}

fn ends(certificates: &Certificates, now: Timestamp) -> Option<Finding> {
    let (path, ends_at) = (certificates.path().display(), certificates.ends_at());
    if ends_at <= now {
        let message = format!("the certificate {path} ended on {ends_at}; clients refuse it");
        return Some(Finding::wrong(message, format!("renew it, {RELOAD}")));
    }
    let left = ends_at.since(now);
    (left < SOON).then(|| {
        let days = left.as_secs() / 86_400;
        let message = format!("the certificate {path} ends on {ends_at}, in {days} days");
        Finding::wrong(message, format!("renew it, {RELOAD}"))
    })
}

fn exposed(key: &Path) -> Option<Finding> {
    let mode = fs::metadata(key).ok()?.permissions().mode() & 0o777;
    let shown = key.display();
    (mode & 0o007 != 0).then(|| {
        Finding::wrong(
            format!("everybody on this machine can read the key {shown} (mode {mode:o})"),
            format!("chmod 640 {shown}; if somebody may have read it, replace key and certificate"),
        )
    })
}

/// Who does not know of TLS marks no cookie for it.
fn not_told(scene: &Scene) -> Option<Finding> {
    let url = scene.settings.as_ref()?.server.public_url.as_deref();
    (!url.is_some_and(|url| url.starts_with("https://"))).then(|| {
        Finding::wrong(
            "gateway.tls_certificate is set, and server.public_url is no https:// address; the gateway does not start",
            "set server.public_url to the address that people use, for every service",
        )
    })
}

#[cfg(test)]
mod tests {
    use metier_core::Clock;

    use super::*;
    use crate::commands::doctor::testing::{Installation, only};

    /// An installation with a certificate that ends at the beginning of 2030.
    struct Given {
        installation: Installation,
        certificate: String,
        key: String,
    }

    impl Given {
        fn new() -> Self {
            let installation = Installation::new();
            let path = |name: &str| installation.path(name).display().to_string();
            let (certificate, key) = (path("certificate.pem"), path("key.pem"));
            let given = Self { certificate, key, installation };
            let mut wish = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
            wish.not_after = rcgen::date_time_ymd(2030, 1, 1);
            let pair = rcgen::KeyPair::generate().unwrap();
            fs::write(&given.certificate, wish.self_signed(&pair).unwrap().pem()).unwrap();
            given.write_key(&pair);
            given
        }

        fn write_key(&self, pair: &rcgen::KeyPair) {
            fs::write(&self.key, pair.serialize_pem()).unwrap();
            fs::set_permissions(&self.key, fs::Permissions::from_mode(0o600)).unwrap();
        }

        /// What is found so many days before the certificate ends.
        fn found(&self, days_before: i64) -> Vec<Finding> {
            let settings = [
                ("METIER_GATEWAY__TLS_CERTIFICATE", self.certificate.as_str()),
                ("METIER_GATEWAY__TLS_KEY", &self.key),
                ("METIER_SERVER__PUBLIC_URL", "https://metier.example"),
            ];
            self.found_with(days_before, &settings)
        }

        fn found_with(&self, days_before: i64, settings: &[(&str, &str)]) -> Vec<Finding> {
            let clock = Clock::manual(Timestamp::from_seconds(1_893_456_000 - days_before * 86_400));
            look(&Scene { clock, ..self.installation.scene_with(settings) })
        }
    }

    #[test]
    fn a_certificate_that_ends_within_two_weeks_or_has_ended_is_found() {
        let given = Given::new();
        assert_eq!(given.found(15), []);
        assert!(only(given.found(13)).message.contains("ends on 2030-01-01T00:00:00Z, in 13 days"));
        assert!(only(given.found(-1)).message.contains("ended on 2030-01-01"));
    }

    #[test]
    fn a_key_of_another_certificate_or_for_everybody_is_found() {
        let given = Given::new();
        given.write_key(&rcgen::KeyPair::generate().unwrap());
        assert!(only(given.found(100)).message.contains("cannot be used with the key"));
        let given = Given::new();
        fs::set_permissions(&given.key, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(only(given.found(100)).message.contains("everybody on this machine can read the key"));
    }

    #[test]
    fn what_is_no_certificate_or_half_of_the_settings_is_found() {
        let given = Given::new();
        fs::write(&given.certificate, "nothing").unwrap();
        assert!(only(given.found(100)).message.contains("holds no certificate in PEM form"));
        let half = given.found_with(100, &[("METIER_GATEWAY__TLS_KEY", &given.key)]);
        assert!(only(half).message.contains("gateway.tls_certificate is missing"));
        assert_eq!(given.found_with(100, &[]), [], "without TLS there is nothing to look at");
    }

    #[test]
    fn a_public_address_that_is_not_https_is_found() {
        let given = Given::new();
        let files = [
            ("METIER_GATEWAY__TLS_CERTIFICATE", given.certificate.as_str()),
            ("METIER_GATEWAY__TLS_KEY", &given.key),
        ];
        assert!(only(given.found_with(100, &files)).message.contains("server.public_url"));
    }
}

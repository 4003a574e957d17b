//! TLS at the public door of the running product: who is let in, and certificates and log levels read again.

use std::{fs, path::PathBuf};

use reqwest::{Certificate, Client, Version};
use serde_json::{Value, json};

use crate::{
    cli_shell::Shell,
    platform::{EMAIL, PASSWORD, Process, client, free_port},
};

/// One process with all services, whose door has a certificate.
struct Installation {
    folder: tempfile::TempDir,
    port: u16,
}

impl Installation {
    fn new() -> Self {
        let installation = Self { folder: tempfile::tempdir().unwrap(), port: free_port() };
        installation.renew();
        installation.write("metier.toml", "log.level = \"info\"\n");
        installation
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Another certificate and its key.
    fn renew(&self) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        self.write("certificate.pem", &made.cert.pem());
        self.write("key.pem", &made.signing_key.serialize_pem());
    }

    fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// Somebody who trusts the present certificate alone.
    fn client(&self) -> Client {
        drop(client());
        let trusted = Certificate::from_pem(&fs::read(self.path("certificate.pem")).unwrap()).unwrap();
        Client::builder().no_proxy().tls_certs_only([trusted]).build().unwrap()
    }

    /// Starts it and waits until it is ready.
    async fn start(&self, others: &[(&str, &str)]) -> Process {
        let path = |name: &str| self.path(name).display().to_string();
        let own = [
            ("METIER_DATA__FOLDER", path("data")),
            ("METIER_SERVER__PORT", self.port.to_string()),
            ("METIER_SERVER__PUBLIC_URL", self.url()),
            ("METIER_LOG__FORMAT", "text".to_owned()),
            ("METIER_GATEWAY__TLS_CERTIFICATE", path("certificate.pem")),
            ("METIER_GATEWAY__TLS_KEY", path("key.pem")),
            ("METIER_IDENTITY__SETUP__EMAIL", EMAIL.to_owned()),
            ("METIER_IDENTITY__SETUP__PASSWORD", PASSWORD.to_owned()),
        ];
        let own = own.into_iter().map(|(name, value)| (name.to_owned(), value));
        let others = others.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings: Vec<_> = own.chain(others).collect();
        let file = path("metier.toml");
        let mut process = Process::start(&["up", "--config", &file], &["gateway".into()], &settings);
        process.says("ready in ").await;
        process
    }
}

async fn end(mut process: Process) {
    process.signal("TERM");
    assert_eq!(process.ended().await, Some(0), "{}", process.said());
}

#[tokio::test]
async fn heavy_the_door_speaks_tls_and_nothing_else() {
    let installation = Installation::new();
    let process = installation.start(&[]).await;
    assert!(process.said().contains("listening on https://127.0.0.1:"), "{}", process.said());

    let login = format!("{}/api/v1/auth/login", installation.url());
    let wish = json!({ "email": EMAIL, "password": PASSWORD, "answer": "cookie" });
    let answer = installation.client().post(&login).json(&wish).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_2));
    assert!(answer.headers()["strict-transport-security"].to_str().unwrap().contains("max-age="));
    let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
    assert!(!cookies.is_empty());
    for cookie in cookies {
        let attributes = cookie.to_str().unwrap().split_once(';').unwrap().1;
        assert!(attributes.contains("Secure"), "a cookie goes out in the clear: {attributes}");
    }

    let plain = client().get(installation.url().replace("https", "http")).send().await.unwrap();
    assert_eq!(plain.status(), 400);
    assert_eq!(plain.json::<Value>().await.unwrap()["code"], "tls_required");
    end(process).await;
}

#[tokio::test]
async fn heavy_the_command_line_trusts_the_certificates_it_is_told_to_and_no_others() {
    let installation = Installation::new();
    let process = installation.start(&[]).await;
    let stranger = Shell::at(&installation.url());
    let told = stranger.refuses(3, &["whoami"]);
    assert!(told.contains("certificate"), "{told}");

    let ca = installation.path("certificate.pem").display().to_string();
    let shell = Shell::at(&installation.url()).with("METIER_CA", &ca);
    assert_eq!(shell.sign_in(EMAIL, PASSWORD).code, Some(0));
    assert_eq!(shell.json(&["whoami"])["user"]["role"], "admin");
    assert_eq!(stranger.metier(&["whoami", "--ca", "/nowhere"]).code, Some(2));
    end(process).await;
}

#[tokio::test]
async fn heavy_a_hang_up_reads_certificate_and_log_level_again_and_ends_nothing() {
    let installation = Installation::new();
    let mut process = installation.start(&[]).await;
    let before = installation.client();
    let alive = format!("{}/health/live", installation.url());
    assert_eq!(before.get(&alive).send().await.unwrap().status(), 204);

    installation.renew();
    installation.write("metier.toml", "log.level = \"debug\"\n");
    process.signal("HUP");
    process.says("the log level has changed").await;
    process.says("the certificate has changed").await;
    assert!(process.said().contains("before=\"info\" now=\"debug\""), "{}", process.said());
    // The connection that stands goes on; a new one is shown the new certificate.
    assert_eq!(before.get(&alive).send().await.unwrap().status(), 204);
    assert_eq!(installation.client().get(&alive).send().await.unwrap().status(), 204);

    installation.write("certificate.pem", "no certificate");
    installation.write("metier.toml", "this is not TOML");
    process.signal("HUP");
    process.says("cannot read the log level again; it stays").await;
    process.says("cannot read the certificate again; it stays").await;
    assert_eq!(before.get(&alive).send().await.unwrap().status(), 204);
    end(process).await;
}

#[tokio::test]
async fn a_door_that_cannot_speak_tls_does_not_open() {
    let installation = Installation::new();
    installation.write("key.pem", "no key");
    let path = |name: &str| installation.path(name).display().to_string();
    let settings = [
        ("METIER_DATA__FOLDER", path("data")),
        ("METIER_SERVER__PORT", installation.port.to_string()),
        ("METIER_SERVER__PUBLIC_URL", installation.url()),
        ("METIER_GATEWAY__TLS_CERTIFICATE", path("certificate.pem")),
        ("METIER_GATEWAY__TLS_KEY", path("key.pem")),
    ];
    let settings: Vec<_> = settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let mut process = Process::start(&["up"], &["gateway".into()], &settings);
    assert_eq!(process.ended().await, Some(1));
    assert!(process.said().contains("holds no private key in PEM form"), "{}", process.said());
}

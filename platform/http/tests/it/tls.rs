//! TLS on the server's port: both versions of HTTP, what is refused, and a certificate that is exchanged.

use std::{fs, net::SocketAddr, path::PathBuf, time::Duration};

use axum::{Router, routing::get};
use http::Version;
use metier_http::{Certificates, ServeOptions, TlsError, bind, serve};
use reqwest::Certificate;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_util::sync::CancellationToken;

/// A certificate of `localhost` and its key, in files.
struct Files {
    folder: TempDir,
    pem: String,
}

impl Files {
    fn new() -> Self {
        let mut files = Self { folder: tempfile::tempdir().unwrap(), pem: String::new() };
        files.renew();
        files
    }

    fn renew(&mut self) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        self.pem = made.cert.pem();
        fs::write(self.certificate(), &self.pem).unwrap();
        fs::write(self.key(), made.signing_key.serialize_pem()).unwrap();
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    fn open(&self) -> Result<Certificates, TlsError> {
        Certificates::open(&self.certificate(), &self.key())
    }

    /// Somebody who trusts the present certificate alone.
    fn client(&self, http1: bool) -> reqwest::Client {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let trusted = Certificate::from_pem(self.pem.as_bytes()).unwrap();
        let builder = reqwest::Client::builder().no_proxy().tls_certs_only([trusted]);
        if http1 { builder.http1_only() } else { builder }.build().unwrap()
    }
}

async fn start(certificates: Certificates) -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = axum::serve::Listener::local_addr(&listener).unwrap();
    let (stop, app) = (CancellationToken::new(), Router::new().route("/", get(async || "well")));
    let options = ServeOptions {
        certificates: Some(certificates),
        head_timeout: Duration::from_secs(60),
        ..ServeOptions::default()
    };
    let stopped = stop.clone().cancelled_owned();
    (address, stop, tokio::spawn(async move { serve(listener, app, &options, stopped).await }))
}

async fn ask(client: &reqwest::Client, address: SocketAddr) -> Result<Version, reqwest::Error> {
    let answer = client.get(format!("https://localhost:{}/", address.port())).send().await?;
    let version = answer.version();
    assert_eq!(answer.text().await?, "well");
    Ok(version)
}

#[tokio::test]
async fn the_newest_version_of_http_that_both_know_is_spoken() {
    let files = Files::new();
    let (address, _stop, _server) = start(files.open().unwrap()).await;
    assert_eq!(ask(&files.client(false), address).await.unwrap(), Version::HTTP_2);
    assert_eq!(ask(&files.client(true), address).await.unwrap(), Version::HTTP_11);
}

#[tokio::test]
async fn plain_http_is_told_to_speak_https() {
    let files = Files::new();
    let (address, _stop, _server) = start(files.open().unwrap()).await;
    for request in ["GET / HTTP/1.1\r\nhost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
        let (_head, body) = answer.split_once("\r\n\r\n").unwrap();
        let problem: metier_http::ProblemBody = serde_json::from_str(body).unwrap();
        assert_eq!((problem.code.as_str(), problem.status), ("tls_required", 400));
        assert!(problem.detail.contains("https://"), "{}", problem.detail);
    }
}

#[tokio::test]
async fn another_certificate_is_taken_for_new_connections_and_those_that_stand_go_on() {
    let mut files = Files::new();
    let certificates = files.open().unwrap();
    let (address, _stop, _server) = start(certificates.clone()).await;
    let before = files.client(false);
    ask(&before, address).await.unwrap();

    assert!(!certificates.reload().unwrap(), "nothing has changed");
    files.renew();
    assert!(certificates.reload().unwrap());
    ask(&before, address).await.unwrap();
    ask(&files.client(false), address).await.unwrap();
    let stranger = Files::new().client(false);
    assert!(ask(&stranger, address).await.is_err(), "somebody who trusts another certificate came in");
}

#[tokio::test]
async fn broken_files_are_refused_and_leave_what_was_in_force() {
    let files = Files::new();
    let certificates = files.open().unwrap();
    let (address, _stop, _server) = start(certificates.clone()).await;
    let ends_at = certificates.ends_at();

    let key = fs::read(files.key()).unwrap();
    fs::write(files.key(), rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap();
    assert!(matches!(certificates.reload(), Err(TlsError::Unusable { .. })), "a key of something else");
    fs::write(files.key(), "no key").unwrap();
    assert!(matches!(certificates.reload(), Err(TlsError::NotPem { wanted: "private key", .. })));
    fs::write(files.key(), key).unwrap();
    fs::write(files.certificate(), "").unwrap();
    assert!(matches!(certificates.reload(), Err(TlsError::NotPem { wanted: "certificate", .. })));
    fs::write(files.certificate(), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    assert!(matches!(certificates.reload(), Err(TlsError::NotX509 { .. })));
    fs::remove_file(files.certificate()).unwrap();
    assert!(matches!(certificates.reload(), Err(TlsError::Unreadable { .. })));

    assert_eq!(certificates.ends_at(), ends_at);
    ask(&files.client(false), address).await.unwrap();
}

#[tokio::test]
async fn who_never_shakes_hands_does_not_keep_the_server_from_stopping() {
    let (address, stop, server) = start(Files::new().open().unwrap()).await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(&[0x16, 3, 1]).await.unwrap();
    // Its answer shows that the server has accepted the two before it.
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    plain.read_to_end(&mut Vec::new()).await.unwrap();
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), server).await.expect("it waited").unwrap();
    assert_eq!(silent.read_to_end(&mut Vec::new()).await.unwrap_or(0), 0);
}

#[test]
fn when_a_certificate_ends_is_read_from_it() {
    let files = Files::new();
    let mut wish = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    wish.not_after = rcgen::date_time_ymd(2030, 1, 2);
    let key = rcgen::KeyPair::generate().unwrap();
    fs::write(files.certificate(), wish.self_signed(&key).unwrap().pem()).unwrap();
    fs::write(files.key(), key.serialize_pem()).unwrap();
    assert_eq!(files.open().unwrap().ends_at().seconds(), 1_893_542_400);
}

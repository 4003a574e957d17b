//! TLS at a listener: a certificate and its key from files, which can be read again while connections go on.
//!
//! Each handshake takes what is in force at its moment, so reading again touches no connection that stands. Plain
//! HTTP is answered in plain HTTP, once, with what is wrong; nothing of a request is looked at before.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use metier_core::Timestamp;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use x509_cert::{Certificate, der::Decode};

/// What the first byte of a TLS connection is: a handshake.
const HANDSHAKE: u8 = 0x16;
/// Newest first: what both sides know is spoken.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];
const PLAIN_REFUSED: &str = "{\"type\":\"/errors/tls_required\",\"title\":\"Invalid request\",\"status\":400,\
     \"detail\":\"this port speaks HTTPS: begin the address with https://\",\"code\":\"tls_required\"}\n";
/// What is read of a refused client, so that it reads our answer before the connection is reset.
const LINGER_BYTES: u64 = 64 * 1024;
const LINGER: Duration = Duration::from_secs(1);

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}", .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("{} holds no {wanted} in PEM form", .path.display())]
    NotPem {
        /// Which.
        path: PathBuf,
        /// What it should hold.
        wanted: &'static str,
        /// What is wrong with it.
        #[source]
        source: pem::Error,
    },
    /// The file holds something else than a certificate.
    #[error("{} holds a certificate that cannot be read", .path.display())]
    NotX509 {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: x509_cert::der::Error,
    },
    /// Certificate and key are not a pair, or of a kind that is not supported.
    #[error("the certificate {} cannot be used with the key {}", .certificate.display(), .key.display())]
    Unusable {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
}

/// A certificate with its key, as they lie in two files. Clones share what is in force.
#[derive(Clone)]
pub struct Certificates(Arc<Shared>);

struct Shared {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<Pair>>,
}

/// What was read, and is used for handshakes.
struct Pair {
    chain: Vec<CertificateDer<'static>>,
    ends_at: Timestamp,
    config: Arc<ServerConfig>,
}

impl Certificates {
    /// Reads a certificate, followed in its file by those that vouch for it, and its key.
    ///
    /// # Errors
    /// When one of the files is not what it should be, or they are not a pair.
    pub fn open(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let current = RwLock::new(Arc::new(Pair::read(certificate, key)?));
        Ok(Self(Arc::new(Shared { certificate: certificate.to_owned(), key: key.to_owned(), current })))
    }

    /// Reads both files again. Answers whether the certificate is another one now.
    ///
    /// # Errors
    /// As [`Certificates::open`]; what was in force stays in force.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let fresh = Arc::new(Pair::read(&self.0.certificate, &self.0.key)?);
        let mut current = self.0.current.write().unwrap_or_else(PoisonError::into_inner);
        let changed = fresh.chain != current.chain;
        *current = fresh;
        Ok(changed)
    }

    /// The file of the certificate.
    pub fn path(&self) -> &Path {
        &self.0.certificate
    }

    /// When the first of the chain ends to be valid.
    pub fn ends_at(&self) -> Timestamp {
        self.current().ends_at
    }

    fn current(&self) -> Arc<Pair> {
        Arc::clone(&self.0.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Speaks TLS with who connected, or tells them to.
    pub(crate) async fn accept(&self, io: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let mut first = [0];
        match io.peek(&mut first).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ if first[0] == HANDSHAKE => {
                TlsAcceptor::from(Arc::clone(&self.current().config)).accept(io).await
            }
            _ => {
                refuse(io).await?;
                Err(io::Error::new(io::ErrorKind::InvalidData, "no TLS was spoken"))
            }
        }
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Certificates");
        shown.field("path", &self.path()).field("ends_at", &self.ends_at()).finish_non_exhaustive()
    }
}

impl Pair {
    fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let chain = chain(certificate)?;
        let ends = chain.iter().map(|one| ends_at(one, certificate)).collect::<Result<Vec<_>, _>>()?;
        let ends_at = ends.into_iter().min().unwrap_or(Timestamp::EPOCH);
        let config = config(chain.clone(), private_key(key)?).map_err(|source| TlsError::Unusable {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            source,
        })?;
        Ok(Self { chain, ends_at, config: Arc::new(config) })
    }
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let not_pem = |source| TlsError::NotPem { path: path.to_owned(), wanted: "certificate", source };
    let text = read(path)?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&text).collect::<Result<_, _>>().map_err(not_pem)?;
    if chain.is_empty() {
        return Err(not_pem(pem::Error::NoItemsFound));
    }
    Ok(chain)
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(&read(path)?).map_err(|source| TlsError::NotPem {
        path: path.to_owned(),
        wanted: "private key",
        source,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source })
}

fn ends_at(certificate: &CertificateDer<'_>, path: &Path) -> Result<Timestamp, TlsError> {
    let parsed = Certificate::from_der(certificate)
        .map_err(|source| TlsError::NotX509 { path: path.to_owned(), source })?;
    let seconds = parsed.tbs_certificate.validity.not_after.to_unix_duration().as_secs();
    Ok(Timestamp::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX)))
}

fn config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = PROTOCOLS.iter().map(|protocol| protocol.to_vec()).collect();
    Ok(config)
}

async fn refuse(mut io: TcpStream) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        crate::problem::MEDIA_TYPE,
        PLAIN_REFUSED.len()
    );
    io.write_all(format!("{head}{PLAIN_REFUSED}").as_bytes()).await?;
    io.shutdown().await?;
    let (mut rest, mut nowhere) = (io.take(LINGER_BYTES), tokio::io::sink());
    let lingered = tokio::io::copy(&mut rest, &mut nowhere);
    tokio::time::timeout(LINGER, lingered).await.map_or(Ok(()), |read| read.map(drop))
}

//! TLS for clients: the certificate, which may be replaced at any time, and the handshake.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use std::{fs, io};

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, sink};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};
use tokio_rustls::server::TlsStream;

use crate::config::{self, WrongSetting};

/// How often the files are looked at, at most.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// How long a client may take until its connection is encrypted.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// What the first record of TLS begins with.
const HANDSHAKE_RECORD: u8 = 0x16;
/// Of a request without TLS, what is read after the answer, so that the client can read that.
const MAX_DISCARDED: u64 = 64 * 1024;
/// What such a request is answered.
const NOT_ENCRYPTED: &str = "HTTP/1.1 400 Bad Request\r\n\
    content-type: application/json\r\ncontent-length: 100\r\nconnection: close\r\n\r\n\
    {\"success\":false,\"data\":null,\"error\":\"expected TLS: this port is for https://, and not for http://\"}";

/// A connection that is encrypted. Behind a pointer: it takes a kilobyte.
pub(super) type Encrypted = Box<TlsStream<TcpStream>>;

/// A certificate and its key, as they are in their files now.
pub(crate) struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: Mutex<Current>,
}

struct Current {
    config: Arc<ServerConfig>,
    /// When the certificate ends.
    ends: Option<SystemTime>,
    /// Of the files that were read last, whatever was in them.
    stamps: [Option<Stamp>; 2],
    checked: Instant,
}

/// What another content of a file changes: inode, size, and time in nanoseconds.
type Stamp = (u64, u64, i64, i64);

impl Tls {
    /// `None` if connections are not to be encrypted.
    pub(crate) fn of(server: &config::Server) -> Result<Option<Self>, WrongSetting> {
        match (&server.tls_cert, &server.tls_key) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Tls::open(certificate, key).map(Some),
            (Some(_), None) => Err(wrong("server.tls_key", "it beside tls_cert")),
            (None, Some(_)) => Err(wrong("server.tls_cert", "it beside tls_key")),
        }
    }

    fn open(certificate: &Path, key: &Path) -> Result<Self, WrongSetting> {
        let stamps = [certificate, key].map(stamp);
        let (config, ends) = read(certificate, key)?;
        let current = Current { config, ends, stamps, checked: Instant::now() };
        warn_if_over(ends);
        Ok(Tls {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            current: Mutex::new(current),
        })
    }

    /// When the certificate ends, if it says so in a way that can be read.
    pub(crate) fn ends(&self) -> Option<SystemTime> {
        self.current.lock().ends
    }

    /// With the files as they are, or were when they last went together.
    fn config(&self) -> Arc<ServerConfig> {
        let mut current = self.current.lock();
        if current.checked.elapsed() >= CHECK_INTERVAL {
            current.checked = Instant::now();
            let stamps = [&*self.certificate, &*self.key].map(stamp);
            if stamps != current.stamps {
                current.stamps = stamps;
                self.reload(&mut current);
            }
        }
        Arc::clone(&current.config)
    }

    fn reload(&self, current: &mut Current) {
        match read(&self.certificate, &self.key) {
            Ok((config, ends)) => {
                (current.config, current.ends) = (config, ends);
                tracing::info!("the certificate has changed, and is used from now on");
                warn_if_over(ends);
            }
            Err(error) => {
                tracing::warn!(%error, "the certificate has changed, and the one before is kept");
            }
        }
    }

    /// The connection, once it is encrypted; `None` if the client has not come so far.
    pub(super) async fn encrypt(&self, stream: TcpStream) -> Option<Encrypted> {
        match timeout(HANDSHAKE_TIMEOUT, self.shake_hands(stream)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                tracing::debug!(%error, "no handshake");
                None
            }
            Err(_) => {
                tracing::debug!("no handshake within {HANDSHAKE_TIMEOUT:?}");
                None
            }
        }
    }

    async fn shake_hands(&self, stream: TcpStream) -> io::Result<Option<Encrypted>> {
        let mut first = [0];
        if stream.peek(&mut first).await? == 0 {
            return Ok(None);
        }
        if first != [HANDSHAKE_RECORD] {
            return explain(stream).await.map(|()| None);
        }
        let acceptor = TlsAcceptor::from(self.config());
        acceptor.accept(stream).await.map(|stream| Some(Box::new(stream)))
    }
}

/// To a client that speaks something else than TLS.
async fn explain(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(NOT_ENCRYPTED.as_bytes()).await?;
    stream.shutdown().await?;
    copy(&mut stream.take(MAX_DISCARDED), &mut sink()).await.map(drop)
}

fn read(
    certificate: &Path,
    key: &Path,
) -> Result<(Arc<ServerConfig>, Option<SystemTime>), WrongSetting> {
    let of_file = |setting, what: &str, path: &Path, error: String| {
        wrong(setting, format!("a file with {what} in PEM format: {}: {error}", path.display()))
    };
    let of_certificate = |error| of_file("server.tls_cert", "certificates", certificate, error);
    let of_key = |error| of_file("server.tls_key", "the key of tls_cert", key, error);
    let chain = fs::read(certificate).map_err(|error| of_certificate(error.to_string()))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain).collect();
    let chain = chain.map_err(|error| of_certificate(error.to_string()))?;
    let first = chain.first().ok_or_else(|| of_certificate("there is none in it".into()))?;
    let ends = raceway_libpq::certificate_end(first);
    let pem = fs::read(key).map_err(|error| of_key(error.to_string()))?;
    let private = PrivateKeyDer::from_pem_slice(&pem).map_err(|error| of_key(error.to_string()))?;
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(chain, private);
    let mut config = config.map_err(|error| of_key(error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((Arc::new(config), ends))
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.ino(), metadata.size(), metadata.mtime(), metadata.mtime_nsec()))
}

fn warn_if_over(ends: Option<SystemTime>) {
    if ends.is_some_and(|ends| ends < SystemTime::now()) {
        tracing::warn!("the certificate in tls_cert is over: clients will refuse it");
    }
}

fn wrong(key: &'static str, expected: impl Into<String>) -> WrongSetting {
    WrongSetting { key, expected: expected.into() }
}

#[cfg(test)]
mod tests {
    use super::NOT_ENCRYPTED;

    #[test]
    fn the_answer_without_tls_is_as_long_as_it_says() {
        let (head, body) = NOT_ENCRYPTED.split_once("\r\n\r\n").expect("a head");
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{}", body.len());
        serde_json::from_str::<serde_json::Value>(body).expect("JSON");
    }
}

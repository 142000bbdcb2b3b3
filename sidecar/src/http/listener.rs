//! Where clients come from: TCP with or without TLS, and Unix sockets.

use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, fs, io};

use socket2::{Domain, SockAddr, SockRef, Socket, Type};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::tls::Tls;

/// Connections that wait to be accepted, at most.
const BACKLOG: i32 = 1024;
/// Owner and group may ask.
const SOCKET_MODE: u32 = 0o660;
/// A client that doesn't take its answer for so long is gone.
const SEND_TIMEOUT: Duration = Duration::from_mins(1);

/// One place that is listened on.
pub(crate) enum Listener {
    Tcp(TcpListener, Option<Arc<Tls>>),
    Unix(UnixListener, #[expect(dead_code, reason = "it is removed with this")] Option<SocketFile>),
}

/// A client that has come, and is not known to speak HTTP yet.
pub(super) enum Accepted {
    Tcp(TcpStream, IpAddr, Option<Arc<Tls>>),
    Unix(UnixStream),
}

impl Listener {
    /// On a new socket of this path, in place of one on which nobody listens any more.
    pub(crate) fn bind_socket(path: &Path) -> io::Result<Self> {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        let address = SockAddr::unix(path)?;
        if socket.connect(&address).is_ok() {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        remove_stale(path)?;
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.bind(&address)?;
        let file = SocketFile::of(path)?;
        // Before anybody can connect.
        fs::set_permissions(path, fs::Permissions::from_mode(SOCKET_MODE))?;
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        Ok(Listener::Unix(UnixListener::from_std(socket.into())?, Some(file)))
    }

    /// Of TCP.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        match self {
            Listener::Tcp(listener, _) => listener.local_addr().ok(),
            Listener::Unix(..) => None,
        }
    }

    pub(super) async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Listener::Tcp(listener, tls) => {
                let (stream, address) = prepare(listener.accept().await?)?;
                Ok(Accepted::Tcp(stream, address.ip(), tls.clone()))
            }
            Listener::Unix(listener, _) => Ok(Accepted::Unix(listener.accept().await?.0)),
        }
    }
}

/// Where it is reached.
impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Listener::Tcp(_, tls) => {
                let scheme = if tls.is_some() { "https" } else { "http" };
                write!(f, "{scheme}://{}", self.address().ok_or(fmt::Error)?)
            }
            Listener::Unix(listener, _) => {
                let address = listener.local_addr().map_err(|_| fmt::Error)?;
                let path = address.as_pathname().unwrap_or(Path::new("without a name"));
                write!(f, "unix:{}", path.display())
            }
        }
    }
}

/// Answers are small: they should not wait for the acknowledgement of the one before.
fn prepare((stream, address): (TcpStream, SocketAddr)) -> io::Result<(TcpStream, SocketAddr)> {
    stream.set_nodelay(true)?;
    SockRef::from(&stream).set_tcp_user_timeout(Some(SEND_TIMEOUT))?;
    Ok((stream, address))
}

/// What is there is a socket, or nothing is removed.
fn remove_stale(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt;
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => fs::remove_file(path),
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// The file of a socket, removed with it, unless another process has put its own there.
pub(crate) struct SocketFile {
    path: PathBuf,
    inode: u64,
}

impl SocketFile {
    fn of(path: &Path) -> io::Result<Self> {
        let inode = fs::symlink_metadata(path)?.ino();
        Ok(SocketFile { path: path.to_owned(), inode })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode) {
            drop(fs::remove_file(&self.path));
        }
    }
}

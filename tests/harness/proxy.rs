//! The network between a sidecar and Postgres, which can be made to fail.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

/// What the network does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Works.
    Pass,
    /// Ends connections, old and new, by saying so.
    Refuse,
    /// The same with a reset.
    Reset,
    /// Keeps connections, and forwards nothing.
    Hang,
    /// Ends a connection after so many bytes of a request that is longer.
    CutMidRequest(usize),
    /// Ends a connection when Postgres answers a long request: it is done, and nobody learns of it.
    CutAfterRequest,
}

/// Shorter ones are not those that store events.
const LONG_REQUEST: usize = 1000;

/// A TCP port in front of the Unix socket of a Postgres; gone when dropped.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    socket: PathBuf,
    network: Mutex<Network>,
    changed: Condvar,
    links: Mutex<Vec<Weak<Link>>>,
    cuts: AtomicU64,
    is_closed: AtomicBool,
}

/// One connection through the proxy.
struct Link {
    client: TcpStream,
    server: UnixStream,
    is_over: AtomicBool,
    is_lost: AtomicBool,
    /// Bytes from the client since Postgres last answered.
    request: Mutex<usize>,
}

impl Proxy {
    /// In front of the Postgres with this socket.
    pub(crate) fn start(socket: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared {
            socket: socket.to_owned(),
            network: Mutex::new(Network::Pass),
            changed: Condvar::new(),
            links: Mutex::default(),
            cuts: AtomicU64::new(0),
            is_closed: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accepting.accept(&listener));
        Proxy { port, shared }
    }

    /// Where it listens, on the loopback address.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on.
    pub fn set(&self, network: Network) {
        *self.shared.network() = network;
        self.shared.changed.notify_all();
        if matches!(network, Network::Refuse | Network::Reset) {
            self.shared.end_all();
        }
    }

    /// Forgets the connections that there are, as a firewall does that was restarted: what is sent
    /// over them goes nowhere, and nobody is told.
    pub fn lose_connections(&self) {
        for link in self.shared.links().drain(..).filter_map(|link| link.upgrade()) {
            link.is_lost.store(true, Ordering::SeqCst);
        }
    }

    /// How many connections were ended or refused so far.
    pub fn cuts(&self) -> u64 {
        self.shared.cuts.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_closed.store(true, Ordering::SeqCst);
        self.set(Network::Refuse);
        // For the thread that waits for a connection.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

impl Shared {
    fn network(&self) -> MutexGuard<'_, Network> {
        self.network.lock().expect("network")
    }

    fn links(&self) -> MutexGuard<'_, Vec<Weak<Link>>> {
        self.links.lock().expect("links")
    }

    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for client in listener.incoming().filter_map(Result::ok) {
            if self.is_closed.load(Ordering::SeqCst) {
                return;
            }
            self.open(client);
        }
    }

    /// Where Postgres is away, so is its proxy: the client's connection ends.
    fn open(self: &Arc<Self>, client: TcpStream) {
        let network = *self.network();
        if matches!(network, Network::Refuse | Network::Reset) {
            reset_when_dropped(&client, network);
            self.cuts.fetch_add(1, Ordering::SeqCst);
            return;
        }
        let Ok(server) = UnixStream::connect(&self.socket) else { return };
        let _ = client.set_nodelay(true);
        let link = Arc::new(Link {
            client,
            server,
            is_over: AtomicBool::new(false),
            is_lost: AtomicBool::new(false),
            request: Mutex::new(0),
        });
        self.links().push(Arc::downgrade(&link));
        // A change may have come in between.
        if matches!(*self.network(), Network::Refuse | Network::Reset) {
            self.end_all();
        }
        let (forwards, backwards) = (Arc::clone(self), Arc::clone(self));
        let request_link = Arc::clone(&link);
        thread::spawn(move || forwards.forward_requests(&request_link));
        thread::spawn(move || backwards.forward_answers(&link));
    }

    fn end_all(&self) {
        for link in self.links().drain(..).filter_map(|link| link.upgrade()) {
            self.cut(&link);
        }
    }

    fn cut(&self, link: &Link) {
        reset_when_dropped(&link.client, *self.network());
        link.end();
        self.cuts.fetch_add(1, Ordering::SeqCst);
    }

    /// Waits while nothing is forwarded; then, what the network does.
    fn await_forwarding(&self, link: &Link) -> Network {
        let is_held = |network: &mut Network| {
            *network == Network::Hang && !link.is_over.load(Ordering::SeqCst)
        };
        *self.changed.wait_while(self.network(), is_held).expect("network")
    }

    fn forward_requests(&self, link: &Link) {
        let mut buffer = vec![0; 1 << 16];
        while let Some(length) = read(&mut &link.client, &mut buffer) {
            let network = self.await_forwarding(link);
            if link.is_lost.load(Ordering::SeqCst) {
                continue;
            }
            let mut request = link.request.lock().expect("request");
            *request += length;
            let allowed = match network {
                Network::CutMidRequest(limit) if *request > limit.max(LONG_REQUEST) => {
                    length.saturating_sub(*request - limit.max(LONG_REQUEST))
                }
                _ => length,
            };
            drop(request);
            let is_sent = (&link.server).write_all(&buffer[..allowed]).is_ok();
            if allowed < length {
                self.cut(link);
            }
            if !is_sent || allowed < length {
                break;
            }
        }
        link.end();
    }

    fn forward_answers(&self, link: &Link) {
        let mut buffer = vec![0; 1 << 16];
        while let Some(length) = read(&mut &link.server, &mut buffer) {
            let network = self.await_forwarding(link);
            if link.is_lost.load(Ordering::SeqCst) {
                continue;
            }
            let request = std::mem::take(&mut *link.request.lock().expect("request"));
            if network == Network::CutAfterRequest && request >= LONG_REQUEST {
                self.cut(link);
                break;
            }
            if (&link.client).write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        link.end();
    }
}

impl Link {
    /// Wakes both threads, which let the link go; the client learns of it then.
    fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
        let _ = self.client.shutdown(Shutdown::Read);
        let _ = self.server.shutdown(Shutdown::Both);
    }
}

fn reset_when_dropped(client: &TcpStream, network: Network) {
    if network == Network::Reset {
        let _ = SockRef::from(client).set_linger(Some(Duration::ZERO));
    }
}

/// How many bytes have come; `None` at the end.
fn read(source: &mut impl Read, buffer: &mut [u8]) -> Option<usize> {
    source.read(buffer).ok().filter(|&length| length > 0)
}

//! Where the sidecar listens: TLS, Unix sockets, those of systemd, and not where everybody could ask.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use tempfile::TempDir;

use super::access::KEY;
use crate::harness::{Authority, Identity, Sidecar, Subject, await_until};
use crate::{Case, World};

const LIMIT: Duration = Duration::from_secs(20);

const CASES: [Case; 5] = [
    ("clients_speak_tls_and_certificates_can_be_replaced", certificates),
    ("a_certificate_that_is_over_is_refused_by_clients", expired),
    ("programs_of_this_machine_ask_by_a_socket", unix_socket),
    ("systemd_may_open_the_socket", activation),
    ("nobody_is_let_in_from_elsewhere_by_mistake", open_listeners),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "listeners", &CASES)
}

fn folder() -> TempDir {
    TempDir::with_prefix("raceway-test-").expect("a folder")
}

/// Puts a certificate and its key where the sidecar looks for them.
pub(super) fn put(folder: &Path, identity: &Identity) {
    fs::write(folder.join("key.pem"), &identity.key).expect("a file");
    fs::write(folder.join("cert.pem"), &identity.certificate).expect("a file");
}

/// With these files, and a root that clients trust.
pub(super) fn start_with_tls(folder: &Path, authority: &Authority) -> Sidecar {
    fs::write(folder.join("ca.pem"), &authority.certificate).expect("a file");
    let mut command = Sidecar::command();
    command
        .env("RACEWAY_SERVER__TLS_CERT", folder.join("cert.pem"))
        .env("RACEWAY_SERVER__TLS_KEY", folder.join("key.pem"));
    Sidecar::start(command)
}

/// What curl makes of a path.
fn curl(folder: &Path, sidecar: &Sidecar, arguments: &[&str]) -> Output {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--cacert"]).arg(folder.join("ca.pem"));
    curl.args(arguments).arg(format!("{}/livez", sidecar.url())).output().expect("curl")
}

fn certificates(_: &World) {
    let (folder, first) = (folder(), Authority::new("first"));
    let folder = folder.path();
    put(folder, &first.issue(&Subject::server("localhost", &["127.0.0.1"])));
    let sidecar = start_with_tls(folder, &first);
    assert!(sidecar.url().starts_with("https://"), "{}", sidecar.url());
    for version in ["1.2", "1.3"] {
        let output = curl(folder, &sidecar, &["--tls-max", version]);
        assert!(output.status.success(), "{output:?}");
    }
    assert!(!curl(folder, &sidecar, &["--tls-max", "1.1"]).status.success());
    // Who does not say a word keeps nobody from it, nor does who speaks without TLS.
    let address = sidecar.url().trim_start_matches("https://").to_owned();
    let _silent = std::net::TcpStream::connect(&address).expect("a connection");
    let mut plain = std::net::TcpStream::connect(&address).expect("a connection");
    plain.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").expect("a connection");
    let mut answer = String::new();
    plain.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
    assert!(answer.contains("expected TLS"), "{answer}");
    // A key that is not the certificate's.
    let second = Authority::new("second");
    let replacement = second.issue(&Subject::server("localhost", &["127.0.0.1"]));
    fs::write(folder.join("cert.pem"), "no certificate").expect("a file");
    await_until("the wrong file is told", LIMIT, || {
        assert!(curl(folder, &sidecar, &[]).status.success());
        sidecar.log().contains("the one before is kept")
    });
    put(folder, &replacement);
    fs::write(folder.join("ca.pem"), &second.certificate).expect("a file");
    await_until("the new one is taken", LIMIT, || curl(folder, &sidecar, &[]).status.success());
}

fn expired(_: &World) {
    let (folder, authority) = (folder(), Authority::new("authority"));
    let subject = Subject { years: (2020, 2021), ..Subject::server("localhost", &["127.0.0.1"]) };
    put(folder.path(), &authority.issue(&subject));
    let sidecar = start_with_tls(folder.path(), &authority);
    sidecar.await_logged("is over");
    let output = curl(folder.path(), &sidecar, &[]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("expired"), "{error}");
}

/// The answer to `GET /status` with this key.
fn ask(socket: &Path, key: &str) -> String {
    let mut stream = UnixStream::connect(socket).expect("a connection");
    let head = format!("GET /status HTTP/1.0\r\nhost: x\r\nx-raceway-key: {key}\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("a connection");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

fn unix_socket(_: &World) {
    let folder = folder();
    let socket = folder.path().join("socket");
    // What a process has left that was killed.
    drop(UnixListener::bind(&socket).expect("a socket"));
    let command = || {
        let mut command = Sidecar::command();
        command.env("RACEWAY_SERVER__UNIX_SOCKET", &socket);
        command.env("RACEWAY_SERVER__AUTH_ENABLED", "true").env("RACEWAY_SERVER__API_KEYS", KEY);
        command
    };
    let mut sidecar = Sidecar::start(command());
    await_until("the socket is there", LIMIT, || UnixStream::connect(&socket).is_ok());
    let mode = fs::metadata(&socket).expect("a socket").permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    assert!(ask(&socket, KEY).starts_with("HTTP/1.0 200"), "{}", ask(&socket, KEY));
    assert!(ask(&socket, "wrong").starts_with("HTTP/1.0 401"));
    let second = Sidecar::run(command());
    let error = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(error.contains("a socket that nobody listens on"), "{error}");
    assert!(sidecar.terminate().success());
    assert!(!socket.exists());
}

fn activation(_: &World) {
    let folder = folder();
    let socket = folder.path().join("socket");
    let sidecar = Sidecar::command();
    let mut systemd = Command::new("systemd-socket-activate");
    systemd.arg("--listen").arg(&socket).arg(sidecar.get_program());
    systemd.current_dir(folder.path()).stderr(Stdio::null());
    let mut systemd = systemd.spawn().expect("systemd-socket-activate");
    await_until("the socket is there", LIMIT, || UnixStream::connect(&socket).is_ok());
    let answer = ask(&socket, "");
    // It has become the sidecar.
    crate::harness::send_signal("TERM", systemd.id());
    let status = systemd.wait().expect("wait");
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    assert!(status.success(), "{status}");
}

fn open_listeners(_: &World) {
    let command = |settings: &[(&str, &str)]| {
        let mut command = Sidecar::command();
        command.env("RACEWAY_SERVER__HOST", "0.0.0.0");
        for (name, value) in settings {
            command.env(format!("RACEWAY_SERVER__{name}"), value);
        }
        command
    };
    let output = Sidecar::run(command(&[]));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{error}");
    for way_out in ["auth_enabled = true with keys", "allow_unauthenticated = true"] {
        assert!(error.contains(way_out), "{error}");
    }
    drop(Sidecar::start(command(&[("ALLOW_UNAUTHENTICATED", "true")])));
    drop(Sidecar::start(command(&[("AUTH_ENABLED", "true"), ("API_KEYS", KEY)])));
}

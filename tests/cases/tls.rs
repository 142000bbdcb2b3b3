//! Who gets in by which certificates: as libpq has it, which psql is asked for every time.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use tempfile::TempDir;

use crate::harness::{
    Authority, Cluster, Identity, LikePsql, Site, Subject, await_until, event, set_mode,
};
use crate::{Case, World};

const CASES: [Case; 9] = [
    ("every_sslmode_trusts_whom_libpq_trusts", sslmodes),
    ("every_sslmode_needs_what_libpq_needs_of_a_plain_server", plain_server),
    ("certificates_are_accepted_and_refused_as_by_libpq", certificates),
    ("a_revoked_certificate_is_refused", revoked),
    ("certificates_made_as_postgres_documents_are_accepted", documented_certificates),
    ("the_roots_of_the_machine_are_trusted_for_its_names", system_roots),
    ("a_client_is_known_by_its_certificate", client_certificates),
    ("scram_is_bound_to_the_channel", channel_binding),
    ("a_query_that_is_given_up_is_stopped", stopped_query),
];

const NOON: &str = "2026-11-22T12:00:00Z";

/// Who may come in which way.
const HBA: &str = "local all all trust\n\
                   hostssl all encrypted all trust\n\
                   hostnossl all plain all trust\n\
                   hostssl all certified all cert\n\
                   host all scram all scram-sha-256\n\
                   host all hashed all md5\n\
                   host all postgres all trust\n";

const ROLES: &str = "CREATE ROLE encrypted LOGIN IN ROLE owner;
                     CREATE ROLE plain LOGIN IN ROLE owner;
                     CREATE ROLE certified LOGIN IN ROLE owner;
                     CREATE ROLE scram LOGIN PASSWORD 'secret' IN ROLE owner;
                     SET password_encryption = 'md5';
                     CREATE ROLE hashed LOGIN PASSWORD 'secret' IN ROLE owner";

const SSL_MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "tls", &CASES)
}

/// A server reached by TCP, and a client with the certificate of its authority.
pub(super) struct EncryptedServer {
    pub(super) cluster: Cluster,
    pub(super) client: LikePsql,
    pub(super) authority: Authority,
}

impl EncryptedServer {
    /// The usual one: for this host, by its authority.
    pub(super) fn new(host: &'static str) -> Self {
        let stage = EncryptedServer::without_certificate();
        stage.serve(&stage.authority.issue(&Subject::server("server", &[host])));
        stage
    }

    fn without_certificate() -> Self {
        let cluster = Cluster::start_on_tcp();
        LikePsql::prepare(&cluster);
        cluster.database("postgres").connect().batch_execute(ROLES).expect("roles");
        cluster.write("pg_hba.conf", HBA);
        let (client, authority) = (LikePsql::default(), Authority::new("authority"));
        client.write("authority.crt", &authority.certificate);
        client.write("other.crt", &Authority::new("other").certificate);
        cluster.write("clients.crt", &authority.certificate);
        EncryptedServer { cluster, client, authority }
    }

    /// From now on the server has this certificate.
    fn serve(&self, identity: &Identity) {
        self.cluster.write("server.crt", &identity.certificate);
        self.cluster.write("server.key", &identity.key);
        let settings = ["ssl = on", "ssl_ca_file = 'clients.crt'"];
        let mut client = self.cluster.database("postgres").connect();
        for setting in settings {
            client.batch_execute(&format!("ALTER SYSTEM SET {setting}")).expect("ALTER SYSTEM");
        }
        self.cluster.reload();
    }

    /// A way to the server.
    fn connection(&self, user: &str, host: &str, sslmode: &str) -> String {
        let port = self.cluster.port();
        format!(
            "host={host} hostaddr=127.0.0.1 port={port} user={user} dbname=postgres \
             sslmode={sslmode}"
        )
    }

    fn path(&self, file: &str) -> String {
        self.client.path(file).display().to_string()
    }

    /// With the roots of this file.
    fn trusting(&self, file: &str, user: &str, host: &str, sslmode: &str) -> String {
        format!("{} sslrootcert={}", self.connection(user, host, sslmode), self.path(file))
    }
}

fn sslmodes(_: &World) {
    let stage = EncryptedServer::new("db.test");
    for sslmode in SSL_MODES {
        for roots in ["authority.crt", "other.crt", "missing.crt"] {
            for host in ["db.test", "other.test"] {
                let is_trusted = match sslmode {
                    "disable" => false,
                    "verify-ca" => roots == "authority.crt",
                    "verify-full" => roots == "authority.crt" && host == "db.test",
                    _ => roots != "other.crt",
                };
                let is_strict = sslmode == "require" || sslmode.starts_with("verify");
                for (user, expected) in [
                    ("encrypted", is_trusted),
                    ("plain", !is_strict),
                    ("postgres", is_trusted || !is_strict),
                ] {
                    let connection = stage.trusting(roots, user, host, sslmode);
                    stage.client.assert(&connection, &[], expected);
                }
            }
        }
    }
    // Roots of the user, where libpq looks for them, and settings from the environment.
    let connection = stage.connection("encrypted", "db.test", "verify-full");
    stage.client.assert(&connection, &[], false);
    stage.client.assert(&connection, &[("PGSSLROOTCERT", &stage.path("authority.crt"))], true);
    stage.client.write(".postgresql/root.crt", &stage.authority.certificate);
    stage.client.assert(&connection, &[], true);
    let unsaid = connection.replace(" sslmode=verify-full", "");
    stage.client.assert(&unsaid, &[("PGSSLMODE", "disable")], false);
    stage.client.assert(&unsaid, &[("PGSSLMODE", "verify-full")], true);
    stage.client.assert(&format!("{connection} ssl_min_protocol_version=TLSv1.3"), &[], true);
    stage.client.assert(&format!("{connection} ssl_max_protocol_version=TLSv1.2"), &[], true);
    stage.client.assert(&format!("{connection} ssl_max_protocol_version=TLSv1"), &[], false);
    stage.client.assert(&connection.replace("verify-full", "verify-all"), &[], false);
}

fn plain_server(_: &World) {
    let stage = EncryptedServer::without_certificate();
    stage.cluster.reload();
    for sslmode in SSL_MODES {
        let is_accepted = ["disable", "allow", "prefer"].contains(&sslmode);
        let connection = stage.trusting("authority.crt", "postgres", "db.test", sslmode);
        stage.client.assert(&connection, &[], is_accepted);
    }
    // A socket needs no protection, whatever is asked for.
    let socket = stage.cluster.database("postgres");
    stage.client.assert(&format!("{socket} sslmode=verify-full"), &[], true);
}

/// Who trusts `authority.crt` and looks for this host, with `verify-ca` and with `verify-full`.
fn certificates(_: &World) {
    let stage = EncryptedServer::without_certificate();
    let server = Subject::server;
    let during = |years| Subject { years, ..server("db.test", &["db.test"]) };
    let intermediate = stage.authority.intermediate("intermediate");
    let signed = |authority: &Authority, subject: &Subject| authority.issue(subject);
    let chain = |subject: &Subject| {
        let Identity { certificate, key } = intermediate.issue(subject);
        Identity { certificate: certificate + &intermediate.certificate, key }
    };
    let own = |subject: &Subject| signed(&stage.authority, subject);
    for (identity, host, by_chain, by_name) in [
        (own(&during((2020, 2021))), "db.test", false, false),
        (own(&during((2080, 2090))), "db.test", false, false),
        (own(&server("db.test", &[])), "db.test", true, true),
        (own(&server("db.test", &[])), "other.test", true, false),
        (own(&server("*.test", &[])), "db.test", true, true),
        (own(&server("*.test", &[])), "a.db.test", true, false),
        (own(&server("db.test", &["other.test"])), "db.test", true, false),
        (own(&server("db.test", &["127.0.0.1"])), "db.test", true, true),
        (own(&server("x", &["*.test", "other"])), "DB.test", true, true),
        (own(&server("x", &["127.0.0.1"])), "127.0.0.1", true, true),
        (own(&server("x", &["127.0.0.2"])), "127.0.0.1", true, false),
        (own(&server("127.0.0.1", &["db.test"])), "127.0.0.1", true, true),
        (own(&Subject::client("db.test")), "db.test", false, false),
        (chain(&server("x", &["db.test"])), "db.test", true, true),
        (intermediate.issue(&server("x", &["db.test"])), "db.test", false, false),
        (signed(&Authority::new("authority"), &server("x", &["db.test"])), "db.test", false, false),
        (stage.authority.identity(), "authority", true, true),
        (stage.authority.identity(), "db.test", true, false),
        (Authority::new("db.test").identity(), "db.test", false, false),
    ] {
        stage.serve(&identity);
        for (sslmode, expected) in [("verify-ca", by_chain), ("verify-full", by_name)] {
            let connection = stage.trusting("authority.crt", "encrypted", host, sslmode);
            stage.client.assert(&connection, &[], expected);
        }
        let unverified = stage.connection("encrypted", host, "require");
        stage.client.assert(&unverified, &[], true);
    }
}

fn revoked(_: &World) {
    let stage = EncryptedServer::new("db.test");
    let connection = stage.trusting("authority.crt", "encrypted", "db.test", "verify-full");
    for (serial, is_accepted) in [(2, true), (1, false)] {
        let list = stage.client.write("list.crl", &stage.authority.revoke(serial));
        let connection = format!("{connection} sslcrl={}", list.display());
        stage.client.assert(&connection, &[], is_accepted);
    }
}

/// By the commands of <https://www.postgresql.org/docs/15/ssl-tcp.html#SSL-CERTIFICATE-CREATION>.
fn documented_certificates(_: &World) {
    const COMMANDS: &str = r#"
        openssl req -new -x509 -days 365 -nodes -text -out self.crt -keyout self.key \
            -subj "/CN=db.test"
        openssl req -new -nodes -text -out root.csr -keyout root.key -subj "/CN=root.test"
        openssl x509 -req -in root.csr -text -days 3650 -extfile /etc/ssl/openssl.cnf \
            -extensions v3_ca -signkey root.key -out root.crt
        openssl req -new -nodes -text -out server.csr -keyout server.key -subj "/CN=db.test"
        openssl x509 -req -in server.csr -text -days 365 -CA root.crt -CAkey root.key \
            -CAcreateserial -out server.crt"#;
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    let mut command = Command::new("bash");
    let made = command.args(["-euc", COMMANDS]).current_dir(folder.path()).output().expect("bash");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let read = |file: &str| std::fs::read_to_string(folder.path().join(file)).expect("a file");
    let stage = EncryptedServer::without_certificate();
    for (name, roots) in [("self", "self.crt"), ("server", "root.crt")] {
        let file = |kind| read(&format!("{name}.{kind}"));
        stage.serve(&Identity { certificate: file("crt"), key: file("key") });
        stage.client.write("documented.crt", &read(roots));
        for (sslmode, roots, host, expected) in [
            ("require", "missing.crt", "db.test", true),
            ("verify-ca", "documented.crt", "other.test", true),
            ("verify-full", "documented.crt", "db.test", true),
            ("verify-full", "documented.crt", "other.test", false),
            ("verify-ca", "other.crt", "db.test", false),
        ] {
            for version in ["TLSv1.2", "TLSv1.3"] {
                let connection = stage.trusting(roots, "encrypted", host, sslmode);
                let connection = format!("{connection} ssl_max_protocol_version={version}");
                stage.client.assert(&connection, &[], expected);
            }
        }
    }
}

/// libpq has them since PostgreSQL 16: psql 15 can't be asked.
fn system_roots(_: &World) {
    let stage = EncryptedServer::new("db.test");
    let roots = stage.path("authority.crt");
    let connection =
        |host, sslmode| stage.connection("encrypted", host, sslmode) + " sslrootcert=system";
    for (connection, file, expected) in [
        (connection("db.test", "verify-full"), &roots, true),
        (connection("db.test", "verify-full").replace(" sslmode=verify-full", ""), &roots, true),
        (connection("other.test", "verify-full"), &roots, false),
        (connection("db.test", "verify-full"), &stage.path("other.crt"), false),
        (connection("db.test", "verify-ca"), &roots, false),
        (connection("db.test", "require"), &roots, false),
    ] {
        let (is_accepted, message) = stage.client.sidecar(&connection, &[("SSL_CERT_FILE", file)]);
        assert_eq!(is_accepted, expected, "{connection}: {message}");
    }
}

fn client_certificates(_: &World) {
    let stage = EncryptedServer::new("db.test");
    let write = |name: &str, identity: &Identity| {
        stage.client.write(&format!("{name}.crt"), &identity.certificate);
        stage.client.write(&format!("{name}.key"), &identity.key);
    };
    write("right", &stage.authority.issue(&Subject::client("certified")));
    write("wrong", &stage.authority.issue(&Subject::client("somebody")));
    write("foreign", &Authority::new("other").issue(&Subject::client("certified")));
    write("open", &stage.authority.issue(&Subject::client("certified")));
    set_mode(&stage.client.path("open.key"), 0o644);
    let plain = stage.connection("certified", "db.test", "require");
    let with = |certificate: &str, key: &str| {
        format!("{plain} sslcert={} sslkey={}", stage.path(certificate), stage.path(key))
    };
    for (connection, expected) in [
        (with("right.crt", "right.key"), true),
        (with("wrong.crt", "wrong.key"), false),
        (with("foreign.crt", "foreign.key"), false),
        (with("open.crt", "open.key"), false),
        (with("right.crt", "wrong.key"), false),
        (with("right.crt", "missing.key"), false),
        (with("missing.crt", "right.key"), false),
        (plain.clone(), false),
        // One that nobody asks for does no harm.
        (with("right.crt", "right.key").replace("user=certified", "user=encrypted"), true),
    ] {
        stage.client.assert(&connection, &[], expected);
    }
    let files = [("PGSSLCERT", "right.crt"), ("PGSSLKEY", "right.key")];
    let files = files.map(|(name, file)| (name, stage.path(file)));
    let files = files.each_ref().map(|(name, path)| (*name, path.as_str()));
    stage.client.assert(&plain, &files, true);
    let right = stage.authority.issue(&Subject::client("certified"));
    stage.client.write(".postgresql/postgresql.crt", &right.certificate);
    stage.client.write(".postgresql/postgresql.key", &right.key);
    stage.client.assert(&plain, &[], true);
}

fn channel_binding(_: &World) {
    let stage = EncryptedServer::new("db.test");
    let connection =
        |user: &str, sslmode| stage.connection(user, "db.test", sslmode) + " password=secret";
    for (connection, binding, expected) in [
        (connection("scram", "require"), "require", true),
        (connection("scram", "require"), "prefer", true),
        (connection("scram", "require"), "disable", true),
        (connection("scram", "require"), "always", false),
        (connection("scram", "disable"), "prefer", true),
        (connection("scram", "disable"), "require", false),
        (connection("scram", "require").replace("secret", "guess"), "prefer", false),
        (connection("hashed", "require"), "prefer", true),
        (connection("hashed", "require"), "require", false),
        (connection("encrypted", "require"), "require", false),
    ] {
        let binding = format!("{connection} channel_binding={binding}");
        stage.client.assert(&binding, &[], expected);
    }
    let connection = connection("scram", "require");
    stage.client.assert(&connection, &[("PGCHANNELBINDING", "require")], true);
}

/// Where only TLS is let in, the wish to stop is, too.
fn stopped_query(_: &World) {
    const STOPPED: &str = "canceling statement due to user request";
    const LIMIT: Duration = Duration::from_mins(1);
    let server = EncryptedServer::new("db.test");
    let mut holder = server.cluster.database("postgres").connect();
    for (user, sslmode) in [("encrypted", "verify-full"), ("plain", "disable")] {
        let before = server.cluster.log().matches(STOPPED).count();
        let connection = server.connection(user, "db.test", sslmode);
        let roots = server.client.write("authority.crt", &server.authority.certificate);
        let connection = format!("{connection} sslrootcert={}", roots.display());
        let site = Site::on(&connection).with("STORAGE__POSTGRES__DEADLINE_SECONDS", "1");
        let sidecar = site.start();
        sidecar.store(&[event(user, "first", NOON)]);
        let lock = format!("BEGIN; SELECT FROM traces WHERE trace_id = '{user}' FOR UPDATE");
        holder.batch_execute(&lock).expect("lock");
        let data = sidecar.post(&event(user, "second", NOON).to_string()).data();
        assert_eq!(data["stored_in"], "spool", "{data}");
        await_until("Postgres is told to stop", LIMIT, || {
            server.cluster.log().matches(STOPPED).count() > before
        });
        holder.batch_execute("COMMIT").expect("COMMIT");
        sidecar.await_drained();
    }
}

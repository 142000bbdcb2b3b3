//! A pgbouncer in transaction mode.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use postgres::{Client, NoTls};
use tempfile::TempDir;

use crate::account::{self, server_account};
use crate::port::free_port;
use crate::{Cluster, Database, await_until};

const START_LIMIT: Duration = Duration::from_mins(1);

/// A running pooler in front of all databases of a cluster; ended when dropped.
pub struct Pooler {
    folder: TempDir,
    port: u16,
    process: Child,
}

impl Pooler {
    /// With as few connections to each database as a client can share: two, which take turns, so
    /// that whoever leaves something in a session does not find it there. For the roles that there are.
    pub fn start(cluster: &Cluster) -> Self {
        let (folder, port) = (account::server_folder(), free_port());
        let database = cluster.database("postgres");
        let configuration = format!(
            "[databases]\n\
             * = host={} port={}\n\
             [pgbouncer]\n\
             listen_addr = 127.0.0.1\n\
             listen_port = {port}\n\
             unix_socket_dir =\n\
             auth_type = trust\n\
             auth_file = users.txt\n\
             pool_mode = transaction\n\
             default_pool_size = 2\n\
             server_round_robin = 1\n\
             max_client_conn = 500\n",
            database.socket_folder().display(),
            cluster.port()
        );
        account::write_private(&folder.path().join("pgbouncer.ini"), &configuration);
        account::write_private(&folder.path().join("users.txt"), &users(&database));
        let process = spawn(folder.path());
        let pooler = Pooler { folder, port, process };
        pooler.await_connections(&database);
        pooler
    }

    fn await_connections(&self, database: &Database) {
        let connection = self.connection(database);
        await_until("pgbouncer takes connections", START_LIMIT, || {
            Client::connect(&connection, NoTls).is_ok()
        });
    }

    /// A connection string for this database.
    pub fn connection(&self, database: &Database) -> String {
        database.url(self.port)
    }

    /// Ends it at once, with the connections through it.
    pub fn kill(&mut self) {
        self.process.kill().expect("kill");
        self.process.wait().expect("wait");
    }

    /// Starts it again where it was.
    pub fn restart(&mut self, cluster: &Cluster) {
        self.process = spawn(self.folder.path());
        self.await_connections(&cluster.database("postgres"));
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Who may log in, without passwords.
fn users(database: &Database) -> String {
    let users = "SELECT string_agg(format('\"%s\" \"\"', rolname), E'\\n')
                 FROM pg_roles WHERE rolcanlogin";
    database.connect().query_one(users, &[]).expect("pg_roles").get(0)
}

fn spawn(folder: &Path) -> Child {
    let mut command = Command::new("/usr/sbin/pgbouncer");
    command.arg("pgbouncer.ini").current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some((user, group)) = server_account() {
        command.uid(user).gid(group);
    }
    command.spawn().expect("pgbouncer")
}

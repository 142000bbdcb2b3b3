//! A project as Supabase gives it away: whoever owns it is no superuser, strangers come by a REST
//! API as the roles `anon` and `authenticated`, and get what is made in `public`.

use std::process::Command;

use postgres::{Client, NoTls};

use crate::{Cluster, Database, Flavour, Pooler, Sidecar};

/// The role that a project's connection strings name, there called `postgres`.
const OWNER: &str = "project_owner";

const ROLES: &str = "
    CREATE ROLE anon;
    CREATE ROLE authenticated;
    CREATE ROLE service_role BYPASSRLS;
    CREATE ROLE project_owner LOGIN CREATEDB CREATEROLE BYPASSRLS";

const GRANTS: &str = "
    GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
    ALTER DEFAULT PRIVILEGES FOR ROLE project_owner IN SCHEMA public
        GRANT ALL ON TABLES TO anon, authenticated, service_role;
    ALTER DEFAULT PRIVILEGES FOR ROLE project_owner IN SCHEMA public
        GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;
    -- Whoever tests what the sidecar has stored; its own names are qualified.
    ALTER ROLE postgres SET search_path = raceway, public";

const CRON: &str = "
    CREATE SCHEMA extensions;
    CREATE EXTENSION pg_cron SCHEMA extensions;
    GRANT USAGE ON SCHEMA cron TO project_owner";

/// A cluster with projects in it, behind their pooler in transaction mode.
pub struct Supabase {
    cluster: Cluster,
    pooler: Pooler,
}

impl Supabase {
    /// Starts it without projects.
    pub fn start() -> Self {
        let cluster = Cluster::start("cron.database_name = 'home'");
        execute(&cluster.database("postgres"), ROLES);
        execute(&cluster.database("template1"), GRANTS);
        let pooler = Pooler::start(&cluster);
        Supabase { cluster, pooler }
    }

    /// A project without pg_cron.
    pub fn project(&self) -> Database {
        self.owned(self.cluster.create_for(Flavour::Extension))
    }

    /// The one with pg_cron, of which a cluster can have one.
    pub fn project_with_cron(&self) -> Database {
        let database = self.owned(self.cluster.create_named("home", Flavour::Extension));
        execute(&database, CRON);
        database
    }

    fn owned(&self, database: Database) -> Database {
        let sql = format!("ALTER DATABASE {} OWNER TO {OWNER}", database.name);
        execute(&self.cluster.database("postgres"), &sql);
        database
    }

    /// The sidecar on a project, as its owner through the pooler.
    pub fn sidecar_command(&self, project: &Database) -> Command {
        let mut command = Sidecar::command_on(&self.pooler.connection(&project.for_role(OWNER)));
        command.env("RACEWAY_STORAGE__BACKEND", "supabase");
        command
    }

    /// A session on a project as this role.
    pub fn connect_as(project: &Database, role: &str) -> Client {
        let mut client = Client::connect(&project.to_string(), NoTls).expect("connect");
        client.batch_execute(&format!("SET ROLE {role}")).expect("SET ROLE");
        client
    }
}

fn execute(database: &Database, sql: &str) {
    database.connect().batch_execute(sql).expect(sql);
}

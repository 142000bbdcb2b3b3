//! A sidecar and its database, of which the doctor has nothing to say until a case makes it ill.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Cluster, Database, Flavour, Sidecar, Site, await_until};
use crate::install;

/// Durable, as servers of tests otherwise are not; autovacuum stays out of what a case does.
const SETTINGS: &str = "shared_preload_libraries = 'pg_cron,pg_stat_statements'\n\
                        cron.database_name = 'patient'\n\
                        fsync = on\n\
                        wal_buffers = '16MB'\n\
                        autovacuum_naptime = '1h'";

/// Until a setting or a figure of the server's has got round.
const LIMIT: Duration = Duration::from_secs(30);

/// What `raceway-sidecar doctor` says.
pub(super) struct Report {
    pub(super) exit_status: Option<i32>,
    json: Value,
}

impl Report {
    pub(super) fn of(mut command: Command) -> Self {
        let output = Sidecar::run({
            command.args(["doctor", "--json"]);
            command
        });
        let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            let printed = [&output.stdout[..], &output.stderr].concat();
            panic!("{error}: {}", String::from_utf8_lossy(&printed))
        });
        Report { exit_status: output.status.code(), json }
    }

    fn checks(&self) -> &[Value] {
        self.json["checks"].as_array().expect("checks")
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.checks().iter().map(|check| check["name"].as_str().expect("a name")).collect()
    }

    /// A field of a check; empty where it is null.
    pub(super) fn get(&self, name: &str, field: &str) -> &str {
        let check = self.checks().iter().find(|check| check["name"] == name);
        let check = check.unwrap_or_else(|| panic!("{name} in {}", self.json));
        check[field].as_str().unwrap_or_default()
    }

    /// The only checks that are not ok have these statuses, and the exit status is of the worst.
    pub(super) fn assert(&self, expected: &[(&str, &str)]) {
        let ill: Vec<(&str, &str)> = self
            .checks()
            .iter()
            .map(|check| (check["name"].as_str(), check["status"].as_str()))
            .map(|(name, status)| (name.expect("a name"), status.expect("a status")))
            .filter(|(_, status)| *status != "ok")
            .collect();
        assert_eq!(ill, expected, "{:#}", self.json);
        let statuses = ["ok", "warning", "problem"];
        let worst = |status: &str| statuses.iter().position(|&known| known == status);
        let worst = expected.iter().map(|(_, status)| worst(status)).max().unwrap_or(Some(0));
        let worst = worst.expect("a status");
        assert_eq!(self.json["status"], statuses[worst]);
        assert_eq!(self.exit_status, i32::try_from(worst).ok());
    }
}

pub(super) struct Patient {
    pub(super) cluster: Cluster,
    /// For the role of the sidecar.
    pub(super) database: Database,
}

impl Patient {
    /// With the extension, by a role that may do what the sidecar does and nothing else: the one that
    /// the doctor recommends to a superuser.
    pub(super) fn with_extension() -> Self {
        let mut patient = Patient::without_schema(Flavour::Extension);
        install(&patient.database, Flavour::Extension);
        let report = patient.examine();
        report.assert(&[("role", "warning")]);
        patient.run_sql(report.get("role", "remedy"));
        patient.database = patient.database.for_role("raceway_sidecar");
        patient.run_sql("GRANT pg_monitor TO raceway_sidecar");
        patient.assert_healthy();
        patient
    }

    /// With plain SQL, by its owner.
    pub(super) fn with_plain_sql() -> Self {
        let patient = Patient::without_schema(Flavour::PlainSql);
        patient.run_sql("GRANT pg_monitor TO owner");
        install(&patient.database, Flavour::PlainSql);
        patient.assert_healthy();
        patient
    }

    fn without_schema(flavour: Flavour) -> Self {
        let cluster = Cluster::start(SETTINGS);
        let database = cluster.create_named("patient", flavour);
        let patient = Patient { cluster, database };
        patient.run_sql("CREATE EXTENSION pg_stat_statements");
        patient
    }

    /// The sidecar, which sees to retention itself.
    pub(super) fn site(&self) -> Site {
        Site::on(&self.database.to_string()).with("RETENTION__KEEP", "30 days")
    }

    pub(super) fn examine(&self) -> Report {
        Report::of(self.site().command())
    }

    pub(super) fn assert_healthy(&self) {
        self.examine().assert(&[]);
    }

    /// Waits until this line has turned, alone; returns what mends it.
    pub(super) fn await_only(&self, name: &str, status: &str) -> String {
        let is_turned = || self.examine().get(name, "status") == status;
        await_until(&format!("{name} is a {status}"), LIMIT, is_turned);
        let report = self.examine();
        report.assert(&[(name, status)]);
        report.get(name, "remedy").to_owned()
    }

    pub(super) fn await_healthy(&self, name: &str) {
        let is_well = || self.examine().exit_status == Some(0);
        await_until(&format!("{name} is mended"), LIMIT, is_well);
        self.assert_healthy();
    }

    /// Makes it ill by SQL of a superuser, sees that line turn, and mends it by the remedy.
    pub(super) fn assert_mended(&self, name: &str, status: &str, ill: &str) {
        self.run_sql(ill);
        let remedy = self.await_only(name, status);
        self.mend(&remedy);
        self.await_healthy(name);
    }

    /// Does what is recommended: SQL, or a command of the sidecar.
    pub(super) fn mend(&self, remedy: &str) {
        if remedy.starts_with("raceway-sidecar ") {
            self.run_sidecar(remedy);
        } else {
            self.run_sql(remedy);
        }
    }

    /// Runs SQL as somebody who pastes it into psql, and is a superuser.
    pub(super) fn run_sql(&self, sql: &str) {
        run_sql(&self.database.for_superuser(), sql);
    }

    fn run_sidecar(&self, command: &str) {
        let site = self.site();
        let mut program = site.command();
        program.args(command.split(' ').skip(1));
        let output = Sidecar::run(program);
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Settings that are not read anew count after this.
    pub(super) fn restart_server(&mut self) {
        self.cluster.stop();
        self.cluster.restart();
    }
}

/// The same for another role.
pub(super) fn run_sql(database: &Database, sql: &str) {
    let mut psql = database.program("psql");
    psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]);
    psql.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut psql = psql.spawn().expect("psql");
    let written = psql.stdin.take().expect("standard input").write_all(sql.as_bytes());
    let output = psql.wait_with_output().expect("psql");
    written.expect(sql);
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
}

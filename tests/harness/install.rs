//! The API in a database, put there as its users do: by the sidecar.

use crate::{Cluster, Database, Flavour, Release, Sidecar};

/// Runs `raceway-sidecar migrate`; it must install this flavour.
pub fn install(database: &Database, flavour: Flavour) {
    let mut command = Sidecar::command_on(&database.to_string());
    command.arg("migrate").args((flavour == Flavour::PlainSql).then_some("--plain-sql"));
    let output = Sidecar::run(command);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let installed = database.connect().query_one("SELECT raceway_flavour()", &[]).expect("flavour");
    assert_eq!(installed.get::<_, &str>(0), flavour.name());
}

/// Makes the database of each flavour that [`Cluster::create_with`] copies. Where `TEST_UPGRADED_FROM`
/// names a release, it is that one, brought up to this version.
pub fn create_templates(cluster: &Cluster, flavours: &[Flavour]) {
    let older = std::env::var("TEST_UPGRADED_FROM").ok().map(|version| Release::of(&version));
    for &flavour in flavours {
        let template = cluster.create_named(flavour.name(), flavour);
        if let Some(older) = &older {
            older.install(&template, flavour);
        }
        install(&template, flavour);
    }
}

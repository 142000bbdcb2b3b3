//! pg_dump and restore, twice over.

use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use crate::World;
use crate::harness::{Database, Flavour, assert_goes_on, contents, fill};
use libtest_mimic::Trial;

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let of_flavour = |&flavour: &Flavour| {
        let name = format!("dump::{}::a_restored_database_goes_on", flavour.name());
        world.trial(&name, move |world| a_restored_database_goes_on(world, flavour))
    };
    world.flavours().iter().map(of_flavour).collect()
}

fn a_restored_database_goes_on(world: &World, flavour: Flavour) {
    let original = world.cluster().create_with(flavour);
    fill(&mut original.connect());
    let expected = contents(&mut original.connect());
    let mut source = original;
    for _ in 0..2 {
        let copy = world.cluster().create_for(flavour);
        restore(&source, &copy);
        assert_eq!(contents(&mut copy.connect()), expected);
        copy.assert_traces_are_true();
        source = copy;
    }
    assert_goes_on(&source);
}

/// Everything that pg_dump writes of a database goes to another, which is empty.
pub(super) fn restore(from: &Database, to: &Database) {
    let dump = succeed(from.program("pg_dump").stdout(Stdio::piped()));
    let mut psql = to.program("psql");
    psql.args(["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--file=-"]);
    let mut child = psql.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("psql");
    std::io::Write::write_all(&mut child.stdin.take().expect("stdin"), &dump.stdout).expect("psql");
    let status = child.wait().expect("psql");
    assert!(status.success(), "psql: {status}");
}

fn succeed(command: &mut Command) -> Output {
    let output = command.output().expect("a program of Postgres");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

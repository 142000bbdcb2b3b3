//! From plain SQL to the extension and back: what comes out is what a fresh install has, and no row
//! has moved.

use std::collections::BTreeSet;
use std::sync::Arc;

use libtest_mimic::Trial;

use super::dump::restore;
use super::migrations::{execute, migrate, text};
use super::upgrades::{assert_granted, assert_is_fresh, grant_to};
use crate::harness::{
    Catalog, Database, Driver, Flavour, Load, Release, Sidecar, Site, Unacknowledged,
    assert_goes_on, contents, event, fill,
};
use crate::{Case, World, install};

const VERSION: &str = env!("CARGO_PKG_VERSION");

const NOON: &str = "2026-11-22T12:00:00Z";

const CASES: [Case; 10] = [
    ("there_and_back", there_and_back),
    ("there_and_back_from_a_release", older_releases),
    ("there_and_back_in_another_schema", another_schema),
    ("clients_notice_nothing", under_load),
    ("readers_and_a_move_let_each_other_pass", readers),
    ("what_was_granted_stays_granted", grants),
    ("what_is_not_ours_stays_as_it_is", things_of_others),
    ("what_somebody_has_set_aside_is_not_adopted", set_aside_by_others),
    ("only_a_superuser_moves", ordinary_role),
    ("a_server_without_the_extension_is_named", no_extension),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "moves", &CASES)
}

/// Makes the database one of this flavour, by what is documented.
fn move_to(database: &Database, flavour: Flavour) {
    let (option, expected) = match flavour {
        Flavour::Extension => {
            ("--extension", format!("plain SQL is the extension raceway {VERSION} now\n"))
        }
        Flavour::PlainSql => {
            ("--plain-sql", format!("the extension is plain SQL {VERSION} in schema public now\n"))
        }
    };
    assert_eq!(migrate(database, &[option]).expect("migrate"), expected);
    assert_eq!(text(database, "SELECT raceway_flavour()"), flavour.name());
}

fn other(flavour: Flavour) -> Flavour {
    match flavour {
        Flavour::Extension => Flavour::PlainSql,
        Flavour::PlainSql => Flavour::Extension,
    }
}

/// The files that hold the rows and their indexes: those of a table that is copied are new ones.
fn files(database: &Database) -> BTreeSet<String> {
    let files = text(
        database,
        "SELECT string_agg(relname || ' ' || relfilenode, E'\n') FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relfilenode <> 0
           AND relname !~ '^(raceway_migrations|frame_columns|raceway_counted_variables)'",
    );
    files.lines().map(str::to_owned).collect()
}

fn there_and_back(world: &World) {
    for flavour in Flavour::ALL {
        let database = of_superuser(world);
        install(&database, flavour);
        assert_there_and_back(world, &database, flavour);
    }
}

fn older_releases(world: &World) {
    for release in Release::all() {
        for flavour in Flavour::ALL {
            let database = of_superuser(world);
            release.install(&database, flavour);
            assert_there_and_back(world, &database, flavour);
        }
    }
}

/// An empty database in which everything will belong to who moves it.
fn of_superuser(world: &World) -> Database {
    world.cluster().create_for(Flavour::Extension)
}

fn assert_there_and_back(world: &World, database: &Database, flavour: Flavour) {
    fill(&mut database.connect());
    for flavour in [other(flavour), flavour] {
        let (rows, files_before) = (contents(&mut database.connect()), files(database));
        move_to(database, flavour);
        assert_eq!(contents(&mut database.connect()), rows);
        // What an older release did not have is made on the way.
        let files = files(database);
        assert!(files.is_superset(&files_before), "{files:?}, {files_before:?}");
        database.assert_traces_are_true();
        assert_is_fresh(database, &of_superuser(world), flavour);
        // A copy, as the database itself goes back.
        assert_goes_on(&world.cluster().copy(database));
    }
}

fn another_schema(world: &World) {
    let database = of_superuser(world);
    let aside = format!("ALTER DATABASE {} SET search_path = \"Race way\"", database.name);
    execute(&database, &format!("CREATE SCHEMA \"Race way\"; {aside}"));
    install(&database, Flavour::PlainSql);
    let sidecar = Sidecar::postgres(&database);
    sidecar.store(&[event("t", "e", NOON), event("t", "f", "2001-01-01T00:00:00Z")]);
    for (option, flavour) in [("--extension", "extension"), ("--plain-sql", "sql")] {
        migrate(&database, &[option]).expect("migrate");
        assert_eq!(text(&database, "SELECT raceway_flavour()"), flavour);
        sidecar.store(&[event("t", flavour, NOON)]);
        assert_eq!(text(&database, "SELECT count(*)::text FROM traces"), "1");
    }
    assert_eq!(sidecar.events("t").len(), 4);
}

/// Not even those that are in the middle of a request.
fn under_load(world: &World) {
    let database = world.cluster().create_with(Flavour::PlainSql).for_superuser();
    let site = Site::on(&database.to_string());
    let sidecar = site.start();
    let driver = Driver::start(Load {
        urls: vec![site.url()],
        clients: 4,
        batch_size: 20,
        events_per_second: None,
        unacknowledged: Unacknowledged::SendAgain,
        repeat_every: Some(5),
        beside: Vec::new(),
    });
    for _ in 0..3 {
        for flavour in [Flavour::Extension, Flavour::PlainSql] {
            driver.await_acknowledged(20);
            move_to(&database, flavour);
        }
    }
    driver.await_acknowledged(20);
    let ledger = driver.stop();
    sidecar.await_drained();
    assert_eq!(ledger.refusals().count(), 0);
    ledger.assert_kept(&database);
}

/// Readers lock events before frames, ingest the other way round.
fn readers(world: &World) {
    for flavour in Flavour::ALL {
        let database = of_superuser(world);
        install(&database, flavour);
        let mut session = database.connect();
        let mut reader = session.transaction().expect("BEGIN");
        reader.batch_execute("LOCK TABLE stored_events IN ACCESS SHARE MODE").expect("events");
        std::thread::scope(|scope| {
            scope.spawn(|| move_to(&database, other(flavour)));
            database.await_a_waiting_session();
            reader.batch_execute("LOCK TABLE frames IN ACCESS SHARE MODE").expect("frames");
            reader.commit().expect("COMMIT");
        });
    }
}

/// Also to the owner of plain SQL, who does not own what the extension has.
fn grants(world: &World) {
    let owned = world.cluster().create_with(Flavour::PlainSql);
    let database = owned.for_superuser();
    let sender = database.for_new_role("sender").user;
    grant_to(&owned, &sender);
    fill(&mut owned.connect());
    let sidecar = Sidecar::postgres(&owned);
    move_to(&database, Flavour::Extension);
    let copy = world.cluster().create_for(Flavour::Extension);
    restore(&database, &copy);
    for database in [&database, &copy] {
        assert_granted(database, &sender);
        // Triggers would run with the rights of the functions, which are a superuser's now.
        let allowed = "SELECT concat_ws(' ', has_table_privilege($1, 'traces', 'SELECT, DELETE'),
                                        has_table_privilege($1, 'traces', 'TRIGGER'))";
        let row = database.connect().query_one(allowed, &[&owned.user]).expect("privileges");
        assert_eq!(row.get::<_, &str>(0), "t f");
    }
    assert_works(&sidecar, Flavour::Extension);
    move_to(&database, Flavour::PlainSql);
    assert_granted(&database, &sender);
    assert_works(&sidecar, Flavour::PlainSql);
    text(&owned, "SELECT raceway_retention('1 day')::text");
    owned.assert_traces_are_true();
}

/// It can do all that it does for clients.
fn assert_works(sidecar: &Sidecar, flavour: Flavour) {
    let (id, rejected) = (flavour.name(), format!("not {}", flavour.name()));
    sidecar.store(&[event(id, id, NOON)]);
    assert_eq!(sidecar.events(id).len(), 1);
    sidecar.post(&event(id, &rejected, "yesterday").to_string()).data();
    assert!(!sidecar.log().contains("WARN"), "{}", sidecar.log());
}

fn things_of_others(world: &World) {
    let database = world.cluster().create_with(Flavour::PlainSql).for_superuser();
    execute(
        &database,
        "CREATE TABLE raceway_notes (note text);
         INSERT INTO raceway_notes VALUES ('mine');
         CREATE FUNCTION raceway_mine() RETURNS bigint LANGUAGE sql
             AS 'SELECT count(*) FROM events';
         CREATE VIEW my_events AS SELECT event_id FROM events;
         CREATE INDEX mine ON events_default (frame_id)",
    );
    Sidecar::postgres(&database).store(&[event("t", "e", NOON)]);
    for flavour in [Flavour::Extension, Flavour::PlainSql] {
        move_to(&database, flavour);
        let mine = "SELECT concat_ws(' ', (SELECT note FROM raceway_notes), raceway_mine(),
                                     (SELECT event_id FROM my_events), 'mine'::regclass)";
        assert_eq!(text(&database, mine), "mine 1 e mine");
        let members = "SELECT count(*)::text FROM pg_depend
                       WHERE refclassid = 'pg_extension'::regclass AND objid IN (
                           'raceway_notes'::regclass, 'raceway_mine()'::regprocedure,
                           'my_events'::regclass, 'mine'::regclass)";
        assert_eq!(text(&database, members), "0");
    }
}

/// It would run with the rights of the superuser who creates the extension.
fn set_aside_by_others(world: &World) {
    let database = of_superuser(world);
    let stranger = database.for_new_role("stranger").user;
    let sql = format!(
        "CREATE SCHEMA raceway_adopted AUTHORIZATION {stranger}; SET ROLE {stranger};
         CREATE TABLE raceway_adopted.traces (mine text);
         CREATE FUNCTION raceway_adopted.raceway_version() RETURNS text LANGUAGE sql
             AS 'SELECT ''mine'''"
    );
    execute(&database, &sql);
    install(&database, Flavour::Extension);
    let left = "SELECT concat_ws(' ', raceway_version(), raceway_adopted.raceway_version(),
                                 'raceway_adopted.traces'::regclass)";
    assert_eq!(text(&database, left), format!("{VERSION} mine raceway_adopted.traces"));
}

fn ordinary_role(world: &World) {
    let extension = world.cluster().create_with(Flavour::Extension).for_new_role("ordinary");
    let plain_sql = world.cluster().create_with(Flavour::PlainSql);
    for (database, option) in [(extension, "--plain-sql"), (plain_sql, "--extension")] {
        let before = Catalog::of(&database);
        let error = migrate(&database, &[option]).expect_err("an ordinary role");
        assert!(error.contains("expected a superuser"), "{error}");
        Catalog::of(&database).assert_is(&before);
    }
}

fn no_extension(world: &World) {
    let database = world.cluster().create_with(Flavour::PlainSql);
    super::upgrades::pretend_versions(&database, &[]);
    let error = migrate(&database, &["--extension"]).expect_err("no extension");
    let expected =
        format!("expected the extension raceway {VERSION}, but the server does not have");
    assert!(error.contains(&expected), "{error}");
}

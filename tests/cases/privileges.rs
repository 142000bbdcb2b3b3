//! The privileges that docs/PRIVILEGES.md says to grant: each is needed, and no more is to be had.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;

use super::documentation::{blocks, section};
use crate::harness::{Database, Flavour, Sidecar, await_until, event, ingest, sqlstate};
use crate::{Case, World};

const PAGE: &str = "docs/PRIVILEGES.md";

const NOON: &str = "2026-11-22T12:00:00Z";

const CASES: [Case; 3] = [
    ("each_privilege_of_the_sidecar_is_needed", sidecar),
    ("each_privilege_of_a_sender_is_needed", sender),
    ("nothing_else_is_allowed", nothing_else),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "privileges", &CASES)
}

/// What the sidecar does, and whether it could.
type Work = (&'static str, fn(&Guarded, &Sidecar) -> bool);

const FROM_FIGURES: &str = "answer from figures";
const COUNT_FIGURES: &str = "have figures counted";

const WORK: [Work; 8] = [
    ("read a trace", |_, sidecar| sidecar.get("/api/traces/t").status == 200),
    ("list", |_, sidecar| sidecar.get("/api/traces").data()["total_traces"] == 1),
    ("count", |_, sidecar| sidecar.get("/status").data()["events_captured"].as_u64() > Some(0)),
    ("export", |_, sidecar| sidecar.try_export("").is_some()),
    // What stands in its way is in the log.
    (FROM_FIGURES, |_, sidecar| sidecar.get("/api/services/health").status == 200),
    ("keep rejected events", |guarded, sidecar| {
        let before = guarded.kept();
        sidecar.post(&event("t", "rejected", "yesterday").to_string()).data();
        guarded.kept() == before + 1
    }),
    (COUNT_FIGURES, Guarded::counts_figures),
    ("store", |_, sidecar| {
        sidecar.post(&event("t", "f", NOON).to_string()).data()["stored_in"] == "postgres"
    }),
];

/// A privilege that is granted, as it is written in GRANT, and what can't be done without it. The extension needs
/// no more than the first of those to count figures.
const OF_SIDECAR: [(&str, &[&str]); 10] = [
    ("EXECUTE ON FUNCTION raceway_update_figures(integer)", &[COUNT_FIGURES]),
    ("EXECUTE ON FUNCTION raceway_ingest_batches(text[])", &["keep rejected events", "store"]),
    ("EXECUTE ON FUNCTION raceway_quarantine(jsonb, bigint)", &["keep rejected events"]),
    ("SELECT ON traces", &["read a trace", "list", "count", "export", FROM_FIGURES, COUNT_FIGURES]),
    ("SELECT ON frames", &["read a trace", "export", FROM_FIGURES, COUNT_FIGURES]),
    ("SELECT ON stored_events", &["read a trace", "export", FROM_FIGURES, COUNT_FIGURES]),
    ("SELECT ON raceway_figures", &[FROM_FIGURES, COUNT_FIGURES]),
    ("SELECT ON raceway_names", &[FROM_FIGURES, COUNT_FIGURES]),
    ("SELECT ON raceway_counted", &[FROM_FIGURES]),
    ("SELECT ON raceway_uncounted", &[FROM_FIGURES]),
];

/// In plain SQL also.
const OF_COUNTING: [(&str, &[&str]); 3] = [
    ("EXECUTE ON FUNCTION _raceway_take_uncounted(integer)", &[COUNT_FIGURES]),
    ("EXECUTE ON FUNCTION _raceway_add_names(text[])", &[COUNT_FIGURES]),
    (
        "EXECUTE ON FUNCTION _raceway_write_figures(bigint[],bytea[],text[],smallint[],smallint[],\
         timestamp with time zone[],bytea[])",
        &[COUNT_FIGURES],
    ),
];

/// What is granted to the sidecar, and what can't be done without it.
fn of_sidecar(flavour: Flavour) -> Vec<(&'static str, BTreeSet<&'static str>)> {
    let counts = flavour == Flavour::PlainSql;
    let of_counting = OF_COUNTING.into_iter().filter(|_| counts);
    let all = OF_SIDECAR.into_iter().chain(of_counting);
    all.map(|(privilege, works)| {
        let is_counted = counts || privilege.contains("raceway_update_figures");
        let works = works.iter().filter(|&&work| work != COUNT_FIGURES || is_counted);
        (privilege, works.copied().collect())
    })
    .collect()
}

/// A database with the roles of the documentation, renamed: roles belong to the whole cluster.
struct Guarded {
    database: Database,
    suffix: String,
}

impl Guarded {
    fn new(world: &World, flavour: Flavour) -> Self {
        let database = world.cluster().create_with(flavour);
        let guarded = Guarded { suffix: format!("of_{}", database.name), database };
        let [grants, of_counting, ..] = &blocks(PAGE, "sql")[..] else { panic!("no grants") };
        let of_counting = if flavour == Flavour::PlainSql { of_counting } else { "" };
        guarded.execute(&guarded.renamed(&format!("{grants}{of_counting}")));
        for role in ["sidecar", "sender"] {
            guarded.execute(&format!("ALTER ROLE {} LOGIN", guarded.role(role)));
        }
        ingest(&mut guarded.database.connect(), &event("t", "e", NOON).to_string());
        guarded
    }

    fn role(&self, documented: &str) -> String {
        format!("{documented}_{}", self.suffix)
    }

    fn renamed(&self, grants: &str) -> String {
        ["sidecar", "sender"].iter().fold(grants.to_owned(), |grants, role| {
            let role_name = self.role(role);
            grants
                .replace(&format!("ROLE {role};"), &format!("ROLE {role_name};"))
                .replace(&format!("TO {role};"), &format!("TO {role_name};"))
        })
    }

    fn for_role(&self, documented: &str) -> Database {
        self.database.for_role(&self.role(documented))
    }

    /// How many rejected events are kept.
    fn kept(&self) -> i64 {
        let mut superuser = self.database.for_superuser().connect();
        let count = superuser.query_one("SELECT count(*) FROM raceway_rejected", &[]);
        count.expect("a count").get(0)
    }

    /// Whether all traces are counted anew.
    fn counts_figures(&self, sidecar: &Sidecar) -> bool {
        self.execute(
            "TRUNCATE raceway_uncounted, raceway_counted, raceway_figures, raceway_names;
             INSERT INTO raceway_uncounted (trace_nos) SELECT array_agg(trace_no) FROM traces",
        );
        let mut superuser = self.database.for_superuser().connect();
        let mut is_counted = || -> bool {
            let sql = "SELECT NOT EXISTS (SELECT FROM raceway_uncounted)";
            superuser.query_one(sql, &[]).expect(sql).get(0)
        };
        let is_denied = || sidecar.log().contains("kept figures can't be counted");
        await_until("traces are counted or can't be", Duration::from_mins(1), || {
            is_counted() || is_denied()
        });
        is_counted()
    }

    fn execute(&self, sql: &str) {
        self.database.for_superuser().connect().batch_execute(sql).expect(sql);
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        for role in ["sidecar", "sender"].map(|role| self.role(role)) {
            self.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
        }
    }
}

fn undone_work(guarded: &Guarded) -> BTreeSet<&'static str> {
    let mut sidecar = Sidecar::postgres(&guarded.for_role("sidecar"));
    let undone = WORK.iter().filter(|(_, could)| !could(guarded, &sidecar));
    let mut undone: BTreeSet<_> = undone.map(|(name, _)| *name).collect();
    if sidecar.log_to_the_end().contains("kept figures can't be read") {
        undone.insert(FROM_FIGURES);
    }
    undone
}

fn sidecar(world: &World) {
    for flavour in Flavour::ALL {
        let guarded = Guarded::new(world, flavour);
        assert_eq!(undone_work(&guarded), BTreeSet::new(), "{flavour:?}");
        for (privilege, needed_for) in of_sidecar(flavour) {
            let role = guarded.role("sidecar");
            guarded.execute(&format!("REVOKE {privilege} FROM {role}"));
            assert_eq!(undone_work(&guarded), needed_for, "{flavour:?} without {privilege}");
            guarded.execute(&format!("GRANT {privilege} TO {role}"));
        }
        assert_retention_needs_its_own(&guarded);
    }
}

/// What `[retention]` needs besides.
fn assert_retention_needs_its_own(guarded: &Guarded) {
    let is_allowed = || {
        let mut command = Sidecar::command_on(&guarded.for_role("sidecar").to_string());
        command.args(["retention", "--keep", "30days"]);
        Sidecar::run(command).status.success()
    };
    assert!(!is_allowed());
    let [of_retention] = &section(PAGE, "For retention", "sql")[..] else { panic!("other grants") };
    guarded.execute(&guarded.renamed(of_retention));
    assert!(is_allowed());
}

fn sender(world: &World) {
    for flavour in Flavour::ALL {
        let guarded = Guarded::new(world, flavour);
        let mut client = guarded.for_role("sender").connect();
        for kind in ["jsonb", "text"] {
            let sql = format!("SELECT accepted FROM raceway_ingest($1::text::{kind})");
            let batch = event("u", kind, NOON).to_string();
            let row = client.query_one(&sql, &[&batch]).expect("a sender may send");
            assert_eq!(row.get::<_, i32>(0), 1);
            let revoked = format!(
                "REVOKE EXECUTE ON FUNCTION raceway_ingest({kind}) FROM {}",
                guarded.role("sender")
            );
            guarded.execute(&revoked);
            let denied = client.query_one(&sql, &[&batch]).expect_err("without the privilege");
            assert_eq!(sqlstate(&denied), "42501");
        }
    }
}

/// Of relations, what is granted; of functions that change something, too.
fn nothing_else(world: &World) {
    const HELD: &str = "
        SELECT 'EXECUTE ON FUNCTION ' || oid::regprocedure::text
        FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND provolatile = 'v' AND prokind = 'f'
          AND has_function_privilege($1, oid, 'EXECUTE')
        UNION ALL
        SELECT privilege || ' ON ' || oid::regclass::text
        FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE',
                                    'REFERENCES', 'TRIGGER']) AS privilege
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
          AND has_table_privilege($1, oid, privilege)
        ORDER BY 1";
    for flavour in Flavour::ALL {
        let guarded = Guarded::new(world, flavour);
        let held = |role: &str| -> Vec<String> {
            let rows = guarded.database.connect().query(HELD, &[&guarded.role(role)]);
            let rows = rows.expect("privileges");
            rows.iter().map(|row| row.get::<_, String>(0).replace("(jsonb,", "(jsonb, ")).collect()
        };
        let granted: BTreeSet<_> =
            of_sidecar(flavour).iter().map(|(privilege, _)| (*privilege).to_owned()).collect();
        assert_eq!(BTreeSet::from_iter(held("sidecar")), granted, "{flavour:?}");
        let of_sender = ["raceway_ingest(jsonb)", "raceway_ingest(text)"];
        assert_eq!(held("sender"), of_sender.map(|f| format!("EXECUTE ON FUNCTION {f}")));
        for sql in ["SELECT FROM events", "SELECT raceway_trace('t')", "DELETE FROM traces"] {
            let denied = guarded.for_role("sender").connect().batch_execute(sql).expect_err(sql);
            assert_eq!(sqlstate(&denied), "42501", "{sql}");
        }
    }
}

//! What people and programs are told by `raceway-sidecar traces`, `trace`, `races` and `stats`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use libtest_mimic::Trial;
use raceway_model::json_equal;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::access::KEY;
use super::listeners;
use crate::harness::{
    Authority, Flavour, Network, Sidecar, Site, Subject, event, percent_encoded, recorded_requests,
};
use crate::{Case, StoreKind, World};

const NOON: &str = "2026-11-22T12:00:00Z";

const CASES: [Case; 10] = [
    ("every_store_shows_the_same", every_store),
    ("programs_get_the_data_of_the_api", |_| data()),
    ("colours_and_cuts_are_for_terminals", |_| terminals()),
    ("nothing_that_was_sent_moves_a_cursor", |_| hostile_names()),
    ("what_is_not_there_is_said_in_a_sentence", |_| nothing()),
    ("an_outage_of_postgres_is_told", outage),
    ("a_long_trace_is_shown_in_part", |_| long()),
    ("keys_are_in_files_or_the_environment", |_| keys()),
    ("sidecars_are_asked_by_https", |_| https()),
    ("a_sidecar_is_asked_by_its_socket", |_| socket()),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "terminal", &CASES)
}

/// A command that asks this sidecar.
fn command(sidecar: &Sidecar, arguments: &[&str]) -> Command {
    let mut command = Sidecar::command();
    command.args(arguments).args(["--url", sidecar.url()]);
    command
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", told(output));
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn show(sidecar: &Sidecar, arguments: &[&str]) -> String {
    printed(&Sidecar::run(command(sidecar, arguments)))
}

/// Why a command has failed.
fn failure(mut command: Command, arguments: &[&str]) -> String {
    command.args(arguments);
    let output = Sidecar::run(command);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    told(&output)
}

/// The trace of most services, then of most events.
fn busiest(sidecar: &Sidecar) -> String {
    let list = sidecar.get("/api/traces?page_size=1000").data();
    let traces = list["traces"].as_array().expect("traces");
    let size = |trace: &&Value| (trace["service_count"].as_u64(), trace["event_count"].as_u64());
    let busiest = traces.iter().max_by_key(size).expect("a trace");
    busiest["trace_id"].as_str().expect("an id").to_owned()
}

/// A trace with a race.
fn racing(sidecar: &Sidecar) -> String {
    let list = sidecar.get("/api/traces?page_size=1000").data();
    let mut ids = list["traces"].as_array().expect("traces").iter().map(|row| &row["trace_id"]);
    let races = |id: &&Value| {
        let path = format!("/api/traces/{}", percent_encoded(id.as_str().expect("an id")));
        sidecar.get(&path).data()["analysis"]["potential_races"] != 0
    };
    ids.find(races).and_then(Value::as_str).expect("a trace").to_owned()
}

fn with_recorded_traffic(sidecar: Sidecar) -> Sidecar {
    for body in recorded_requests() {
        sidecar.post(&body).data();
    }
    sidecar
}

/// All that is said of recorded traffic, but what differs from store to store or from time to time.
fn all_of(sidecar: &Sidecar) -> Vec<String> {
    let (busiest, racing) = (busiest(sidecar), racing(sidecar));
    let mut all: Vec<String> = [
        &["traces", "--limit", "1000"][..],
        &["traces", "--service", "banking-api", "--min-events", "10"],
        &["trace", &busiest],
        &["trace", &racing],
        &["races", &racing],
        &["races", "--limit", "100"],
        &["races", "--until", "2020-01-01T00:00:00Z"],
    ]
    .iter()
    .map(|arguments| show(sidecar, arguments))
    .collect();
    let stats = show(sidecar, &["stats"]);
    let of_store = ["sidecar ", "store ", "memory ", "spool "];
    let stats = stats.lines().filter(|line| !of_store.iter().any(|name| line.starts_with(name)));
    all.push(stats.collect::<Vec<_>>().join("\n"));
    all
}

fn every_store(world: &World) {
    let memory = with_recorded_traffic(world.sidecar(StoreKind::Memory));
    let expected = all_of(&memory);
    let [list, of_bank, trace, racing, races, global, none, stats] = &expected[..] else {
        panic!()
    };
    assert!(list.starts_with("TRACE "), "{list}");
    let total = memory.get("/api/traces").data()["total_traces"].as_u64().expect("a number");
    assert_eq!(list.lines().count() as u64, total + 1, "a head and all traces");
    let of_bank: Vec<&str> = of_bank.lines().take_while(|line| !line.is_empty()).collect();
    assert!(of_bank.len() > 1 && of_bank[1..].iter().all(|line| line.contains("banking-api")));
    assert!(trace.contains("critical path") && trace.contains("\n*"), "{trace}");
    assert!(
        racing.contains("CRITICAL race on ") && racing.contains("\n    Nothing orders "),
        "{racing}"
    );
    assert!(races.starts_with("SEVERITY ") && races.contains("CRITICAL  "), "{races}");
    assert!(global.contains("CRITICAL  ") && global.contains("lost update"), "{global}");
    assert_eq!(none, "No races were found.\n");
    assert!(stats.contains("\nSERVICE ") && stats.contains("\nVARIABLE "), "{stats}");
    for store in world.stores().into_iter().skip(1) {
        let sidecar = with_recorded_traffic(world.sidecar(store));
        for (shown, expected) in all_of(&sidecar).iter().zip(&expected) {
            assert_eq!(shown, expected, "{}", store.name());
        }
    }
}

fn data() {
    let sidecar = with_recorded_traffic(Sidecar::memory());
    let busiest = busiest(&sidecar);
    let path = format!("/api/traces/{}", percent_encoded(&busiest));
    let full = sidecar.get(&path).data();
    assert!(full["events"].as_array().is_some_and(|events| events.len() > 3));
    for (arguments, expected) in [
        (&["traces"][..], sidecar.get("/api/traces").data()),
        (
            &["traces", "--limit", "7", "--page", "2", "--service", "orders"],
            sidecar.get("/api/traces?page=2&page_size=7&service=orders").data(),
        ),
        (&["trace", &busiest], full.clone()),
        (&["races", &busiest], full["analysis"].clone()),
        (&["races"], sidecar.get("/api/distributed/global-races").data()),
    ] {
        let mut command = command(&sidecar, arguments);
        command.arg("--json");
        let printed = printed(&Sidecar::run(command));
        let printed: Value = serde_json::from_str(&printed).expect("JSON");
        assert!(json_equal(&printed, &expected), "{arguments:?}: {printed}");
    }
    let stats: Value = serde_json::from_str(&show(&sidecar, &["stats", "--json"])).expect("JSON");
    assert_eq!(stats["services"], sidecar.get("/api/services").data());
    assert_eq!(stats["hotspots"], sidecar.get("/api/distributed/hotspots").data());
    assert_eq!(stats["status"]["storage"], "memory");
    assert!(stats["health"].is_array());
}

/// What a terminal of so many columns gets.
fn on_a_terminal(command: &Command, columns: u16, settings: &str) -> String {
    let quoted = |text: &std::ffi::OsStr| format!("'{}'", text.to_str().expect("UTF-8"));
    let words: Vec<String> =
        std::iter::once(command.get_program()).chain(command.get_args()).map(quoted).collect();
    let line = format!("stty cols {columns} rows 24; {settings} {}", words.join(" "));
    let mut terminal = Command::new("script");
    terminal.env("TERM", "xterm").env_remove("NO_COLOR").env("RACEWAY_SERVER__PORT", "0");
    terminal.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    printed(&Sidecar::run(terminal))
}

fn terminals() {
    let sidecar = with_recorded_traffic(Sidecar::memory());
    let races = command(&sidecar, &["races"]);
    let piped = show(&sidecar, &["races"]);
    assert!(!piped.contains('\u{1b}') && piped.lines().any(|line| line.len() > 100), "{piped}");
    let coloured = on_a_terminal(&races, 500, "");
    assert!(coloured.contains("\u{1b}[31m"), "{coloured:?}");
    let plain = on_a_terminal(&races, 500, "NO_COLOR=1");
    assert_eq!(plain.replace("\r\n", "\n"), piped);
    let narrow = on_a_terminal(&races, 40, "NO_COLOR=1");
    let widest = narrow.lines().map(|line| line.chars().count()).max();
    assert_eq!(widest, Some(40), "{narrow}");
    assert_eq!(narrow.lines().count(), piped.lines().count());
}

fn hostile_names() {
    const NAME: &str = "\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}1m\u{202e}口座\r\n";
    let sidecar = Sidecar::memory();
    let access = |id: &str, thread: &str, second: u32| {
        json!({
            "id": format!("{NAME}{id}"), "trace_id": format!("t{NAME}"), "parent_id": null,
            "timestamp": format!("2026-11-22T12:00:0{second}Z"),
            "kind": { "StateChange": {
                "variable": NAME, "new_value": 1, "access_type": "Write", "location": NAME } },
            "metadata": { "service_name": NAME, "thread_id": thread, "process_id": 1 },
            "causality_vector": [], "lock_set": [],
        })
    };
    sidecar.store(&[access("a", "1", 0), access("b", "2", 1), access("c", "1", 2)]);
    let trace_id = format!("t{NAME}");
    let missing = format!("u{NAME}");
    for arguments in
        [&["traces"][..], &["trace", &trace_id], &["races"], &["races", &trace_id], &["stats"]]
    {
        let shown = show(&sidecar, arguments);
        assert!(shown.contains("\\u{1b}]0;title\\u{7}"), "{arguments:?}: {shown:?}");
        assert!(shown.contains("口座"), "{shown:?}");
        let is_safe = |c: char| !c.is_control() && c != '\u{202e}' || c == '\n';
        assert!(shown.chars().all(is_safe), "{arguments:?}: {shown:?}");
    }
    let error = failure(command(&sidecar, &["trace", &missing]), &[]);
    assert!(error.contains("has no trace u\\u{1b}]0;title"), "{error:?}");
}

fn nothing() {
    let sidecar = Sidecar::memory();
    assert_eq!(show(&sidecar, &["traces"]), "No traces are stored.\n");
    assert_eq!(show(&sidecar, &["races"]), "No races were found.\n");
    assert!(show(&sidecar, &["stats"]).ends_with("\nNo service has sent anything.\n"));
    sidecar.store(&[event("t", "e", NOON)]);
    assert_eq!(show(&sidecar, &["traces", "--service", "x"]), "No trace is like that.\n");
    assert_eq!(show(&sidecar, &["traces", "--page", "2"]), "There are no more traces.\n");
    assert_eq!(show(&sidecar, &["races", "t"]), "Nothing races in this trace.\n");
    for arguments in [["trace", "missing"], ["races", "missing"]] {
        let error = failure(command(&sidecar, &arguments), &[]);
        let expected = format!("raceway-sidecar: {} has no trace missing\n", sidecar.url());
        assert_eq!(error, expected);
    }
    let error = failure(command(&sidecar, &["traces", "--cursor", "x"]), &[]);
    assert!(error.contains("cursor: expected next_cursor of another page"), "{error}");
    let url = sidecar.url().to_owned();
    drop(sidecar);
    for arguments in [&["traces"][..], &["trace", "t"], &["races"], &["stats"]] {
        let error = failure(Sidecar::command(), &[arguments, &["--url", &url]].concat());
        let expected = format!("raceway-sidecar: no sidecar answers at {url}: ");
        assert!(error.starts_with(&expected) && error.lines().count() == 1, "{error}");
    }
    for url in ["localhost:8080", "ftp://localhost", ""] {
        let error = failure(Sidecar::command(), &["traces", "--url", url]);
        assert!(error.ends_with("expected http://host:port or https://host:port\n"), "{error}");
    }
    for arguments in [&["trace"][..], &["traces", "--limit", "0"], &["races", "--from", "now"]] {
        let mut command = Sidecar::command();
        command.args(arguments);
        assert_eq!(Sidecar::run(command).status.code(), Some(2), "{arguments:?}");
    }
}

fn outage(world: &World) {
    let database = world.cluster().create_with(Flavour::Extension);
    let proxy = world.cluster().proxy();
    let site = Site::on(&database.through(&[&proxy]));
    let sidecar = site.start();
    sidecar.store(&[event("before", "e", NOON)]);
    let state =
        |stats: &str| stats.lines().find(|line| line.starts_with("state ")).map(str::to_owned);
    assert_eq!(state(&show(&sidecar, &["stats"])).as_deref(), Some("state    healthy"));
    proxy.set(Network::Refuse);
    sidecar.store(&[event("meanwhile", "e", NOON)]);
    for arguments in
        [&["traces"][..], &["trace", "meanwhile"], &["races"], &["stats"], &["traces", "--json"]]
    {
        let output = Sidecar::run(command(&sidecar, arguments));
        printed(&output);
        assert_eq!(told(&output), "warning: Postgres is away or has not got everything yet\n");
    }
    let state = state(&show(&sidecar, &["stats"]));
    assert!(state.as_deref().is_some_and(|state| state.starts_with("state    warning: ")));
    drop(sidecar);
    let sidecar = site.with("STORAGE__FALLBACK__MODE", "off").start();
    for arguments in [&["traces"][..], &["trace", "before"], &["races"], &["stats"]] {
        let error = failure(command(&sidecar, arguments), &[]);
        let expected = format!("raceway-sidecar: {}: ", sidecar.url());
        assert!(error.starts_with(&expected) && error.lines().count() == 1, "{error}");
    }
}

fn long() {
    const ID: &str = "a/b%2F?#";
    let sidecar = Sidecar::memory();
    let events: Vec<Value> = (0..4_100).map(|id| event(ID, &format!("e{id}"), NOON)).collect();
    sidecar.store(&events);
    let shown = show(&sidecar, &["trace", ID]);
    let (of_events, notes) =
        shown.split_once("\n200 of 4,100 events; --limit 4100 shows all.\n").expect("a note");
    assert!(of_events.starts_with(&format!("trace     {ID}\n")), "{of_events}");
    assert!(notes.contains("the trace has more than 4000 events"), "{notes}");
    let (head, all) =
        (of_events.lines().count() - 200, show(&sidecar, &["trace", ID, "--limit", "4100"]));
    assert!(all.lines().count() >= head + 4_100 && !all.contains("--limit"));
    assert!(show(&sidecar, &["races", ID]).contains("the trace has more than 4000 events"));
}

fn keys() {
    let folder = folder();
    let mut server = Sidecar::command();
    server.env("RACEWAY_SERVER__AUTH_ENABLED", "true").env("RACEWAY_SERVER__API_KEYS", KEY);
    let sidecar = Sidecar::start(server);
    let error = failure(command(&sidecar, &["traces"]), &[]);
    assert!(error.contains(" asks for a key: expected one in RACEWAY_KEY"), "{error}");
    let mut right = command(&sidecar, &["traces"]);
    right.env("RACEWAY_KEY", KEY);
    assert_eq!(printed(&Sidecar::run(right)), "No traces are stored.\n");
    let mut configured = command(&sidecar, &["stats"]);
    configured.env("RACEWAY_SERVER__API_KEYS", KEY);
    assert!(printed(&Sidecar::run(configured)).contains("\ntraces   0\n"));
    let mut export = command(&sidecar, &["export"]);
    export.env("RACEWAY_KEY", KEY);
    assert_eq!(printed(&Sidecar::run(export)), "");
    let error = failure(command(&sidecar, &["export"]), &[]);
    assert!(error.contains("refuses the key in RACEWAY_KEY, or in api_keys"), "{error}");
    let file = folder.path().join("key");
    fs::write(&file, format!("{KEY}\n")).expect("a file");
    let mut in_file = command(&sidecar, &["races"]);
    in_file.arg("--key-file").arg(&file).env("RACEWAY_KEY", "wrong");
    assert_eq!(printed(&Sidecar::run(in_file)), "No races were found.\n");
    let mut wrong = command(&sidecar, &["traces"]);
    wrong.env("RACEWAY_KEY", "wrong");
    let error = failure(wrong, &[]);
    assert!(error.contains(" refuses the key: ") && !error.contains("wrong\n"), "{error}");
    let error = failure(command(&sidecar, &["traces"]), &["--key-file", "/nowhere/key"]);
    assert!(error.contains("/nowhere/key: No such file"), "{error}");
    let ingest = "[server]\nauth_enabled = true\n\
                  [[server.keys]]\nname = \"sdk\"\nrole = \"ingest\"\nkey = \"other-key\"\n";
    fs::write(folder.path().join("raceway.toml"), ingest).expect("a file");
    let mut server = Sidecar::command();
    server.current_dir(folder.path());
    let sidecar = Sidecar::start(server);
    let mut of_ingest = command(&sidecar, &["traces"]);
    of_ingest.env("RACEWAY_KEY", "other-key");
    let error = failure(of_ingest, &[]);
    assert!(error.contains(" refuses the key: "), "{error}");
}

fn folder() -> TempDir {
    TempDir::with_prefix("raceway-test-").expect("a folder")
}

/// One that only speaks TLS, with a certificate for this host.
fn encrypted(folder: &Path, authority: &Authority, host: &'static str) -> Sidecar {
    listeners::put(folder, &authority.issue(&Subject::server(host, &[host])));
    listeners::start_with_tls(folder, authority)
}

fn https() {
    let (folder, authority) = (folder(), Authority::new("authority"));
    let folder = folder.path();
    let sidecar = encrypted(folder, &authority, "127.0.0.1");
    let (url, ca) = (sidecar.url(), folder.join("ca.pem"));
    let (ca, plain) = (ca.to_str().expect("UTF-8"), Sidecar::memory());
    plain.store(&[event("t", "e", NOON)]);
    let run = |arguments: &[&str]| {
        let mut command = Sidecar::command();
        command.args(arguments).current_dir(folder);
        printed(&Sidecar::run(command))
    };
    let moved = run(&["move", "--from", plain.url(), "--to", url, "--cacert", ca]);
    assert!(moved.starts_with("pass 1: 1 new"), "{moved}");
    run(&["export", "events.ndjson", "--url", url, "--cacert", ca]);
    let imported = run(&["import", "events.ndjson", "--url", url, "--cacert", ca]);
    assert_eq!(imported, "0 new, 1 there already, 0 rejected\n");
    run(&["health", "--url", url, "--cacert", ca]);
    assert!(run(&["traces", "--url", url, "--cacert", ca]).contains("\nt  "));
    // As the system's own authorities.
    let mut of_machine = Sidecar::command();
    of_machine.args(["trace", "t", "--url", url]).env("SSL_CERT_FILE", ca);
    assert!(printed(&Sidecar::run(of_machine)).starts_with("trace "));
    let error = failure(command(&sidecar, &["traces"]), &[]);
    assert!(error.contains(url) && error.contains("invalid peer certificate"), "{error}");
    let error = failure(command(&sidecar, &["traces"]), &["--cacert", "/nowhere"]);
    assert!(error.contains("/nowhere: No such file"), "{error}");
    own_certificate(folder, &authority);
}

/// The configuration says which certificate a sidecar has: so it need not be for the address that it listens on.
fn own_certificate(folder: &Path, authority: &Authority) {
    let sidecar = encrypted(folder, authority, "raceway.example.com");
    let port = sidecar.url().rsplit(':').next().expect("a port");
    let configured = |arguments: &[&str], certificate: &Path| {
        let mut command = Sidecar::command();
        command.args(arguments).env("RACEWAY_SERVER__PORT", port);
        command
            .env("RACEWAY_SERVER__TLS_CERT", certificate)
            .env("RACEWAY_SERVER__TLS_KEY", folder.join("key.pem"));
        command
    };
    for arguments in [&["health"][..], &["traces"], &["export"]] {
        printed(&Sidecar::run(configured(arguments, &folder.join("cert.pem"))));
    }
    let error = failure(configured(&["traces"], &folder.join("ca.pem")), &[]);
    assert!(error.contains("expected the certificate in server.tls_cert"), "{error}");
    let ca = folder.join("ca.pem");
    let error = failure(command(&sidecar, &["stats"]), &["--cacert", ca.to_str().expect("UTF-8")]);
    assert!(error.contains("NotValidForName") || error.contains("not valid for name"), "{error}");
}

fn socket() {
    let folder = folder();
    let path = folder.path().join("socket");
    let mut server = Sidecar::command();
    server.env("RACEWAY_SERVER__UNIX_SOCKET", &path);
    let mut sidecar = Sidecar::start(server);
    sidecar.store(&[event("t", "e", NOON)]);
    let local = |arguments: &[&str]| {
        let mut command = Sidecar::command();
        command.args(arguments).env("RACEWAY_SERVER__HOST", "");
        command.env("RACEWAY_SERVER__UNIX_SOCKET", &path);
        command
    };
    assert!(printed(&Sidecar::run(local(&["traces"]))).contains("\nt  "));
    assert_eq!(printed(&Sidecar::run(local(&["export"]))).lines().count(), 1);
    printed(&Sidecar::run(local(&["health"])));
    assert!(sidecar.terminate().success());
    let error = failure(local(&["stats"]), &[]);
    let expected = format!("no sidecar answers at the socket {}: ", path.display());
    assert!(error.contains(&expected), "{error}");
}

//! Who may ask: keys, the password of the UI and its sessions, and pages of other origins.

use std::fs;
use std::process::Command;
use std::sync::Arc;

use libtest_mimic::Trial;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Answer, RawAnswer, Sidecar, build_of_ui, event};
use crate::{Case, World};

pub(super) const KEY: &str = "key-of-programs";
pub(super) const PASSWORD: &str = "open sesame";
const NOON: &str = "2026-11-22T12:00:00Z";

const CASES: [Case; 16] = [
    ("with_keys_every_route_but_the_open_ones_needs_one", keys),
    ("a_key_does_what_its_role_is_for", roles),
    ("who_tries_wrong_keys_has_to_wait_and_nobody_else", wrong_keys),
    ("a_key_has_so_many_requests_a_minute", rate_limit),
    ("without_a_key_nothing_of_a_body_is_read", unread_bodies),
    ("a_password_alone_is_for_reading", password),
    ("keys_and_a_password_secure_the_ui", both),
    ("a_session_reads_and_does_nothing_else", session),
    ("a_session_ends_with_the_process", restart),
    ("what_is_no_login_is_told", wrong_logins),
    ("passwords_can_be_tried_a_few_times", attempts),
    ("nobody_is_told_a_secret", secrets),
    ("settings_that_secure_nothing_are_refused", wrong_settings),
    ("pages_of_other_origins_may_ask", origins),
    ("commands_present_the_key", commands),
    ("long_answers_are_compressed", compression),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "access", &CASES)
}

/// A sidecar with the UI, and these settings of `[server]`.
fn start(settings: &[(&str, &str)]) -> Sidecar {
    Sidecar::start(command(settings))
}

fn command(settings: &[(&str, &str)]) -> Command {
    let mut command = Sidecar::command();
    command.env("RACEWAY_SERVER__UI_DIR", build_of_ui());
    for (name, value) in settings {
        command.env(format!("RACEWAY_SERVER__{name}"), value);
    }
    command
}

const WITH_KEYS: [(&str, &str); 2] =
    [("AUTH_ENABLED", "true"), ("API_KEYS", "other, key-of-programs")];
const WITH_PASSWORD: (&str, &str) = ("UI_PASSWORD", PASSWORD);

/// Routes that need a key where keys are needed, and what they answer then.
const OF_PROGRAMS: [(&str, u16); 5] = [
    ("GET /health", 200),
    ("GET /status", 200),
    ("HEAD /status", 200),
    ("POST /events", 400),
    ("GET /events", 405),
];
const OF_READERS: [(&str, u16); 7] = [
    ("GET /api/traces", 200),
    ("HEAD /api/traces", 200),
    ("GET /api/traces/t", 404),
    ("GET /api/traces/t/audit-trail/x", 404),
    ("GET /api/services/bank/traces?page=0", 400),
    ("GET /api/distributed/hotspots", 200),
    ("GET /api/export", 200),
];
const OF_EVERYBODY: [(&str, u16); 8] = [
    ("GET /livez", 200),
    ("GET /readyz", 200),
    ("GET /auth/check", 200),
    ("POST /auth/logout", 200),
    ("GET /", 200),
    ("GET /traces/t", 200),
    ("GET /assets/page-5f1c2a9e.js", 200),
    ("GET /icon.svg", 200),
];

fn assert_answers(sidecar: &Sidecar, requests: &[(&str, u16)], headers: &[(&str, &str)]) {
    for (request, status) in requests {
        let answer = sidecar.request(request, headers, b"");
        assert_eq!(answer.status, *status, "{request} {headers:?}");
    }
}

/// Each of them is answered with 401.
fn assert_refused(sidecar: &Sidecar, requests: &[(&str, u16)], headers: &[(&str, &str)]) {
    for (request, _) in requests.iter().filter(|(_, status)| *status != 405) {
        let answer = sidecar.request(request, headers, b"");
        assert_eq!(answer.status, 401, "{request} {headers:?}");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        if !request.starts_with("HEAD") {
            let Value::Object(envelope) = answer.json() else { panic!("{answer:?}") };
            assert_eq!(envelope["success"], false);
            assert_eq!(envelope["data"], Value::Null);
            assert!(envelope["error"].as_str().is_some_and(|error| error.starts_with("expected ")));
        }
    }
}

fn keys(_: &World) {
    let sidecar = start(&WITH_KEYS);
    assert_answers(&sidecar, &OF_EVERYBODY, &[]);
    for headers in [
        &[][..],
        &[("authorization", "Bearer wrong")],
        &[("authorization", KEY)],
        &[("authorization", "Basic a2V5")],
        &[("x-raceway-key", "")],
        &[("x-raceway-key", "key-of-program")],
        &[("cookie", "raceway_session=1.2")],
    ] {
        assert_refused(&sidecar, &OF_PROGRAMS, headers);
        assert_refused(&sidecar, &OF_READERS, headers);
    }
    for headers in [
        [("authorization", "Bearer key-of-programs")],
        [("authorization", "bearer other")],
        [("x-raceway-key", KEY)],
    ] {
        assert_answers(&sidecar, &OF_PROGRAMS, &headers);
        assert_answers(&sidecar, &OF_READERS, &headers);
        assert_answers(&sidecar, &OF_EVERYBODY, &headers);
    }
    // Keys that are listed and not asked for.
    let open = start(&[("API_KEYS", KEY)]);
    assert_answers(&open, &OF_PROGRAMS, &[]);
    assert_answers(&open, &OF_READERS, &[]);
}

/// A sidecar with these lines in `[server]`, and with keys.
fn configured(folder: &TempDir, lines: &str) -> Sidecar {
    let text = format!("[server]\nport = 0\nauth_enabled = true\n{lines}");
    fs::write(folder.path().join("raceway.toml"), text).expect("a file");
    let mut command = Sidecar::command();
    command.current_dir(folder.path());
    Sidecar::start(command)
}

/// One of each role and of each way to give it: the last is `reader`.
const OF_ROLES: &str = "
    [[server.keys]]
    name = \"sdk\"
    role = \"ingest\"
    key = \"sender\"
    [[server.keys]]
    name = \"operator\"
    role = \"admin\"
    key_file = \"key\"
    [[server.keys]]
    name = \"dashboard\"
    role = \"read\"
    key_sha256 = \"3d0941964aa3ebdcb00ccef58b1bb399f9f898465e9886d5aec7f31090a0fb30\"
";

fn roles(_: &World) {
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    fs::write(folder.path().join("key"), "master\n").expect("a file");
    let sidecar = configured(&folder, OF_ROLES);
    for (key, sent, read) in [("sender", 400, 403), ("master", 400, 200), ("reader", 403, 200)] {
        let headers = [("x-raceway-key", key)];
        let status = |request| sidecar.request(request, &headers, b"").status;
        assert_eq!((status("POST /events"), status("GET /api/traces")), (sent, read), "{key}");
        assert_eq!((status("GET /status"), status("GET /api/export")), (200, read), "{key}");
    }
    let refused = sidecar.request("POST /events", &[("x-raceway-key", "reader")], b"[]");
    let expected = "expected a key of role ingest or admin, and this one is of role read";
    assert_eq!(refused.json()["error"], expected);
}

fn wrong_keys(_: &World) {
    let sidecar = start(&WITH_KEYS);
    let guess = || sidecar.request("POST /events", &[("x-raceway-key", "guess")], b"[]");
    let answers: Vec<RawAnswer> = (0..100).map(|_| guess()).collect();
    assert_eq!(answers[0].status, 401);
    let last = answers.last().expect("answers");
    assert_eq!(
        (last.status, &last.json()["error"]),
        (429, &json!("too many wrong keys: try again later"))
    );
    assert!(matches!(last.header("retry-after").parse(), Ok(1..=60)), "{last:?}");
    assert_answers(&sidecar, &OF_READERS, &[("x-raceway-key", KEY)]);
    assert!(!sidecar.log().contains("guess"), "{}", sidecar.log());
}

fn rate_limit(_: &World) {
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    fs::write(folder.path().join("key"), "master").expect("a file");
    let limited = "rate_limit_enabled = true\nrate_limit_rpm = 10\n";
    let sidecar = configured(&folder, &[limited, OF_ROLES].concat());
    let ask = |key| sidecar.request("GET /status", &[("x-raceway-key", key)], b"");
    let first = ask("master");
    assert_eq!((first.status, first.header("x-ratelimit-limit")), (200, "10"));
    assert_eq!(
        (first.header("x-ratelimit-remaining"), first.header("x-ratelimit-reset")),
        ("9", "6")
    );
    let answers: Vec<RawAnswer> = (0..15).map(|_| ask("master")).collect();
    let last = answers.last().expect("answers");
    assert_eq!((last.status, last.header("x-ratelimit-remaining")), (429, "0"), "{last:?}");
    assert!(matches!(last.header("retry-after").parse(), Ok(1..=7)), "{last:?}");
    // Another has a limit of its own, and nobody has one where the process is looked after.
    assert_eq!(ask("reader").status, 200);
    assert_answers(&sidecar, &[("GET /livez", 200)], &[]);
}

fn unread_bodies(_: &World) {
    let sidecar = start(&WITH_KEYS);
    // A client that waits until it is asked for the body, and never is.
    let headers = [("content-length", "1000000"), ("expect", "100-continue")];
    assert_eq!(sidecar.request("POST /events", &headers, b"").status, 401);
    // What would be refused for itself.
    let unknown = [("content-encoding", "unknown")];
    assert_eq!(sidecar.request("POST /events", &unknown, b"[]").status, 401);
    let large = vec![b' '; 10 << 20];
    assert_eq!(sidecar.post_bytes(&large, &[]).error(401), sidecar.post("[]").error(401));
    let event = event("t", "e", NOON).to_string();
    let stored = sidecar.post_bytes(event.as_bytes(), &[("x-raceway-key", KEY)]).data();
    assert_eq!(stored["accepted"], 1);
}

fn log_in(sidecar: &Sidecar, password: &str) -> RawAnswer {
    let body = json!({ "password": password }).to_string();
    sidecar.request("POST /auth/login", &[], body.as_bytes())
}

/// The header of who has logged in.
fn cookie(login: &RawAnswer) -> String {
    assert_eq!(login.status, 200, "{login:?}");
    assert_eq!(login.json()["success"], true);
    let (cookie, attributes) = login.header("set-cookie").split_once("; ").expect("attributes");
    assert!(cookie.starts_with("raceway_session="), "{cookie}");
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Strict; Max-Age=604800");
    cookie.to_owned()
}

fn check(sidecar: &Sidecar, headers: &[(&str, &str)]) -> Value {
    let answer = sidecar.request("GET /auth/check", headers, b"");
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
    answer.json()
}

fn password(_: &World) {
    let sidecar = start(&[WITH_PASSWORD]);
    assert_answers(&sidecar, &OF_PROGRAMS, &[]);
    assert_answers(&sidecar, &OF_EVERYBODY, &[]);
    assert_refused(&sidecar, &OF_READERS, &[]);
    let cookie = cookie(&log_in(&sidecar, PASSWORD));
    assert_answers(&sidecar, &OF_READERS, &[("cookie", &cookie)]);
    // A program may read with a key, though it needs none to send.
    let sidecar = start(&[WITH_PASSWORD, ("API_KEYS", KEY)]);
    assert_answers(&sidecar, &OF_PROGRAMS, &[]);
    assert_refused(&sidecar, &OF_READERS, &[]);
    assert_answers(&sidecar, &OF_READERS, &[("x-raceway-key", KEY)]);
}

fn both(_: &World) {
    let [enabled, keys] = WITH_KEYS;
    let sidecar = start(&[enabled, keys, WITH_PASSWORD]);
    assert_answers(&sidecar, &OF_EVERYBODY, &[]);
    assert_refused(&sidecar, &OF_READERS, &[]);
    assert_refused(&sidecar, &OF_PROGRAMS, &[]);
    let cookie = cookie(&log_in(&sidecar, PASSWORD));
    assert_answers(&sidecar, &OF_READERS, &[("cookie", &cookie)]);
    assert_refused(&sidecar, &OF_PROGRAMS, &[("cookie", &cookie)]);
    assert_answers(&sidecar, &OF_PROGRAMS, &[("x-raceway-key", KEY)]);
    assert_answers(&sidecar, &OF_READERS, &[("x-raceway-key", KEY)]);
}

fn session(_: &World) {
    let sidecar = start(&[WITH_PASSWORD]);
    let required = json!({ "authenticated": false, "auth_required": true });
    assert_eq!(check(&sidecar, &[]), required);
    let cookie = cookie(&log_in(&sidecar, PASSWORD));
    let logged_in = json!({ "authenticated": true, "auth_required": true });
    assert_eq!(check(&sidecar, &[("cookie", &format!("theme=dark; {cookie}"))]), logged_in);
    for forged in [cookie.replace('=', "=9"), cookie[..cookie.len() - 1].to_owned()] {
        assert_eq!(check(&sidecar, &[("cookie", &forged)]), required, "{forged}");
        assert_refused(&sidecar, &OF_READERS, &[("cookie", &forged)]);
    }
    let logout = sidecar.request("POST /auth/logout", &[("cookie", &cookie)], b"");
    assert_eq!(logout.json(), json!({ "success": true, "message": "logged out" }));
    let cleared = "raceway_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0";
    assert_eq!(logout.header("set-cookie"), cleared);
    // Behind a proxy that speaks TLS.
    let body = json!({ "password": PASSWORD }).to_string();
    let secure = [("x-forwarded-proto", "https")];
    let login = sidecar.request("POST /auth/login", &secure, body.as_bytes());
    assert!(login.header("set-cookie").ends_with("; Max-Age=604800; Secure"), "{login:?}");

    let open = json!({ "authenticated": true, "auth_required": false });
    assert_eq!(check(&start(&[]), &[]), open);
    assert_eq!(check(&start(&WITH_KEYS), &[]), open);
}

fn restart(_: &World) {
    let sidecar = start(&[WITH_PASSWORD]);
    let cookie = cookie(&log_in(&sidecar, PASSWORD));
    drop(sidecar);
    assert_refused(&start(&[WITH_PASSWORD]), &OF_READERS, &[("cookie", &cookie)]);
}

fn wrong_logins(_: &World) {
    let sidecar = start(&[WITH_PASSWORD]);
    let assert_fails = |answer: RawAnswer, status: u16| {
        assert_eq!(answer.status, status, "{answer:?}");
        let Value::Object(body) = answer.json() else { panic!("{answer:?}") };
        assert_eq!(body["success"], false);
        assert!(body["message"].is_string() && body.len() == 2, "{body:?}");
        assert_eq!(answer.header("set-cookie"), "");
    };
    for password in ["", "open sesam", "open sesame ", "OPEN SESAME"] {
        assert_fails(log_in(&sidecar, password), 401);
    }
    let long = format!("{{\"password\": \"{}\"}}", "x".repeat(5000));
    for body in ["{}", "open sesame", "{\"password\": 1}", &long] {
        assert_fails(sidecar.request("POST /auth/login", &[], body.as_bytes()), 400);
    }
    assert_fails(log_in(&start(&[]), PASSWORD), 400);
    assert_fails(log_in(&start(&WITH_KEYS), PASSWORD), 400);
}

fn attempts(_: &World) {
    let sidecar = start(&[WITH_PASSWORD]);
    let first = log_in(&sidecar, PASSWORD);
    let answers: Vec<RawAnswer> = (0..20).map(|_| log_in(&sidecar, "a guess")).collect();
    let refused = answers.iter().filter(|answer| answer.status == 429).count();
    assert!((8..=11).contains(&refused), "{refused}");
    // The right one does not pass either.
    let answer = log_in(&sidecar, PASSWORD);
    assert_eq!((answer.status, answer.json()["success"].clone()), (429, json!(false)));
    let seconds: u64 = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=7).contains(&seconds), "{seconds}");
    // Who is logged in stays so.
    assert_answers(&sidecar, &OF_READERS, &[("cookie", &cookie(&first))]);
}

fn secrets(_: &World) {
    let [enabled, keys] = WITH_KEYS;
    let settings = [enabled, keys, WITH_PASSWORD];
    let mut serving = command(&settings);
    serving.env("RUST_LOG", "trace");
    let sidecar = Sidecar::start(serving);
    let login = log_in(&sidecar, "a wrong guess");
    let token = cookie(&log_in(&sidecar, PASSWORD));
    let headers = [("authorization", "Bearer key-of-programs"), ("cookie", &token)];
    assert_answers(&sidecar, &OF_PROGRAMS, &headers);
    let mut doctor = command(&settings);
    let doctor = Sidecar::run({
        doctor.arg("doctor");
        doctor
    });
    let printed = String::from_utf8(doctor.stdout).expect("UTF-8");
    let (_, token) = token.split_once('=').expect("a cookie");
    for text in [&sidecar.log(), &printed, &format!("{login:?}")] {
        for secret in [KEY, "other,", PASSWORD, "a wrong guess", token] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    sidecar.await_logged("wrong password client=127.0.0.1");
}

fn wrong_settings(_: &World) {
    for (settings, expected) in [
        (&[("AUTH_ENABLED", "true")][..], "server.api_keys: expected at least one"),
        (&[("AUTH_ENABLED", "true"), ("API_KEYS", "")], "server.api_keys: expected at least one"),
        (&[("API_KEYS", "a key with blanks")], "server.api_keys: expected keys of"),
        (&[("UI_PASSWORD", "")], "server.ui_password: expected a password"),
        (&[("CORS_ORIGINS", "https://example.com/")], "server.cors_origins: expected *"),
    ] {
        let output = Sidecar::run(command(settings));
        let error = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains(expected) && !error.contains("blanks\""), "{error}");
    }
}

/// What a browser may do by the answer to its preflight, of this origin.
fn preflight(sidecar: &Sidecar, route: &str, origin: &str) -> RawAnswer {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type"),
    ];
    let answer = sidecar.request(&format!("OPTIONS {route}"), &headers, b"");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
    answer
}

fn origins(_: &World) {
    const OTHER: &str = "https://example.com";
    let sidecar = start(&WITH_KEYS);
    for route in ["/events", "/api/traces", "/api/traces/t", "/status"] {
        let answer = preflight(&sidecar, route, OTHER);
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, "*"));
        assert_eq!(answer.header("access-control-allow-methods"), "GET,POST,OPTIONS");
        let headers = answer.header("access-control-allow-headers");
        assert_eq!(headers, "authorization,content-type");
    }
    // Errors can be read, too.
    let refused = sidecar.request("GET /api/traces", &[("origin", OTHER)], b"");
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (401, "*"));

    let allowed_by = |sidecar: &Sidecar, origin: &str| {
        let answer = sidecar.request("GET /livez", &[("origin", origin)], b"");
        let allowed = answer.header("access-control-allow-origin").to_owned();
        assert_eq!(
            preflight(sidecar, "/events", origin).header("access-control-allow-origin"),
            allowed
        );
        allowed
    };
    let some = [("CORS_ORIGINS", "https://example.com, http://localhost:5173")];
    let sidecar = start(&some);
    assert_eq!(allowed_by(&sidecar, OTHER), OTHER);
    assert_eq!(allowed_by(&sidecar, "http://localhost:5173"), "http://localhost:5173");
    for origin in
        ["https://example.com.evil", "http://example.com", "https://example.com:8443", "null"]
    {
        assert_eq!(allowed_by(&sidecar, origin), "", "{origin}");
    }
    let sidecar = start(&[("CORS_ENABLED", "false")]);
    assert_eq!(allowed_by(&sidecar, OTHER), "");
    for settings in [&some[..], &[("CORS_ENABLED", "false")]] {
        let mut command = command(settings);
        command.env("RACEWAY_DEVELOPMENT__CORS_ALLOW_ALL", "true");
        assert_eq!(allowed_by(&Sidecar::start(command), "https://anybody.example"), "*");
    }
}

/// Those that speak to a sidecar whose store is in memory, by its own configuration.
fn commands(_: &World) {
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    let sidecar = start(&WITH_KEYS);
    let port = sidecar.url().rsplit(':').next().expect("a port");
    let configuration = |keys: &str| format!("[server]\nport = {port}\napi_keys = [{keys}]\n");
    fs::write(folder.path().join("events"), event("t", "e", NOON).to_string()).expect("a file");
    let run = |keys: &str, arguments: &[&str]| {
        fs::write(folder.path().join("raceway.toml"), configuration(keys)).expect("a file");
        let mut command = Sidecar::command();
        command.current_dir(folder.path()).env_remove("RACEWAY_SERVER__PORT").args(arguments);
        let output = Sidecar::run(command);
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let key = &format!("{KEY:?}");
    for keys in ["", "\"wrong\""] {
        for arguments in [&["import", "events"][..], &["export"]] {
            let (status, _, error) = run(keys, arguments);
            assert_eq!(status, Some(1));
            assert!(error.contains("api_keys"), "{error}");
        }
    }
    let (status, printed, error) = run(key, &["import", "events"]);
    assert_eq!((status, &*printed), (Some(0), "1 new, 0 there already, 0 rejected\n"), "{error}");
    let (status, exported, _) = run(key, &["export", "--url", sidecar.url()]);
    assert_eq!((status, exported.lines().count()), (Some(0), 1));
}

/// Not those that are short.
fn compression(_: &World) {
    let sidecar = Sidecar::memory();
    let events: Vec<Value> = (0..1000).map(|n| event("t", &format!("e{n}"), NOON)).collect();
    sidecar.store(&events);
    let gzip = [("accept-encoding", "gzip")];
    let plain = sidecar.request("GET /api/traces/t", &[], b"");
    let answer = sidecar.request("GET /api/traces/t", &gzip, b"");
    assert_eq!((plain.header("content-encoding"), answer.header("content-encoding")), ("", "gzip"));
    assert!(answer.body.len() < plain.body.len() / 5, "{}", answer.body.len());
    let Answer { json, .. } = sidecar.get("/api/traces/t");
    assert_eq!(unzipped(&answer.body), json);
    let short = sidecar.request("GET /api/services", &gzip, b"");
    assert_eq!(short.header("content-encoding"), "");
}

fn unzipped(body: &[u8]) -> Value {
    serde_json::from_reader(flate2::read::GzDecoder::new(body)).expect("JSON")
}

//! The web UI that is served: its files by plain HTTP, and what a real browser makes of them.

use std::fs;
use std::io::Read;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use flate2::read::GzDecoder;
use libtest_mimic::Trial;
use tempfile::TempDir;

use super::access::{KEY, PASSWORD};
use super::documentation::root;
use crate::harness::{Sidecar, browse, build_of_ui, event, percent_encoded, recorded_requests};
use crate::{Case, World};

const CASES: [Case; 18] = [
    ("routes_of_the_page_are_the_page", routes),
    ("paths_of_the_api_are_never_the_page", api),
    ("other_paths_are_the_page_for_who_wants_html", others),
    ("files_are_read_and_nothing_else_is_done", methods),
    ("nothing_leads_out_of_the_folder", traversal),
    ("assets_are_kept_for_a_year_and_the_page_is_asked_for", caching),
    ("files_are_compressed_or_answered_in_parts", encodings),
    ("a_browser_is_told_what_the_page_may_do", security),
    ("a_build_can_be_replaced", replaced),
    ("the_program_has_a_page_of_its_own", own_page),
    ("paths_of_the_api_are_never_the_own_page", own_api),
    ("files_of_the_own_page_are_revalidated", own_caching),
    ("files_of_the_own_page_are_for_every_client", own_encodings),
    ("a_page_can_be_switched_off", switched_off),
    ("a_wrong_folder_is_told_at_the_start", wrong_folder),
    ("a_browser_opens_every_route", browser_routes),
    ("a_browser_keeps_the_page_open_while_events_arrive", browser_polls),
    ("a_browser_keeps_assets", browser_caches),
];

const OF_BROWSERS: [Case; 3] = [
    ("a_browser_logs_in", browser_login),
    ("a_browser_asks_from_other_origins", browser_origins),
    ("a_browser_sees_what_waits_for_postgres", browser_away),
];

/// As a browser that opens a page asks for it.
const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

const NOON: &str = "2026-11-22T12:00:00Z";

const ASSET: &str = "/assets/page-5f1c2a9e.js";

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let trials = crate::trials(world, "ui", &CASES);
    trials.into_iter().chain(crate::trials(world, "ui", &OF_BROWSERS)).collect()
}

/// With the store in memory.
fn serving(folder: &Path) -> Command {
    let mut command = Sidecar::command();
    command.env("RACEWAY_SERVER__UI_DIR", folder);
    command
}

/// A sidecar with the tests' own page.
fn with_page() -> Sidecar {
    Sidecar::start(serving(&build_of_ui()))
}

fn page() -> String {
    fs::read_to_string(build_of_ui().join("index.html")).expect("a page")
}

fn assert_is_page(sidecar: &Sidecar, path: &str, headers: &[(&str, &str)]) {
    let answer = sidecar.request(&format!("GET {path}"), headers, b"");
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/html"), "{path}");
    assert_eq!(answer.text(), page(), "{path}");
}

fn assert_is_error(sidecar: &Sidecar, request: &str, headers: &[(&str, &str)], status: u16) {
    let answer = sidecar.request(request, headers, b"");
    assert_eq!(answer.status, status, "{request}");
    assert_eq!(answer.json()["success"], false, "{request}");
}

fn routes(_: &World) {
    let sidecar = with_page();
    for path in [
        "/",
        "/?poll=1",
        "/index.html",
        "/insights/dependency-graph",
        "/insights/races",
        "/services/bank",
        "/services/a%2Fb/dependencies",
        "/services/%2e%2e",
        "/traces/t1",
        "/traces/t1/events/e1",
        &format!("/traces/{}", percent_encoded(&"é".repeat(255))),
    ] {
        assert_is_page(&sidecar, path, &[HTML]);
        assert_is_page(&sidecar, path, &[]);
    }
}

fn api(_: &World) {
    let sidecar = with_page();
    for path in [
        "/api",
        "/api/",
        "/api/x",
        "//api/x",
        "/%61pi/x",
        "/api%2Fx",
        "/api/traces/t/x",
        "/auth",
        "/auth/x",
        "/events/",
        "/events/x",
        "/assets",
        "/assets/",
        "/assets/x.js",
        "/assets/index.html",
        "/livez/x",
        "/readyz/",
        "/health/x",
        "/status/x",
    ] {
        assert_is_error(&sidecar, &format!("GET {path}"), &[HTML], 404);
    }
    for (request, status) in [
        ("GET /events", 405),
        ("GET /auth/login", 405),
        ("POST /api/traces", 405),
        ("DELETE /livez", 405),
        ("GET /api/traces/t1", 404),
        ("GET /api/traces?page=0", 400),
    ] {
        assert_is_error(&sidecar, request, &[HTML], status);
    }
    assert_eq!(sidecar.request("GET /api/traces", &[HTML], b"").json()["success"], true);
}

fn others(_: &World) {
    let sidecar = with_page();
    for path in ["/about", "/a/b/c", "/page.txt", "/apis", "/icon.png"] {
        assert_is_page(&sidecar, path, &[HTML]);
        for accept in ["*/*", "application/json", "text/html;q=0", "image/*"] {
            assert_is_error(&sidecar, &format!("GET {path}"), &[("accept", accept)], 404);
        }
        assert_is_error(&sidecar, &format!("GET {path}"), &[], 404);
    }
    let icon = sidecar.request("GET /icon.svg", &[HTML], b"");
    assert_eq!((icon.status, icon.header("content-type")), (200, "image/svg+xml"));
}

fn methods(_: &World) {
    let sidecar = with_page();
    for path in ["/", ASSET, "/traces/t1"] {
        let (whole, head) = (format!("GET {path}"), format!("HEAD {path}"));
        let (whole, head) = (sidecar.request(&whole, &[], b""), sidecar.request(&head, &[], b""));
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        for name in ["content-type", "content-length", "etag", "last-modified", "cache-control"] {
            assert_eq!(head.header(name), whole.header(name), "{path}: {name}");
        }
        assert_eq!(head.header("content-length"), whole.body.len().to_string());
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            assert_is_error(&sidecar, &format!("{method} {path}"), &[], 405);
        }
    }
    assert_eq!(sidecar.request("POST /", &[], b"").header("allow"), "GET, HEAD");
}

/// A build beside something that nobody should see, and links in it.
fn beside_a_secret() -> TempDir {
    let place = TempDir::with_prefix("raceway-test-").expect("a folder");
    let build = place.path().join("build");
    fs::create_dir_all(build.join("assets")).expect("a folder");
    fs::write(build.join("index.html"), page()).expect("a file");
    fs::write(build.join("assets/a.js"), "script").expect("a file");
    fs::write(place.path().join("secret"), "secret").expect("a file");
    symlink(place.path().join("secret"), build.join("secret")).expect("a link");
    symlink("../../secret", build.join("assets/secret.js")).expect("a link");
    symlink("..", build.join("assets/up")).expect("a link");
    symlink(place.path(), build.join("assets/out")).expect("a link");
    symlink("a.js", build.join("assets/b.js")).expect("a link");
    place
}

fn traversal(_: &World) {
    let place = beside_a_secret();
    let sidecar = Sidecar::start(serving(&place.path().join("build")));
    for path in [
        "/../secret",
        "/assets/../../secret",
        "/assets/..%2f..%2fsecret",
        "/assets/%2e%2e/%2e%2e/secret",
        "/%2e%2e%2fsecret",
        "/..%5csecret",
        "/assets/..%255c..%255csecret",
        "/assets//../../secret",
        "/%2fetc/passwd",
        "//etc/passwd",
        "/assets/%00",
        "/assets/a.js%00",
        "/assets/a.js/",
        "/assets/a.js/x",
        "/%ff",
        "/secret",
        "/assets/secret.js",
        "/assets/out/secret",
        "/assets/up",
    ] {
        assert_is_error(&sidecar, &format!("GET {path}"), &[], 404);
        let answer = sidecar.request(&format!("GET {path}"), &[HTML], b"");
        assert!([200, 404].contains(&answer.status), "{path}: {}", answer.status);
        assert!(answer.status == 404 || answer.text() == page(), "{path}");
    }
    for path in ["/assets/a.js", "/assets/b.js", "/assets/up/assets/a.js"] {
        assert_eq!(sidecar.request(&format!("GET {path}"), &[], b"").text(), "script", "{path}");
    }
}

fn caching(_: &World) {
    let sidecar = with_page();
    for (path, expected) in [
        (ASSET, "public, max-age=31536000, immutable"),
        ("/", "no-cache"),
        ("/index.html", "no-cache"),
        ("/services/bank", "no-cache"),
        ("/icon.svg", "no-cache"),
        ("/assets/missing.js", ""),
    ] {
        let request = format!("GET {path}");
        let answer = sidecar.request(&request, &[HTML], b"");
        assert_eq!(answer.header("cache-control"), expected, "{path}");
        if answer.status == 200 {
            let (tag, time) = (answer.header("etag"), answer.header("last-modified"));
            for known in [("if-none-match", tag), ("if-modified-since", time)] {
                let again = sidecar.request(&request, &[HTML, known], b"");
                assert_eq!((again.status, again.body.len()), (304, 0), "{path}: {known:?}");
                assert_eq!(again.header("cache-control"), expected, "{path}");
                assert_eq!(again.header("etag"), tag, "{path}");
            }
            let other = sidecar.request(&request, &[HTML, ("if-none-match", "\"other\"")], b"");
            assert_eq!(other.status, 200, "{path}");
        }
    }
    let beyond = sidecar.request(&format!("GET {ASSET}"), &[("range", "bytes=99999-")], b"");
    assert_eq!((beyond.status, beyond.header("cache-control")), (416, "no-cache"));
}

fn encodings(_: &World) {
    let sidecar = with_page();
    let file = fs::read(build_of_ui().join(&ASSET[1..])).expect("a file");
    let request = format!("GET {ASSET}");
    let gzip = sidecar.request(&request, &[("accept-encoding", "gzip, br")], b"");
    assert_eq!(gzip.header("content-encoding"), "gzip");
    assert_eq!(gzip.header("vary"), "accept-encoding");
    assert!(gzip.body.len() < file.len() / 2);
    let mut unzipped = Vec::new();
    GzDecoder::new(&gzip.body[..]).read_to_end(&mut unzipped).expect("gzip");
    assert_eq!(unzipped, file);
    let plain = sidecar.request(&request, &[("accept-encoding", "gzip;q=0")], b"");
    assert_eq!((plain.header("content-encoding"), &plain.body), ("", &file));

    for accept in ["identity", "gzip"] {
        let range = [("range", "bytes=10-19"), ("accept-encoding", accept)];
        let part = sidecar.request(&request, &range, b"");
        assert_eq!((part.status, &part.body[..]), (206, &file[10..20]));
        assert_eq!(part.header("content-range"), format!("bytes 10-19/{}", file.len()));
    }
    // More than one part would take another form.
    let parts = sidecar.request(&request, &[("range", "bytes=0-1,5-6")], b"");
    assert_eq!((parts.status, parts.body), (200, file));
}

fn security(_: &World) {
    let sidecar = with_page();
    for path in ["/", ASSET, "/traces/t1"] {
        let answer = sidecar.request(&format!("GET {path}"), &[], b"");
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'self';",
            "style-src 'self' 'unsafe-inline' https://fonts.googleapis.com;",
            "font-src 'self' data: https://fonts.gstatic.com;",
            "object-src 'none';",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
    }
}

/// As a deployment does it: the folder is a link, and then one to another build.
fn replaced(_: &World) {
    let place = TempDir::with_prefix("raceway-test-").expect("a folder");
    let current = place.path().join("current");
    for build in ["old", "new"] {
        fs::create_dir(place.path().join(build)).expect("a folder");
        fs::write(place.path().join(build).join("index.html"), build).expect("a file");
    }
    symlink("old", &current).expect("a link");
    let sidecar = Sidecar::start(serving(&current));
    assert_eq!(sidecar.request("GET /", &[], b"").text(), "old");
    symlink("new", place.path().join("next")).expect("a link");
    fs::rename(place.path().join("next"), &current).expect("a link");
    assert_eq!(sidecar.request("GET /", &[], b"").text(), "new");
    fs::remove_file(place.path().join("new/index.html")).expect("a file");
    assert_is_error(&sidecar, "GET /", &[HTML], 500);
}

/// A file of the program's own page, as it is in the repository.
fn own(file: &str) -> Vec<u8> {
    let (page, built) = (root().join("web"), root().join("web/dist"));
    let folder = if built.exists() { built } else { page };
    fs::read(folder.join(file)).expect("a file of the page")
}

/// The path of the script that the page loads, without its slash.
fn own_script() -> String {
    let page = String::from_utf8(own("index.html")).expect("UTF-8");
    let (_, after) = page.split_once("src=\"/").expect("a script");
    after.split('"').next().expect("a path").to_owned()
}

fn own_page(_: &World) {
    let sidecar = Sidecar::memory();
    for path in [
        "/",
        "/?view=races",
        "/index.html",
        "/traces/t1?finding=r1",
        "/traces/a%2Fb",
        "/compare?a=t1&b=t2",
        "/variable?service=bank&name=x",
        "/open",
    ] {
        for headers in [&[HTML][..], &[]] {
            let answer = sidecar.request(&format!("GET {path}"), headers, b"");
            assert_eq!(
                (answer.status, answer.header("content-type")),
                (200, "text/html"),
                "{path}"
            );
            assert_eq!(answer.body, own("index.html"), "{path}");
            let policy = answer.header("content-security-policy");
            assert!(policy.starts_with("default-src 'self';"), "{policy}");
            assert!(!policy.contains("script-src") && !policy.contains("http"), "{policy}");
            assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
    }
    let path = own_script();
    let script = sidecar.request(&format!("GET /{path}"), &[HTML], b"");
    assert_eq!((script.status, script.header("content-type")), (200, "text/javascript"));
    assert_eq!(script.body, own(&path));
    assert_eq!(sidecar.request("GET /about", &[HTML], b"").body, own("index.html"));
    for path in [
        "/about",
        "/missing.js",
        "/../index.html",
        "/%2e%2e/index.html",
        "//index.html",
        "/index.html/",
    ] {
        assert_is_error(&sidecar, &format!("GET {path}"), &[], 404);
    }
}

fn own_api(_: &World) {
    let sidecar = Sidecar::memory();
    for path in ["/api", "/api/x", "/%61pi/x", "/auth/x", "/events/x", "/assets/x.js", "/livez/x"] {
        assert_is_error(&sidecar, &format!("GET {path}"), &[HTML], 404);
    }
    for method in ["POST", "PUT", "DELETE"] {
        let refused = sidecar.request(&format!("{method} /traces/t1"), &[HTML], b"");
        assert_eq!((refused.status, refused.header("allow")), (405, "GET, HEAD"));
    }
    assert_is_error(&sidecar, "GET /api/traces/t1", &[HTML], 404);
    assert_eq!(sidecar.request("GET /api/traces", &[HTML], b"").json()["success"], true);
}

fn own_caching(_: &World) {
    let (sidecar, other) = (Sidecar::memory(), Sidecar::memory());
    for path in ["/", "/index.html", "/traces/t1", &format!("/{}", own_script())] {
        let request = format!("GET {path}");
        let answer = sidecar.request(&request, &[], b"");
        let is_kept = path.starts_with("/assets/");
        let expected = if is_kept { "public, max-age=31536000, immutable" } else { "no-cache" };
        assert_eq!(answer.header("cache-control"), expected, "{path}");
        let tag = answer.header("etag");
        assert!(tag.starts_with("W/\""), "{path}: {tag}");
        for (accept, sidecar) in [("gzip", &sidecar), ("identity", &other)] {
            let known = [("if-none-match", tag), ("accept-encoding", accept)];
            let again = sidecar.request(&request, &known, b"");
            assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, tag));
            assert_eq!(again.header("cache-control"), expected, "{path}");
        }
        let changed = sidecar.request(&request, &[("if-none-match", "\"another\"")], b"");
        assert_eq!(changed.status, 200, "{path}");
    }
}

fn own_encodings(_: &World) {
    let sidecar = Sidecar::memory();
    let script = own_script();
    for (path, file) in [("/".to_owned(), "index.html"), (format!("/{script}"), &*script)] {
        for accept in ["gzip", "br, gzip;q=0.5", "identity", "gzip;q=0", ""] {
            let headers = [("accept-encoding", accept)];
            let whole = sidecar.request(&format!("GET {path}"), &headers, b"");
            let head = sidecar.request(&format!("HEAD {path}"), &headers, b"");
            let is_gzip = whole.header("content-encoding") == "gzip";
            assert_eq!(is_gzip, accept.ends_with("gzip") || accept.ends_with("0.5"), "{accept}");
            assert_eq!(whole.header("vary"), "accept-encoding");
            assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
            for name in ["content-type", "content-length", "content-encoding", "etag"] {
                assert_eq!(head.header(name), whole.header(name), "{path}: {name}");
            }
            assert_eq!(head.header("content-length"), whole.body.len().to_string());
            let mut body = whole.body.clone();
            if is_gzip {
                body.clear();
                GzDecoder::new(&whole.body[..]).read_to_end(&mut body).expect("gzip");
            }
            assert_eq!(body, own(file), "{path}");
        }
    }
}

fn switched_off(_: &World) {
    for folder in [None, Some(build_of_ui())] {
        let mut command = Sidecar::command();
        command.env("RACEWAY_SERVER__UI", "false");
        command.envs(folder.map(|folder| ("RACEWAY_SERVER__UI_DIR", folder)));
        let sidecar = Sidecar::start(command);
        for request in ["GET /", "GET /index.html", "GET /traces/t1", "POST /"] {
            assert_is_error(&sidecar, request, &[HTML], 404);
        }
    }
}

fn wrong_folder(_: &World) {
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    for missing in [folder.path().to_owned(), folder.path().join("missing"), "".into()] {
        let output = Sidecar::run(serving(&missing));
        assert_eq!(output.status.code(), Some(1));
        let error = String::from_utf8(output.stderr).expect("UTF-8");
        let expected = format!(
            "raceway-sidecar: server.ui_dir {}: expected a folder with an index.html: ",
            missing.display()
        );
        assert!(error.contains(&expected), "{error}");
    }
}

/// With recorded traffic in it, and a trace that is long.
fn with_traffic() -> Sidecar {
    let sidecar = with_page();
    for body in recorded_requests() {
        sidecar.post(&body).data();
    }
    let long: Vec<_> = (0..2000).map(|n| event("long", &format!("e{n}"), NOON)).collect();
    sidecar.store(&long);
    sidecar
}

fn browser_routes(_: &World) {
    let mut paths = ["/", "/?poll=100", "/traces/long"].map(String::from).to_vec();
    for insight in ["dependency-graph", "performance", "health", "hotspots", "races"] {
        paths.push(format!("/insights/{insight}"));
    }
    let sidecar = with_traffic();
    for service in sidecar.get("/api/services").data()["services"].as_array().expect("services") {
        let name = percent_encoded(service["name"].as_str().expect("a name"));
        for tab in ["", "/traces", "/dependencies", "/performance"] {
            paths.push(format!("/services/{name}{tab}"));
        }
    }
    let traces = sidecar.get("/api/traces?page_size=3").data();
    for trace in traces["traces"].as_array().expect("traces") {
        let id = trace["trace_id"].as_str().expect("an id");
        paths.extend(["", "/variables", "/graph/e1"].map(|tab| format!("/traces/{id}{tab}")));
    }
    let paths: Vec<&str> =
        [sidecar.url()].into_iter().chain(paths.iter().map(|path| &**path)).collect();
    browse("routes", &paths);
    // Nothing is stored.
    browse("routes", &[with_page().url(), "/", "/insights/races", "/services/bank/performance"]);
}

fn browser_polls(_: &World) {
    browse("polls", &[with_page().url()]);
}

fn browser_caches(_: &World) {
    browse("caches", &[with_page().url()]);
}

/// With a password and a key.
fn secured() -> Sidecar {
    let mut command = serving(&build_of_ui());
    command.env("RACEWAY_SERVER__UI_PASSWORD", PASSWORD);
    command.env("RACEWAY_SERVER__AUTH_ENABLED", "true").env("RACEWAY_SERVER__API_KEYS", KEY);
    Sidecar::start(command)
}

fn browser_login(_: &World) {
    browse("login", &[secured().url(), PASSWORD]);
}

fn browser_origins(_: &World) {
    let mut closed = Sidecar::command();
    closed.env("RACEWAY_SERVER__CORS_ORIGINS", "https://example.com");
    let (open, closed, secured) = (Sidecar::memory(), Sidecar::start(closed), secured());
    browse("origins", &[open.url(), closed.url(), secured.url(), KEY, PASSWORD]);
}

fn browser_away(_: &World) {
    let mut command = Sidecar::command_on("host=127.0.0.1 port=1 user=postgres");
    command.env("RACEWAY_SERVER__UI_DIR", build_of_ui());
    browse("away", &[Sidecar::start(command).url()]);
}

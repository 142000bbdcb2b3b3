//! What pages poll: an answer that they have already is not sent again.

use std::sync::Arc;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::World;
use crate::harness::{Sidecar, Tagged, event};

const NOON: &str = "2026-11-22T12:00:00Z";

/// What a tag can't be of.
const OTHER: &str = "\"other\"";

const POLLED: [&str; 7] = [
    "/api/traces",
    "/api/traces/t",
    "/api/services",
    "/api/distributed/edges",
    "/api/distributed/hotspots",
    "/api/performance/metrics",
    "/openapi.json",
];

type Case = fn(&Sidecar);

const CASES: [(&str, Case); 3] = [
    ("an_answer_that_a_client_has_is_not_sent_again", unchanged),
    ("another_answer_has_another_tag", changed),
    ("what_is_streamed_or_no_answer_has_no_tag", without),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let of_store = |store: crate::StoreKind| {
        CASES.map(|(name, case)| {
            let name = format!("etags::{}::{name}", store.name());
            world.trial(&name, move |world| case(&world.sidecar(store)))
        })
    };
    world.stores().into_iter().flat_map(of_store).collect()
}

fn tag(sidecar: &Sidecar, path: &str) -> String {
    let Tagged { status, etag, cache_control, body } = sidecar.get_unless(path, OTHER);
    assert_eq!((status, cache_control.as_deref()), (200, Some("no-cache")), "{path}");
    assert_eq!(body, sidecar.get_bytes(path), "{path}");
    etag.expect("a tag")
}

fn unchanged(sidecar: &Sidecar) {
    sidecar.store(&[event("t", "e", NOON)]);
    for path in POLLED {
        let tag = tag(sidecar, path);
        for known in [tag.clone(), format!("{OTHER}, {tag}"), "*".to_owned()] {
            let answer = sidecar.get_unless(path, &known);
            assert_eq!((answer.status, answer.body.len()), (304, 0), "{path}");
            assert_eq!(answer.etag.as_ref(), Some(&tag), "{path}");
            assert_eq!(answer.cache_control.as_deref(), Some("no-cache"), "{path}");
        }
    }
}

fn changed(sidecar: &Sidecar) {
    sidecar.store(&[event("t", "e", NOON)]);
    for (number, path) in ["/api/traces", "/api/traces/t", "/api/services"].iter().enumerate() {
        let before = tag(sidecar, path);
        sidecar.store(&[event("t", &number.to_string(), NOON)]);
        let answer = sidecar.get_unless(path, &before);
        assert_eq!(answer.status, 200, "{path}");
        assert_ne!(answer.etag, Some(before), "{path}");
    }
}

fn without(sidecar: &Sidecar) {
    let long: Vec<Value> = (0..4001).map(|n| event("long", &n.to_string(), NOON)).collect();
    sidecar.store(&long);
    for (path, status) in [
        ("/api/traces/long", 200),
        ("/api/export", 200),
        ("/api/traces/nothing", 404),
        ("/api/traces?page=0", 400),
    ] {
        let answer = sidecar.get_unless(path, "*");
        assert_eq!(
            (answer.status, answer.etag, answer.cache_control),
            (status, None, None),
            "{path}"
        );
    }
}

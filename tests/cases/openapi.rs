//! The OpenAPI document, and whether answers are as it says.

use std::collections::BTreeSet;
use std::sync::Arc;

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::harness::{
    Flavour, Sidecar, event, recorded_answer, recorded_requests, schemathesis, undocumented,
};
use crate::{Case, StoreKind, World};

const CASES: [Case; 4] = [
    ("the_document_is_served", |_| served()),
    ("recorded_answers_are_as_the_document_says_but_for_what_is_added", |_| recorded()),
    ("whatever_memory_is_asked_the_answer_is_as_the_document_says", |world| {
        asked(world, StoreKind::Memory);
    }),
    ("whatever_the_extension_is_asked_the_answer_is_as_the_document_says", |world| {
        asked(world, StoreKind::Postgres(Flavour::Extension));
    }),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "openapi", &CASES)
}

fn served() {
    let sidecar = Sidecar::memory();
    let kept: Value = serde_json::from_str(include_str!("../../docs/openapi.json")).expect("JSON");
    assert_eq!(sidecar.get("/openapi.json").json, kept);
}

/// Raceway's own server answers less than this one.
fn recorded() {
    const ADDED: [&str; 9] = [
        "event1_access_type",
        "event1_id",
        "event2_access_type",
        "event2_id",
        "next_cursor",
        "race_details_omitted",
        "reason",
        "recorded_duration_ms",
        "service_name",
    ];
    let mut missing = BTreeSet::new();
    for (path, file) in [
        ("/api/traces", "traces-list.json"),
        ("/api/traces/t", "trace-0b67f052-a9c4-4fdc-86a6-45f186201662.json"),
    ] {
        let answer = json!({ "success": true, "data": recorded_answer(file), "error": null });
        let errors = undocumented("get", path, 200, &answer);
        // Of an object that is not as it should be, no key is known.
        for error in errors.iter().filter(|error| !error.contains("Unevaluated properties")) {
            let name =
                error.split('"').nth(1).filter(|_| error.ends_with("is a required property"));
            missing.insert(name.unwrap_or_else(|| panic!("{file}: {error}")).to_owned());
        }
    }
    assert_eq!(missing.iter().map(String::as_str).collect::<Vec<_>>(), ADDED);
}

fn asked(world: &World, store: StoreKind) {
    let sidecar = world.sidecar(store);
    for body in recorded_requests() {
        sidecar.post(&body).data();
    }
    // What the document has as examples.
    let mut example = event("t1", "e1", "2026-11-22T12:00:00Z");
    example["kind"] = json!({ "StateChange": { "variable": "x", "new_value": 1 } });
    sidecar.store(&[example]);
    assert_eq!(schemathesis(&sidecar), None, "{}", store.name());
}

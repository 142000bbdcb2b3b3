//! A trace as a space-time diagram: the same from every store, and of a body that is not stored.

mod checkout;
mod long;

use std::sync::Arc;

use libtest_mimic::Trial;
use serde_json::{Value, json};

use self::checkout::{EVENTS, checkout};
use crate::World;
use crate::harness::{Answer, Sidecar, event, percent_encoded, recorded_requests};

const NOON: &str = "2026-11-22T12:00:00.000000Z";

type Case = fn(&Sidecar);

const CASES: [(&str, Case); 9] = [
    ("a_lost_update_says_which_value_was_lost", lost_update),
    ("what_is_wrong_is_told_with_its_reason", findings),
    ("strands_and_messages_follow_happens_before", messages),
    ("locks_and_values_are_on_one_axis", locks_and_values),
    ("a_window_has_what_is_in_it", windows),
    ("recorded_traces_are_whole", recorded),
    ("a_body_is_shown_and_not_stored", sent),
    ("what_is_not_there_or_wrong_is_told", wrong),
    ("many_events_are_told_as_a_density", many),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let of_store = |store: crate::StoreKind| {
        let cases = CASES.map(|(name, case)| {
            let name = format!("graph::{}::{name}", store.name());
            world.trial(&name, move |world| case(&world.sidecar(store)))
        });
        let name = format!("graph::{}::a_window_of_a_long_trace_is_read_alone", store.name());
        let long = world.trial(&name, move |world| long::window(&world.sidecar(store)));
        cases.into_iter().chain([long])
    };
    let equal = world.trial("graph::every_store_answers_the_same", every_store_answers_the_same);
    world.stores().into_iter().flat_map(of_store).chain([equal]).collect()
}

fn graph(sidecar: &Sidecar, trace_id: &str, query: &str) -> Value {
    sidecar.get(&format!("/api/traces/{}/graph{query}", percent_encoded(trace_id))).data()
}

/// The answer to `POST /api/graph` with this body.
fn post(sidecar: &Sidecar, query: &str, body: &str) -> Answer {
    sidecar.post_to(&format!("/api/graph{query}"), body.as_bytes(), &[])
}

/// The checkout, stored in an order that is not its own.
fn stored_checkout(sidecar: &Sidecar) -> Value {
    let events = checkout("checkout");
    assert_eq!(events.len(), EVENTS);
    sidecar.store(&events.iter().rev().cloned().collect::<Vec<_>>());
    graph(sidecar, "checkout", "")
}

fn list<'v>(graph: &'v Value, name: &str) -> &'v Vec<Value> {
    graph[name].as_array().unwrap_or_else(|| panic!("{name}: {graph}"))
}

/// The findings of this kind.
fn of_kind<'v>(graph: &'v Value, kind: &str) -> Vec<&'v Value> {
    list(graph, "findings").iter().filter(|finding| finding["kind"] == kind).collect()
}

/// A field of each element.
fn each<'v>(list: &'v [Value], field: &str) -> Vec<&'v str> {
    list.iter().map(|one| one[field].as_str().unwrap_or_default()).collect()
}

fn lost_update(sidecar: &Sidecar) {
    let graph = stored_checkout(sidecar);
    let [lost] = of_kind(&graph, "lost_update")[..] else { panic!("one: {}", graph["findings"]) };
    assert_eq!(*lost, list(&graph, "findings")[0], "the worst is the first");
    assert_eq!((&lost["severity"], &lost["variable"]), (&json!("CRITICAL"), &json!("balance")));
    assert_eq!((&lost["service"], &lost["lost_value"]), (&json!("bank"), &json!(70)));
    let accesses = list(lost, "accesses");
    assert_eq!(each(accesses, "role"), ["first", "between", "second", "own_read"]);
    assert_eq!(each(accesses, "event_id"), ["a3", "b6", "a6", "b3"]);
    assert_eq!(accesses[1]["clock"], json!({ "setup": 1, "web": 2, "b": 6 }));
    assert_eq!(accesses[1]["locks"], json!(["accounts"]));
    let strand = accesses[1]["strand"].as_u64().expect("a place");
    assert_eq!(
        graph["strands"][usize::try_from(strand).expect("a place")]["label"],
        "bank: POST /withdraw"
    );
    assert_eq!(lost["common_ancestor"], "w2");
    assert_eq!(
        lost["description"],
        "The write of balance = 70 at withdraw.rs:6 is lost: deposit.rs:6 wrote balance = 170 over it, made \
         from what deposit.rs:3 had read before."
    );
    assert_eq!(
        lost["missing"],
        "no lock held from deposit.rs:3 to deposit.rs:6 keeps out withdraw.rs:6"
    );
}

fn findings(sidecar: &Sidecar) {
    let graph = stored_checkout(sidecar);
    let [race] = of_kind(&graph, "race")[..] else { panic!("one: {}", graph["findings"]) };
    assert_eq!(race["variable"], "cache", "the lock keeps accesses of the balance apart");
    assert_eq!(race["missing"], "no lock; nothing orders withdraw.rs:8 and deposit.rs:8");
    assert_eq!(each(list(race, "accesses"), "event_id"), ["b8", "a8"]);
    let [deadlock] = of_kind(&graph, "deadlock")[..] else { panic!("one: {}", graph["findings"]) };
    assert_eq!((&deadlock["variable"], &deadlock["lost_value"]), (&Value::Null, &Value::Null));
    let steps = list(deadlock, "accesses");
    assert_eq!(each(steps, "role"), ["holds", "takes", "holds", "takes"]);
    assert_eq!(each(steps, "of"), ["audit", "ledger", "ledger", "audit"]);
    assert_eq!(graph["findings_omitted"], 0);
    let ids = each(list(&graph, "findings"), "id");
    assert!(ids.iter().all(|id| id.len() == 12), "{ids:?}");
    let events = list(&graph, "events");
    let is_race = |event: &Value| {
        list(&graph, "accesses")
            .iter()
            .any(|access| access["event_id"] == event["id"] && access["is_race"] == true)
    };
    let racing: Vec<&str> = events
        .iter()
        .filter(|event| is_race(event))
        .filter_map(|event| event["id"].as_str())
        .collect();
    assert_eq!(racing, ["b8", "a8"]);
}

fn messages(sidecar: &Sidecar) {
    let graph = stored_checkout(sidecar);
    let strands = list(&graph, "strands");
    assert_eq!(
        each(strands, "label"),
        ["bank: balance", "web: POST /checkout", "bank: POST /withdraw", "bank: POST /deposit"]
    );
    assert_eq!(each(strands, "root"), ["s1", "w1", "b1", "a1"]);
    let edges: Vec<[&str; 3]> = list(&graph, "edges")
        .iter()
        .map(|edge| ["from", "to", "kind"].map(|field| edge[field].as_str().expect("a text")))
        .collect();
    for edge in [
        ["s1", "w1", "clock"],
        ["w2", "a1", "call"],
        ["w2", "b1", "call"],
        ["a12", "w3", "return"],
        ["b12", "w3", "return"],
    ] {
        assert!(edges.contains(&edge), "{edge:?} of {edges:?}");
    }
    let events = list(&graph, "events");
    let order = |id: &str| {
        let event = events.iter().find(|event| event["id"] == id).expect("the event");
        event["order"].as_u64().expect("a rank")
    };
    assert!(edges.iter().all(|[from, to, _]| order(from) < order(to)), "{edges:?}");
    let mut ranks: Vec<u64> = each(events, "id").into_iter().map(order).collect();
    ranks.sort_unstable();
    assert_eq!(ranks, (0..EVENTS as u64).collect::<Vec<_>>());
    let last = events.last().expect("events");
    assert_eq!((&last["id"], &last["parent_id"]), (&json!("w4"), &json!("somewhere else")));
}

fn locks_and_values(sidecar: &Sidecar) {
    let graph = stored_checkout(sidecar);
    let holds = list(&graph, "holds");
    let hold = |event: &str| holds.iter().find(|hold| hold["acquired"] == event).expect("a hold");
    let waited = hold("b2");
    assert_eq!((&waited["lock"], &waited["mode"]), (&json!("accounts"), &json!("exclusive")));
    let [wait_from, from, until] = ["wait_from", "from", "until"].map(|field| &waited[field]);
    let at = |ms: u32| json!(format!("2026-11-22T12:00:00.{ms:03}000Z"));
    assert_eq!((wait_from, from, until), (&at(7), &at(9), &at(11)));
    assert_eq!((&hold("a2")["wait_from"], &hold("a2")["released"]), (&Value::Null, &json!("a4")));
    let accesses = list(&graph, "accesses");
    assert_eq!(each(accesses, "event_id"), ["s1", "a3", "b3", "b6", "a6", "b8", "a8"]);
    assert_eq!(each(accesses, "reads_from"), ["", "s1", "s1", "", "", "", ""]);
    assert_eq!((&accesses[3]["old_value"], &accesses[3]["new_value"]), (&json!(100), &json!(70)));
    let event = list(&graph, "events").iter().find(|event| event["id"] == "a6").expect("a write");
    assert_eq!(event["operation"], "StateChange(balance)");
    assert_eq!(
        (&event["payload"]["new_value"], &event["locks"]),
        (&json!(170), &json!(["accounts"]))
    );
    let rows = list(&graph, "tree");
    assert_eq!(rows.len(), EVENTS);
    let row = |id: &str| {
        let place = rows.iter().position(|row| row["event_id"] == id).expect("a row");
        (place as u64, &rows[place])
    };
    let (_, answer) = row("a14");
    assert_eq!((&answer["duration_ms"], &answer["from"]), (&json!(30.0), &at(5)));
    assert_eq!(row("a8").1["parent"], row("a14").0, "{answer}");
    let waited_for = rows.iter().filter(|row| row["on_critical_path"] == true).count();
    assert_eq!(waited_for as u64, graph["critical_path"]["path_events"]);
    assert_eq!(graph["critical_path"], sidecar.get("/api/traces/checkout/critical-path").data());
}

fn windows(sidecar: &Sidecar) {
    let whole = stored_checkout(sidecar);
    assert_eq!((&whole["analysed"], &whole["density"]), (&json!("trace"), &Value::Null));
    assert_eq!(
        (&whole["from"], &whole["first_timestamp"]),
        (&whole["first_timestamp"], &whole["from"])
    );
    assert_eq!(whole["until"], "2026-11-22T12:00:00.061001Z", "all are before it");
    let part =
        graph(sidecar, "checkout", "?from=2026-11-22T12:00:00.010Z&until=2026-11-22T12:00:00.021Z");
    assert_eq!((&part["events_total"], &part["events_matched"]), (&json!(EVENTS), &json!(6)));
    assert_eq!(each(list(&part, "events"), "id"), ["b3", "b4", "b5", "b6", "b7", "a5"]);
    assert_eq!((&part["analysed"], &part["events_omitted"]), (&json!("trace"), &json!(0)));
    assert_eq!(part["strands"], whole["strands"], "places of strands stay");
    assert_eq!(part["last_timestamp"], whole["last_timestamp"]);
    assert_eq!(part["edges"], json!([]));
    assert_eq!(each(list(&part, "accesses"), "event_id"), ["b3", "b6"]);
    let mut held = each(list(&part, "holds"), "acquired");
    held.sort_unstable();
    assert_eq!(held, ["a5", "b2", "b5"]);
    assert_eq!(each(list(&part, "findings"), "kind"), ["lost_update"]);
    assert_eq!(part["findings"][0], whole["findings"][0], "a finding is the same in every window");
    let empty = graph(sidecar, "checkout", "?from=2030-01-01T00:00:00Z");
    assert_eq!((&empty["events_matched"], &empty["events"]), (&json!(0), &json!([])));
    assert_eq!(empty["until"], empty["from"]);
}

/// As other answers about the trace have it.
fn recorded(sidecar: &Sidecar) {
    for body in recorded_requests() {
        sidecar.post(&body).data();
    }
    let traces = sidecar.get("/api/traces?page_size=1000").data();
    let mut races = 0;
    for listed in list(&traces, "traces") {
        let id = listed["trace_id"].as_str().expect("an id");
        let graph = graph(sidecar, id, "");
        let trace = sidecar.get(&format!("/api/traces/{}", percent_encoded(id))).data();
        let events = list(&graph, "events");
        assert_eq!(each(events, "id"), each(list(&trace, "events"), "id"));
        for (event, sent) in events.iter().zip(list(&trace, "events")) {
            let kind = event["kind"].as_str().expect("a kind");
            assert_eq!(event["payload"], sent["kind"][kind], "{sent}");
            assert_eq!(event["parent_id"], sent["parent_id"]);
        }
        let found = of_kind(&graph, "race").len() as u64;
        assert_eq!(
            found,
            trace["analysis"]["potential_races"].as_u64().expect("a number").min(100)
        );
        races += found;
        assert_eq!(list(&graph, "tree").len(), events.len());
        assert_eq!(graph["critical_path"], trace["critical_path"]);
        let path = format!("/api/traces/{id}/graph");
        assert_eq!(sidecar.get_bytes(&path), sidecar.get_bytes(&path), "asked twice");
    }
    assert!(races > 10, "{races}");
}

fn sent(sidecar: &Sidecar) {
    let mut events = checkout("checkout");
    events.push(event("other", "e1", NOON));
    events.push(event("other", "e1", NOON));
    events.push(json!({ "event_id": "e", "trace_id": "checkout", "kind": "K" }));
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    let shown = post(sidecar, "", &lines.join("\n")).data();
    assert_eq!(
        shown["traces"],
        json!([{ "trace_id": "checkout", "event_count": EVENTS }, { "trace_id": "other", "event_count": 1 }])
    );
    assert_eq!(
        (&shown["rejected_total"], &shown["rejected"][0]["index"]),
        (&json!(1), &json!(EVENTS + 2))
    );
    assert_eq!((&shown["trace_id"], &shown["traces_omitted"]), (&json!("checkout"), &json!(0)));
    assert_eq!(sidecar.get("/api/traces").data()["traces"], json!([]), "nothing is stored");
    let stored = stored_checkout(sidecar);
    for (field, value) in stored.as_object().expect("data") {
        assert_eq!(shown[field], *value, "{field}");
    }
    let body = Value::from(events).to_string();
    let other = post(sidecar, "?trace_id=other", &body).data();
    assert_eq!((&other["trace_id"], &other["events_total"]), (&json!("other"), &json!(1)));
    let part = post(sidecar, "?trace_id=checkout&from=2026-11-22T12:00:00.060Z", &body).data();
    assert_eq!(each(list(&part, "events"), "id"), ["w3", "w4"]);
    assert!(post(sidecar, "?trace_id=unheard", &body).error(404).contains("no trace \"unheard\""));
}

fn wrong(sidecar: &Sidecar) {
    sidecar.store(&[event("t", "e", NOON)]);
    for (query, expected) in [
        ("?from=yesterday", "from: expected an RFC 3339 date-time"),
        ("?until=", "until: expected an RFC 3339 date-time"),
        ("?limit=0", "limit: expected a whole number from 1"),
        ("?page=1", "page: no such parameter: expected from, until, limit"),
        ("?limit=1&limit=2", "limit: expected once"),
    ] {
        let error = sidecar.get(&format!("/api/traces/t/graph{query}")).error(400);
        assert!(error.contains(expected), "{query}: {error}");
    }
    for id in ["unheard", "%00", "a%2Fb"] {
        assert!(sidecar.get(&format!("/api/traces/{id}/graph")).error(404).contains("no trace"));
    }
    for (query, body, expected) in [
        ("?limit=0", "[]", "limit: expected a whole number from 1"),
        ("", "[]", "expected a valid event"),
        ("", "[{}]", "expected a valid event: id (or event_id)"),
        ("", "not JSON", "expected JSON"),
        ("", "7", "expected an event"),
    ] {
        let error = post(sidecar, query, body).error(400);
        assert!(error.contains(expected), "{body}: {error}");
    }
}

fn many(sidecar: &Sidecar) {
    stored_checkout(sidecar);
    let many = graph(sidecar, "checkout", "?limit=10");
    assert_eq!(
        (&many["events_matched"], &many["events_omitted"]),
        (&json!(EVENTS), &json!(EVENTS))
    );
    for name in ["events", "strands", "edges", "holds", "accesses", "findings", "tree"] {
        assert_eq!(many[name], json!([]), "{name}");
    }
    assert_eq!(long::counted(&many["density"]), EVENTS as u64);
    let services = each(list(&many["density"], "lanes"), "service");
    assert_eq!(services, ["bank", "web"]);
    let few = graph(sidecar, "checkout", "?limit=10&until=2026-11-22T12:00:00.005Z");
    assert_eq!((&few["events_matched"], &few["density"]), (&json!(4), &Value::Null));
}

fn every_store_answers_the_same(world: &World) {
    let answers = world.stores().into_iter().map(|store| {
        let sidecar = world.sidecar(store);
        let whole = stored_checkout(&sidecar);
        let part = graph(&sidecar, "checkout", "?from=2026-11-22T12:00:00.020Z&limit=12");
        long::store(&sidecar, 6_000);
        let density = graph(&sidecar, long::TRACE, "");
        let window = graph(&sidecar, long::TRACE, "?until=2026-11-22T12:00:03Z");
        (store.name(), [whole, part, density, window])
    });
    let answers: Vec<_> = answers.collect();
    for (name, answer) in &answers[1..] {
        for (one, other) in answer.iter().zip(&answers[0].1) {
            assert_eq!(one, other, "{name} and {}", answers[0].0);
        }
    }
}

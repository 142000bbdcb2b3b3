//! The same bodies by `raceway_ingest_batches`: both flavours judge like the sidecar, which has a
//! store in memory.

use std::thread;

use postgres::{Client, Error, Row};
use raceway_model::unescape_json;
use serde_json::Value;

use super::findings::{Findings, shown};
use super::verdict::{Rejected, Verdict};
use super::{Bodies, Seen};
use crate::World;
use crate::harness::{Exported, Flavour, HttpClient, Sidecar};

/// Of one call.
const BODIES: usize = 50;

/// A body that Postgres can be given as text.
struct Judged {
    number: u64,
    text: String,
    verdict: Verdict,
}

pub(super) fn judge(world: &World, bodies: &Bodies) -> Seen {
    let sidecar = Sidecar::memory();
    let judged = judge_all(&sidecar, bodies);
    let mut seen = Seen::default();
    for Judged { verdict, .. } in &judged {
        seen.accepted += verdict.count("accepted");
        seen.rejected += verdict.count("rejected_total");
        seen.refused += u64::from(verdict.status != 200);
    }
    let memory = Exported::read(&seen.findings.export(&sidecar, "memory"));
    let (judged, memory) = (&judged, &memory);
    thread::scope(|scope| {
        let flavours = Flavour::ALL
            .map(|flavour| scope.spawn(move || compare(world, flavour, bodies, judged, memory)));
        for flavour in flavours {
            seen.findings.extend(flavour.join().expect("a flavour"));
        }
    });
    seen
}

fn judge_all(sidecar: &Sidecar, bodies: &Bodies) -> Vec<Judged> {
    let client = HttpClient::new(None);
    let mut judged = Vec::new();
    for number in bodies.numbers.clone() {
        let Ok(text) = String::from_utf8(bodies.get(number)) else { continue };
        if text.contains('\0') {
            continue;
        }
        for _ in 0..Bodies::times(number) {
            let verdict = Verdict::ask(&client, sidecar, text.as_bytes());
            judged.push(Judged { number, text: text.clone(), verdict });
        }
    }
    judged
}

fn compare(
    world: &World,
    flavour: Flavour,
    bodies: &Bodies,
    judged: &[Judged],
    memory: &Exported,
) -> Findings {
    let mut findings = Findings::default();
    let database = world.cluster().create_with(flavour);
    let mut client = database.connect();
    for group in judged.chunks(BODIES) {
        compare_group(&mut client, flavour, bodies, group, &mut findings);
    }
    drop(client);
    let sidecar = Sidecar::postgres(&database);
    let exported = Exported::read(&findings.export(&sidecar, flavour.name()));
    findings.add_differences(flavour.name(), exported.differences(memory));
    drop(sidecar);
    world.cluster().drop_database(database);
    findings
}

/// In one call; where that fails, in smaller ones, until it is known over which body.
fn compare_group(
    client: &mut Client,
    flavour: Flavour,
    bodies: &Bodies,
    group: &[Judged],
    findings: &mut Findings,
) {
    match (ingest(client, group), group) {
        (Ok(rows), _) => {
            assert_eq!(rows.len(), group.len(), "a row for each body");
            for (row, judged) in rows.iter().zip(group) {
                compare_row(row, flavour, bodies, judged, findings);
            }
        }
        (Err(error), [judged]) => {
            let kind = format!("{} fails over a body", flavour.name());
            findings.add(kind, || told(bodies, judged, &error.to_string()));
        }
        (Err(_), _) => {
            let (first, second) = group.split_at(group.len() / 2);
            compare_group(client, flavour, bodies, first, findings);
            compare_group(client, flavour, bodies, second, findings);
        }
    }
}

fn ingest(client: &mut Client, group: &[Judged]) -> Result<Vec<Row>, Error> {
    let sql = "SELECT accepted, duplicates, rejected, errors::text, refusal
               FROM raceway_ingest_batches($1)";
    let texts: Vec<&str> = group.iter().map(|judged| judged.text.as_str()).collect();
    client.query(sql, &[&texts])
}

fn compare_row(
    row: &Row,
    flavour: Flavour,
    bodies: &Bodies,
    judged: &Judged,
    findings: &mut Findings,
) {
    let verdict = &judged.verdict;
    let count = |column: usize| u64::from(row.get::<_, i32>(column).unsigned_abs());
    let errors: Value = serde_json::from_str(&unescape_json(row.get(3))).expect("JSON");
    let rejected: Vec<Rejected> =
        errors.as_array().expect("a list").iter().map(Rejected::of).collect();
    let counts = [count(0), count(1), count(2)];
    let expected = ["accepted", "duplicates", "rejected_total"].map(|field| verdict.count(field));
    let refusal: Option<&str> = row.get(4);
    let is_alike = counts == expected
        && rejected == verdict.rejected()
        && refusal.is_some() == (verdict.status == 400);
    if !is_alike {
        let kind = format!("SQL in {} judges otherwise than memory", flavour.name());
        findings.add(kind, || {
            let found =
                format!("accepted, duplicates, rejected: {counts:?}; {errors}; {refusal:?}");
            told(bodies, judged, &found)
        });
    }
}

fn told(bodies: &Bodies, judged: &Judged, found: &str) -> String {
    let Judged { number, text, verdict } = judged;
    let name = bodies.name(*number);
    format!("{name}\n  {}\n  {found}\n  memory: {verdict}", shown(text.as_bytes()))
}

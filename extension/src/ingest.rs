//! `raceway_ingest`: decodes a batch, stores what is valid, and says what became of each event.

use pgrx::iter::TableIterator;
use pgrx::{Array, JsonB, name, pg_extern, search_path};
use raceway_model::{Batch, BatchError, Event, Rejection, escape_json, parse_batch};
use serde_json::json;

use crate::error::{internal_error, invalid_parameter};
use crate::store::store;

/// NULL is refused as an empty text is.
#[pg_extern(create_or_replace, security_definer)]
#[search_path(pg_catalog, @extschema@, pg_temp)]
fn raceway_ingest(
    batch: Option<&str>,
) -> TableIterator<
    'static,
    (name!(accepted, i32), name!(duplicates, i32), name!(rejected, i32), name!(errors, JsonB)),
> {
    let batch = parse_batch(batch.unwrap_or_default());
    let batch = batch.unwrap_or_else(|error| invalid_parameter(&error.to_string()));
    let report = ingest(vec![Ok(batch)]).remove(0);
    TableIterator::once((report.accepted, report.duplicates, report.rejected, report.errors))
}

#[pg_extern(create_or_replace, strict, security_definer)]
#[search_path(pg_catalog, @extschema@, pg_temp)]
fn raceway_ingest_batches(
    batches: Array<&str>,
) -> TableIterator<
    'static,
    (
        name!(accepted, i32),
        name!(duplicates, i32),
        name!(rejected, i32),
        name!(errors, JsonB),
        name!(refusal, Option<String>),
    ),
> {
    let batches = batches.iter().map(|batch| parse_batch(batch.unwrap_or_default()));
    let reports = ingest(batches.collect());
    TableIterator::new(reports.into_iter().map(|report| {
        (report.accepted, report.duplicates, report.rejected, report.errors, report.refusal)
    }))
}

/// What became of a batch.
struct Report {
    accepted: i32,
    duplicates: i32,
    rejected: i32,
    errors: JsonB,
    /// Why the batch holds no events at all.
    refusal: Option<String>,
}

/// Stores the valid events of all batches, and reports on each.
fn ingest(batches: Vec<Result<Batch, BatchError>>) -> Vec<Report> {
    let mut events: Vec<Event> = Vec::new();
    let mut parts = Vec::with_capacity(batches.len());
    for batch in batches {
        let first = events.len();
        match batch {
            Ok(batch) => {
                events.extend(batch.events);
                let rejected = (batch.rejected, batch.rejections);
                parts.push((first..events.len(), rejected, None));
            }
            Err(error) => parts.push((first..first, (0, Vec::new()), Some(error.to_string()))),
        }
    }
    let is_new = if events.is_empty() { Vec::new() } else { store(&events) };
    parts
        .into_iter()
        .map(|(range, rejected, refusal)| report(&is_new[range], rejected, refusal))
        .collect()
}

/// `rejected`: how many events are, and why the first of them.
fn report(
    is_new: &[bool],
    (rejected, rejections): (usize, Vec<Rejection>),
    refusal: Option<String>,
) -> Report {
    let accepted = is_new.iter().filter(|&&is_new| is_new).count();
    Report {
        accepted: count(accepted),
        duplicates: count(is_new.len() - accepted),
        rejected: count(rejected),
        errors: errors(&rejections),
        refusal,
    }
}

/// `[{index, id, reason}, …]`, in which U+0000 is escaped like everywhere in `jsonb`.
fn errors(rejections: &[Rejection]) -> JsonB {
    let json = json!(rejections).to_string();
    let escaped = serde_json::from_str(&escape_json(&json));
    JsonB(escaped.unwrap_or_else(|error| internal_error(&format!("errors: {error}"))))
}

fn count(events: usize) -> i32 {
    i32::try_from(events).unwrap_or(i32::MAX)
}

//! Rejected events, with what it takes to know why and from whom: nothing that was sent is gone
//! because it was wrong.

mod file;

use raceway_model::{Rejection, rejected_events, split_batch};
use raceway_spool::Body;
use serde::{Deserialize, Serialize};

pub(crate) use file::QuarantineFile;

use crate::store::Outcome;

/// A larger event is kept without its text.
const MAX_EVENT_BYTES: usize = 100_000;

/// Why an entry has several events.
const UNLISTED: &str =
    "rejected with others, of which only the first ones are listed with their reasons";

/// A rejected event.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// RFC 3339
    pub(crate) received_at: String,
    /// The address of the client.
    pub(crate) source: String,
    pub(crate) event_id: Option<String>,
    pub(crate) reason: String,
    /// As it was sent; not always JSON.
    pub(crate) event: Option<String>,
    /// How many of its events the client was told are stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) acknowledged: Option<u32>,
}

/// What was rejected of a body; all of it where it was refused as a whole.
pub(crate) fn entries(body: &Body, outcome: &Outcome) -> Vec<Entry> {
    let ingested = match outcome {
        Ok(ingested) if ingested.rejected == 0 => return Vec::new(),
        Ok(ingested) => ingested,
        Err(refusal) => return vec![entry(body, None, refusal, &body.text)],
    };
    let events = split_batch(&body.text).unwrap_or_default();
    let of = |rejection: &Rejection| {
        let event = events.get(rejection.index).copied().unwrap_or_default();
        entry(body, rejection.id.clone(), &rejection.reason, event)
    };
    let mut entries: Vec<Entry> = ingested.rejections.iter().map(of).collect();
    if ingested.rejected > entries.len()
        && let Some(last) = ingested.rejections.last()
    {
        entries.extend(unlisted(body, last.index));
    }
    entries
}

/// What was rejected after this place, many events to an entry: an entry takes some 200 bytes beside
/// its event, and a body may have a million events.
fn unlisted(body: &Body, last_listed: usize) -> Vec<Entry> {
    let rejected = rejected_events(&body.text).unwrap_or_default();
    let mut batches: Vec<String> = Vec::new();
    for (_, event) in rejected.into_iter().filter(|&(place, _)| place > last_listed) {
        match batches.last_mut() {
            Some(batch) if batch.len() + event.len() + 2 <= MAX_EVENT_BYTES => batch.push(','),
            _ => batches.push("[".to_owned()),
        }
        if let Some(batch) = batches.last_mut() {
            batch.push_str(event);
        }
    }
    let of = |batch: String| entry(body, None, UNLISTED, &(batch + "]"));
    batches.into_iter().map(of).collect()
}

fn entry(body: &Body, event_id: Option<String>, reason: &str, event: &str) -> Entry {
    Entry {
        received_at: body.received_at.to_string(),
        source: body.source.to_string(),
        event_id,
        reason: reason.to_owned(),
        event: (event.len() <= MAX_EVENT_BYTES).then(|| event.to_owned()),
        acknowledged: None,
    }
}

/// Events of a body that were acknowledged before Postgres had them, and that it rejects.
pub(crate) struct LateRejection {
    acknowledged: u32,
    pub(crate) events: u32,
    pub(crate) reason: String,
}

impl LateRejection {
    /// `None` where Postgres has all that was acknowledged.
    pub(crate) fn of(body: &Body, outcome: &Outcome) -> Option<Self> {
        let acknowledged = body.waiting_events();
        let (stored, reason) = match outcome {
            Ok(ingested) => (
                ingested.accepted + ingested.duplicates + ingested.waiting_events() as usize,
                ingested.rejections.first().map_or("", |first| &first.reason),
            ),
            Err(refusal) => (0, refusal.as_str()),
        };
        let events = acknowledged.saturating_sub(u32::try_from(stored).unwrap_or(u32::MAX));
        let reason = format!("acknowledged, then rejected by Postgres: {reason}");
        (events > 0).then_some(LateRejection { acknowledged, events, reason })
    }

    /// The whole body, whatever its size: storing its other events again does no harm.
    pub(crate) fn entry(&self, body: &Body) -> Entry {
        Entry {
            event: Some(body.text.clone()),
            acknowledged: Some(self.acknowledged),
            ..entry(body, None, &self.reason, "")
        }
    }
}

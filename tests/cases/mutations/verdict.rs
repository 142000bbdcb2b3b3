//! What became of a body, as any store should say it.

use std::fmt;

use serde_json::Value;

use crate::harness::{Answer, HttpClient, Sidecar};

/// That an answer lists; all are counted.
pub(super) const MOST_LISTED: usize = 100;

/// All of an answer but where the events are stored.
#[derive(Clone, PartialEq)]
pub(super) struct Verdict {
    pub(super) status: u16,
    event_id: Value,
    data: Value,
    error: Value,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict { status, event_id, data, error } = self;
        match status {
            200 => write!(f, "{status} {data} event_id: {event_id}"),
            _ => write!(f, "{status} {error}"),
        }
    }
}

impl Verdict {
    /// What a sidecar says; status 0 where it says nothing.
    pub(super) fn ask(client: &HttpClient, sidecar: &Sidecar, body: &[u8]) -> Self {
        match client.try_post(&format!("{}/events", sidecar.url()), body, &[]) {
            Ok(answer) => Verdict::of(answer),
            Err(error) => {
                let error = Value::from(error.to_string());
                Verdict { status: 0, event_id: Value::Null, data: Value::Null, error }
            }
        }
    }

    fn of(answer: Answer) -> Self {
        let Answer { status, mut json, .. } = answer;
        if let Some(data) = json["data"].as_object_mut() {
            data.retain(|field, _| field != "durable" && field != "stored_in");
        }
        let mut field = |name: &str| json.get_mut(name).map(Value::take).unwrap_or_default();
        Verdict { status, event_id: field("event_id"), data: field("data"), error: field("error") }
    }

    pub(super) fn count(&self, field: &str) -> u64 {
        self.data[field].as_u64().unwrap_or_default()
    }

    /// Of the events that were taken or not.
    pub(super) fn events(&self) -> u64 {
        self.count("accepted") + self.count("duplicates") + self.count("rejected_total")
    }

    /// The rejected events that are listed.
    pub(super) fn rejected(&self) -> Vec<Rejected> {
        self.data["rejected"].as_array().into_iter().flatten().map(Rejected::of).collect()
    }

    /// What this answer alone has wrong.
    pub(super) fn fault(&self) -> Option<&'static str> {
        match self.status {
            200 => self.fault_of_counts(),
            400 if self.error.as_str().is_some_and(|error| error.contains("expected")) => None,
            400 => Some("a refusal does not say what was expected"),
            _ => Some("an answer is neither 200 nor 400"),
        }
    }

    fn fault_of_counts(&self) -> Option<&'static str> {
        let listed = self.rejected();
        let total = self.data["rejected_total"].as_u64();
        let Some(total) = total.and_then(|total| usize::try_from(total).ok()) else {
            return Some("an answer lacks rejected_total");
        };
        let in_order = listed.windows(2).all(|pair| pair[0].index < pair[1].index);
        let is_sound = listed.len() == total.min(MOST_LISTED) && in_order;
        (!is_sound).then_some("an answer lists other rejections than it counts")
    }
}

/// How a rejected event is named.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rejected {
    pub(super) index: Option<u64>,
    id: Value,
    /// The field in which something is wrong: the rest of the reason may be the words of a parser.
    field: String,
}

impl Rejected {
    pub(super) fn of(json: &Value) -> Self {
        let reason = json["reason"].as_str().unwrap_or_default();
        let field = reason.split(':').next().unwrap_or_default().to_owned();
        Rejected { index: json["index"].as_u64(), id: json["id"].clone(), field }
    }
}

//! Server-sent events, read line by line.

use serde_json::Value;

/// An event.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Event {
    /// Its name.
    pub(super) name: String,
    /// JSON.
    pub(super) data: String,
    /// Which one it is.
    pub(super) id: Option<String>,
}

impl Event {
    /// What the data says.
    pub(super) fn value(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_default()
    }

    /// As one line of JSON.
    pub(super) fn json(&self) -> String {
        format!("{{\"event\":{:?},\"data\":{}}}", self.name, self.data)
    }
}

/// The event whose lines are being read.
#[derive(Default)]
pub(super) struct Reader(Event);

impl Reader {
    /// Takes the next line; returns the event that it ends. Comments are passed over.
    pub(super) fn take(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            let event = std::mem::take(&mut self.0);
            return (!event.name.is_empty()).then_some(event);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.0.name),
            "data" => self.0.data.push_str(value),
            "id" => self.0.id = Some(value.to_owned()),
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_between_comments() {
        let mut reader = Reader::default();
        let text = ":\n\nevent: trace\ndata: {\"a\":1}\nid: 7-1\n\n: still here\n\nevent:missed\ndata:{}\n\nevent: cut";
        let events: Vec<Event> = text.lines().filter_map(|line| reader.take(line)).collect();
        let event = |name: &str, data: &str, id: Option<&str>| Event {
            name: name.into(),
            data: data.into(),
            id: id.map(Into::into),
        };
        let expected = [event("trace", "{\"a\":1}", Some("7-1")), event("missed", "{}", None)];
        assert_eq!(events, expected);
        assert_eq!(events[0].json(), r#"{"event":"trace","data":{"a":1}}"#);
    }
}

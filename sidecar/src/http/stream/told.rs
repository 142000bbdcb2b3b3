//! Events of the stream, and which of them a client wants.

use std::borrow::Cow;
use std::sync::Arc;

use axum::response::sse::Event;
use serde::Deserialize;
use utoipa::openapi::{Array, Object, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// A trace is new, or has changed.
    Trace,
    /// Something was found in a trace.
    Finding,
    /// How the sidecar is.
    State,
    /// Something was not told.
    Missed,
}

impl Name {
    /// Those that a client can choose.
    const CHOICES: [Name; 3] = [Name::Trace, Name::Finding, Name::State];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Name::Trace => "trace",
            Name::Finding => "finding",
            Name::State => "state",
            Name::Missed => "missed",
        }
    }
}

/// An event for all listeners.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) name: Name,
    /// Its id.
    pub(super) place: Place,
    /// Its data, on one line.
    pub(super) json: String,
    /// Those of the trace that it is about.
    pub(super) services: Arc<[String]>,
}

impl Told {
    pub(super) fn event(&self) -> Event {
        let Place { run, number } = self.place;
        event(self.name, &self.json).id(format!("{run}-{number}"))
    }
}

pub(super) fn event(name: Name, json: &str) -> Event {
    Event::default().event(name.as_str()).data(json)
}

/// That events were not given to a client: how many, or `None` where nobody knows.
pub(super) fn missed(events: Option<u64>) -> String {
    serde_json::json!({ "events": events }).to_string()
}

/// The place of an event in a run of them, which is its id: `RUN-NUMBER`. A run begins when
/// somebody listens and nobody has before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// When the run began: no two of a sidecar, nor of two sidecars, have the same.
    pub(super) run: u64,
    /// From 1.
    pub(super) number: u64,
}

impl Place {
    /// `None` of what is no place.
    pub(super) fn parse(id: &str) -> Option<Self> {
        let (run, number) = id.split_once('-')?;
        Some(Place { run: run.parse().ok()?, number: number.parse().ok()? })
    }
}

/// Names of events with commas between them.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Cow<str>")]
pub(super) struct Names(Vec<Name>);

impl Names {
    /// Whether events of this name are wanted: a client is told what it has missed in any case.
    fn has(&self, name: Name) -> bool {
        name == Name::Missed || self.0.contains(&name)
    }
}

impl TryFrom<Cow<'_, str>> for Names {
    type Error = &'static str;

    fn try_from(text: Cow<str>) -> Result<Self, &'static str> {
        let find = |text: &str| Name::CHOICES.into_iter().find(|name| name.as_str() == text);
        let names: Option<Vec<Name>> = text.split(',').map(find).collect();
        names.map(Names).ok_or("expected some of trace, finding, state, with commas between them")
    }
}

impl PartialSchema for Names {
    fn schema() -> RefOr<Schema> {
        let names = Name::CHOICES.map(Name::as_str);
        let name = Object::builder().schema_type(Type::String).enum_values(Some(names));
        Array::builder().items(name).min_items(Some(1)).into()
    }
}

impl ToSchema for Names {}

/// Which events a client wants.
#[derive(Debug, Default)]
pub(super) struct Filter {
    pub(super) names: Option<Names>,
    /// Of traces in which it took part.
    pub(super) service: Option<String>,
}

impl Filter {
    pub(super) fn wants(&self, name: Name) -> bool {
        self.names.as_ref().is_none_or(|names| names.has(name))
    }

    pub(super) fn takes(&self, told: &Told) -> bool {
        let is_of_trace = matches!(told.name, Name::Trace | Name::Finding);
        let is_of_service = |name: &String| !is_of_trace || told.services.contains(name);
        self.wants(told.name) && self.service.as_ref().is_none_or(is_of_service)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Option<Vec<Name>> {
        Names::try_from(Cow::from(text)).ok().map(|Names(names)| names)
    }

    #[test]
    fn names_are_those_of_events() {
        assert_eq!(names("finding,trace"), Some(vec![Name::Finding, Name::Trace]));
        assert_eq!(names("state"), Some(vec![Name::State]));
        for wrong in ["", "traces", "trace,", "missed", "trace finding"] {
            assert_eq!(names(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_id_is_a_place_in_a_run() {
        let place = Place { run: 17, number: 4 };
        assert_eq!(Place::parse("17-4"), Some(place));
        for wrong in ["", "17", "17-", "-4", "a-4", "17-4-1"] {
            assert_eq!(Place::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_filter_is_of_events_and_of_services() {
        let told = |name, services: &[&str]| Told {
            name,
            place: Place { run: 1, number: 1 },
            json: "{}".into(),
            services: services.iter().map(|&name| name.to_owned()).collect(),
        };
        let filter = Filter {
            names: Names::try_from(Cow::from("trace,state")).ok(),
            service: Some("bank".into()),
        };
        assert!(filter.takes(&told(Name::Trace, &["api", "bank"])));
        assert!(!filter.takes(&told(Name::Trace, &["api"])));
        assert!(!filter.takes(&told(Name::Finding, &["bank"])));
        assert!(filter.takes(&told(Name::State, &[])));
        assert!(filter.takes(&told(Name::Missed, &[])));
        assert!(Filter::default().takes(&told(Name::Finding, &[])));
    }
}

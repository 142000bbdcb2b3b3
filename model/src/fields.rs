//! The fields of an event that mean something here.

use crate::Dialect;
use crate::tape::Json;

/// A field of either dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Id,
    EventId,
    TraceId,
    ParentId,
    Timestamp,
    Kind,
    Metadata,
    CausalityVector,
    VectorClock,
    /// What nobody planned for.
    Other,
}

const KNOWN_FIELDS: usize = Field::Other as usize;

impl Field {
    fn named(name: Json) -> Self {
        match name.string().as_deref().unwrap_or_default() {
            "id" => Field::Id,
            "event_id" => Field::EventId,
            "trace_id" => Field::TraceId,
            "parent_id" => Field::ParentId,
            "timestamp" => Field::Timestamp,
            "kind" => Field::Kind,
            "metadata" => Field::Metadata,
            "causality_vector" => Field::CausalityVector,
            "vector_clock" => Field::VectorClock,
            _ => Field::Other,
        }
    }

    /// The field that holds an event's id.
    pub(crate) fn of_id(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Sdk => Field::Id,
            Dialect::Flat => Field::EventId,
        }
    }
}

/// The fields of an event, each known one found in one pass.
pub(crate) struct Fields<'t, 'a> {
    /// The event.
    pub(crate) event: Json<'t, 'a>,
    known: [Option<Json<'t, 'a>>; KNOWN_FIELDS],
}

impl<'t, 'a> Fields<'t, 'a> {
    /// Of fields of one name the last counts, as in `jsonb`.
    pub(crate) fn of(event: Json<'t, 'a>) -> Self {
        let mut known = [None; KNOWN_FIELDS];
        for (name, value) in event.fields() {
            if let Some(known) = known.get_mut(Field::named(name) as usize) {
                *known = Some(value);
            }
        }
        Fields { event, known }
    }

    pub(crate) fn get(&self, field: Field) -> Option<Json<'t, 'a>> {
        self.known.get(field as usize).copied().flatten()
    }

    /// Every field that counts, in the order in which they were sent: what it is, its name, its
    /// value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Field, Json<'t, 'a>, Json<'t, 'a>)> {
        self.event.fields().filter_map(|(name, value)| {
            let field = Field::named(name);
            let counts = field == Field::Other || self.get(field) == Some(value);
            counts.then_some((field, name, value))
        })
    }

    /// Flat with an `event_id` and no `id`, or with an `id` beside a `kind` that is not an object.
    pub(crate) fn dialect(&self) -> Dialect {
        let nested_kind = self.get(Field::Kind).is_some_and(Json::is_object);
        if self.get(Field::EventId).is_some() && !(nested_kind && self.get(Field::Id).is_some()) {
            Dialect::Flat
        } else {
            Dialect::Sdk
        }
    }
}

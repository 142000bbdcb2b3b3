//! What events look like, as clients are told. They are read and written as text (`raceway_model`): of these
//! types there are no values.

use std::collections::BTreeMap;

use raceway_model::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{Object, OneOf, RefOr, Schema, Type};

/// An event as an SDK sends it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SdkEvent {
    id: String,
    trace_id: String,
    #[schema(required)]
    parent_id: Option<String>,
    timestamp: Timestamp,
    /// The name of the kind, and what there is to say of it.
    kind: BTreeMap<String, Value>,
    metadata: Metadata,
    /// Components and their clocks.
    causality_vector: Vec<(String, u64)>,
    lock_set: Vec<Value>,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

/// Where it happened, and how long it took.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Metadata {
    thread_id: String,
    service_name: String,
    environment: String,
    tags: BTreeMap<String, Value>,
    #[schema(required)]
    duration_ns: Option<u64>,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

/// One event, or many. Those that are not as described are rejected, each for itself.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is read as text")]
pub(super) enum SentEvents {
    One(SentEvent),
    Many(Vec<SentEvent>),
    Batch { events: Vec<SentEvent> },
}

/// An event in either dialect.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is read as text")]
pub(super) enum SentEvent {
    Sdk(SentSdkEvent),
    Flat(SentFlatEvent),
}

/// As the SDKs send them. Other fields are anything.
#[derive(Serialize, ToSchema)]
pub(super) struct SentSdkEvent {
    #[schema(min_length = 1, max_length = 255, pattern = r"^[^\x00]*$")]
    id: String,
    #[schema(min_length = 1, max_length = 255, pattern = r"^[^\x00]*$")]
    trace_id: String,
    timestamp: Timestamp,
    #[schema(schema_with = kind)]
    kind: Value,
    /// Components and their clocks.
    causality_vector: Option<Vec<(String, u64)>>,
}

/// As they are documented. Other fields are anything.
#[derive(Serialize, ToSchema)]
pub(super) struct SentFlatEvent {
    #[schema(min_length = 1, max_length = 255, pattern = r"^[^\x00]*$")]
    event_id: String,
    #[schema(min_length = 1, max_length = 255, pattern = r"^[^\x00]*$")]
    trace_id: String,
    timestamp: Timestamp,
    #[schema(schema_with = kind)]
    kind: Value,
    /// Components and their clocks.
    vector_clock: Option<BTreeMap<String, u64>>,
}

/// The name of the kind, alone or before what there is to say of it.
fn kind() -> RefOr<Schema> {
    let name = Object::builder().schema_type(Type::String).min_length(Some(1)).max_length(Some(50));
    let named = name.pattern(Some(r"^[^\x00]*$")).build();
    let payload = Object::builder()
        .property_names(Some(Schema::from(named.clone())))
        .additional_properties(Some(AdditionalProperties::FreeForm(true)))
        .min_properties(Some(1))
        .max_properties(Some(1));
    Schema::from(OneOf::builder().item(named).item(payload).build()).into()
}

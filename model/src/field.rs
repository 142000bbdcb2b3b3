//! The fields that columns show, and where each dialect has them.

use crate::Dialect;

/// A field of an event.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "they are called as in events")]
pub enum Field {
    DurationMs,
    DurationNs,
    Location,
    File,
    Line,
    Variable,
    AccessType,
    OldValue,
    NewValue,
    ThreadId,
    ProcessId,
    InstanceId,
    Environment,
    DistributedSpanId,
    UpstreamSpanId,
}

/// What a field is directly in.
enum Home {
    /// The event (flat dialect), or the payload of its kind (SDK dialect).
    Event,
    /// The metadata (flat dialect), or the payload of its kind (SDK dialect).
    Payload,
    /// The metadata, in both dialects.
    Metadata,
}

impl Field {
    /// All of them, in their order.
    pub(crate) const ALL: [Field; 15] = [
        Field::DurationMs,
        Field::DurationNs,
        Field::Location,
        Field::File,
        Field::Line,
        Field::Variable,
        Field::AccessType,
        Field::OldValue,
        Field::NewValue,
        Field::ThreadId,
        Field::ProcessId,
        Field::InstanceId,
        Field::Environment,
        Field::DistributedSpanId,
        Field::UpstreamSpanId,
    ];

    /// Uses its path in an event of this kind.
    pub(crate) fn with_path<T>(
        self,
        dialect: Dialect,
        kind: &str,
        r#use: impl FnOnce(&[&str]) -> T,
    ) -> T {
        let (home, name) = self.place();
        match (dialect, home) {
            (Dialect::Flat, Home::Event) => r#use(&[name]),
            (Dialect::Flat, Home::Payload) | (_, Home::Metadata) => r#use(&["metadata", name]),
            (Dialect::Sdk, _) => r#use(&["kind", kind, name]),
        }
    }

    fn place(self) -> (Home, &'static str) {
        match self {
            Field::DurationMs => (Home::Event, "duration_ms"),
            Field::Location => (Home::Event, "location"),
            Field::File => (Home::Payload, "file"),
            Field::Line => (Home::Payload, "line"),
            Field::Variable => (Home::Payload, "variable"),
            Field::AccessType => (Home::Payload, "access_type"),
            Field::OldValue => (Home::Payload, "old_value"),
            Field::NewValue => (Home::Payload, "new_value"),
            Field::DurationNs => (Home::Metadata, "duration_ns"),
            Field::ThreadId => (Home::Metadata, "thread_id"),
            Field::ProcessId => (Home::Metadata, "process_id"),
            Field::InstanceId => (Home::Metadata, "instance_id"),
            Field::Environment => (Home::Metadata, "environment"),
            Field::DistributedSpanId => (Home::Metadata, "distributed_span_id"),
            Field::UpstreamSpanId => (Home::Metadata, "upstream_span_id"),
        }
    }
}

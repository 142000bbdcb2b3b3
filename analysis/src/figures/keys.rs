//! What figures are of.

use serde::{Deserialize, Serialize};

use super::NameId;

/// Events with a duration that do the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operation {
    /// The service that does it.
    pub service: NameId,
    /// The variant.
    pub kind: NameId,
    /// What it is named after.
    pub subject: Option<NameId>,
}

/// A variable in a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variable {
    /// Its name.
    pub name: NameId,
    /// A service that accesses it.
    pub service: NameId,
}

/// Two different services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// The caller.
    pub from: NameId,
    /// The callee.
    pub to: NameId,
}

/// By what means a service calls another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum LinkType {
    /// A request of HTTP.
    HttpCall,
    /// A request of gRPC.
    GrpcCall,
    /// A query.
    DatabaseQuery,
    /// Anything else.
    Custom,
}

impl LinkType {
    /// All of them, in their order. Stores keep their places in it.
    pub(super) const ALL: [LinkType; 4] =
        [LinkType::HttpCall, LinkType::GrpcCall, LinkType::DatabaseQuery, LinkType::Custom];

    /// Its name, as answers spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            LinkType::HttpCall => "HttpCall",
            LinkType::GrpcCall => "GrpcCall",
            LinkType::DatabaseQuery => "DatabaseQuery",
            LinkType::Custom => "Custom",
        }
    }
}

impl Operation {
    pub(super) fn names(self) -> impl Iterator<Item = NameId> {
        [self.service, self.kind].into_iter().chain(self.subject)
    }

    pub(super) fn renumbered(self, number: impl Fn(NameId) -> NameId) -> Self {
        Operation {
            service: number(self.service),
            kind: number(self.kind),
            subject: self.subject.map(number),
        }
    }
}

impl Variable {
    pub(super) fn names(self) -> [NameId; 2] {
        [self.name, self.service]
    }

    pub(super) fn renumbered(self, number: impl Fn(NameId) -> NameId) -> Self {
        Variable { name: number(self.name), service: number(self.service) }
    }
}

impl Pair {
    pub(super) fn names(self) -> [NameId; 2] {
        [self.from, self.to]
    }

    pub(super) fn renumbered(self, number: impl Fn(NameId) -> NameId) -> Self {
        Pair { from: number(self.from), to: number(self.to) }
    }
}

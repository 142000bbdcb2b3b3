//! `GET /api/services`, and what is about one of them.

pub(super) mod dependencies;
pub(super) mod health;
pub(super) mod list;
pub(super) mod traces;

//! `GET /api/distributed/…`: what spans services and traces.

pub(super) mod edges;
pub(super) mod global_races;
pub(super) mod hotspots;

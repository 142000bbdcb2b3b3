//! `GET /api/distributed/edges`

use axum::Json;
use axum::extract::State;
use raceway_analysis::figures::ServiceEdge;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::AppState;
use crate::http::answered::{answered, listed};
use crate::http::envelope::Envelope;
use crate::http::error::ApiError;
use crate::http::openapi::ReadFailures;
use crate::http::parameters::{NoParameters, Parameters};
use crate::store::question::{Answer, Question};

/// Which services call which, and by what means: most calls first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceGraph {
    /// How many are listed.
    total_edges: usize,
    edges: Vec<ServiceEdge>,
    edges_omitted: usize,
}

/// Which services call which.
#[utoipa::path(
    get,
    operation_id = "read_edges",
    path = "/api/distributed/edges",
    tag = "across traces",
    responses(
        (status = 200, description = "the edges", body = Envelope<ServiceGraph>),
        ReadFailures,
    ),
)]
pub(in crate::http) async fn read(
    State(state): State<AppState>,
    _: Parameters<NoParameters>,
) -> Result<Json<Envelope<ServiceGraph>>, ApiError> {
    let edges = |answer| match answer {
        Answer::Edges(edges) => {
            let (edges, edges_omitted) = listed(edges);
            Some(ServiceGraph { total_edges: edges.len(), edges, edges_omitted })
        }
        _ => None,
    };
    answered(&state, Question::Edges, edges).await
}

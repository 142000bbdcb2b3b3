//! What the API looks like, as OpenAPI 3.1: docs/openapi.json, which a test writes from the handlers, the types of
//! their parameters and those of their answers. `GET /openapi.json`

use std::io::Read;

use axum::http::header;
use axum::response::IntoResponse;
use flate2::read::GzDecoder;
use utoipa::IntoResponses;

use super::envelope::Failure;
use super::error::ApiError;
use crate::store::StoreError;

/// docs/openapi.json, by gzip.
const DOCUMENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/openapi.json.gz"));

/// What a read answers instead.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "`ApiError` answers; these say with what")]
pub(super) enum ReadFailures {
    /// The client has this answer already, as its `If-None-Match` says.
    #[response(status = 304)]
    NotModified,
    /// A parameter is wrong, unknown or given twice.
    #[response(status = 400)]
    BadRequest(Failure),
    /// Neither a key nor a session where one is asked for.
    #[response(status = 401)]
    Unauthorized(Failure),
    /// A key of another role.
    #[response(status = 403)]
    Forbidden(Failure),
    /// Too many requests, or wrong keys.
    #[response(status = 429, headers(("retry-after" = u64, description = "seconds")))]
    TooMany(Failure),
    /// A fault of the server; its log says more.
    #[response(status = 500)]
    Internal(Failure),
    /// Only Postgres knows and is away, or others' answers take all the memory there is for them.
    #[response(status = 503, headers(("retry-after" = u64, description = "seconds")))]
    Unavailable(Failure),
}

/// What an export answers instead.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "see `ReadFailures`")]
pub(super) enum ExportFailures {
    /// A parameter is wrong, unknown or given twice.
    #[response(status = 400)]
    BadRequest(Failure),
    /// Neither a key nor a session where one is asked for.
    #[response(status = 401)]
    Unauthorized(Failure),
    /// A key of another role.
    #[response(status = 403)]
    Forbidden(Failure),
    /// Too many requests, or wrong keys.
    #[response(status = 429, headers(("retry-after" = u64, description = "seconds")))]
    TooMany(Failure),
    /// A fault of the server; its log says more.
    #[response(status = 500)]
    Internal(Failure),
    /// Postgres is away or has not got everything yet.
    #[response(status = 503, headers(("retry-after" = u64, description = "seconds")))]
    Unavailable(Failure),
}

/// What a stream answers instead.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "see `ReadFailures`")]
pub(super) enum StreamFailures {
    /// A parameter is wrong, unknown or given twice.
    #[response(status = 400)]
    BadRequest(Failure),
    /// Neither a key nor a session where one is asked for.
    #[response(status = 401)]
    Unauthorized(Failure),
    /// A key of another role.
    #[response(status = 403)]
    Forbidden(Failure),
    /// Too many requests, or wrong keys.
    #[response(status = 429, headers(("retry-after" = u64, description = "seconds")))]
    TooMany(Failure),
    /// Too many clients listen.
    #[response(status = 503, headers(("retry-after" = u64, description = "seconds")))]
    Unavailable(Failure),
}

/// There is no such trace.
#[derive(IntoResponses)]
#[response(status = 404)]
#[expect(dead_code, reason = "see `ReadFailures`")]
pub(super) struct NoSuchTrace(Failure);

/// The trace is too long to be analysed.
#[derive(IntoResponses)]
#[response(status = 413)]
#[expect(dead_code, reason = "see `ReadFailures`")]
pub(super) struct TooLong(Failure);

/// What `POST /events` answers instead. Nothing is stored then.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "see `ReadFailures`")]
pub(super) enum IngestFailures {
    /// The body has no events in it, or can't be read.
    #[response(status = 400)]
    BadRequest(Failure),
    /// Neither a key nor a session where one is asked for.
    #[response(status = 401)]
    Unauthorized(Failure),
    /// A key of another role.
    #[response(status = 403)]
    Forbidden(Failure),
    /// Too many requests, or wrong keys.
    #[response(status = 429, headers(("retry-after" = u64, description = "seconds")))]
    TooMany(Failure),
    /// The body does not get on.
    #[response(status = 408)]
    Slow(Failure),
    /// The body is too large.
    #[response(status = 413)]
    TooLarge(Failure),
    /// A coding of the body can't be undone.
    #[response(status = 415, headers(("accept-encoding" = String, description = "those that can")))]
    Unsupported(Failure),
    /// A fault of the server; its log says more.
    #[response(status = 500)]
    Internal(Failure),
    /// There is no room for events, or for bodies.
    #[response(status = 503, headers(("retry-after" = u64, description = "seconds")))]
    Unavailable(Failure),
}

/// What programs without a key are answered.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "see `ReadFailures`")]
pub(super) enum KeyFailures {
    /// No key where one is asked for.
    #[response(status = 401)]
    Unauthorized(Failure),
    /// Too many requests, or wrong keys.
    #[response(status = 429, headers(("retry-after" = u64, description = "seconds")))]
    TooMany(Failure),
}

/// Postgres is away, or no events should be sent here.
#[derive(IntoResponses)]
#[response(status = 503, headers(("retry-after" = u64, description = "seconds")))]
#[expect(dead_code, reason = "see `ReadFailures`")]
pub(super) struct NotReady(Failure);

/// What the API looks like.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "openapi",
    tag = "state",
    responses((status = 200, description = "this document", body = serde_json::Value)),
)]
pub(super) async fn read() -> Result<impl IntoResponse, ApiError> {
    let mut document = Vec::new();
    let read = GzDecoder::new(DOCUMENT).read_to_end(&mut document);
    read.map_err(|error| StoreError::Internal(error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], document))
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::{env, fs};

    use utoipa::OpenApi as _;
    use utoipa::openapi::OpenApi;
    use utoipa_axum::router::OpenApiRouter;

    use super::Failure;
    use crate::http;

    #[derive(utoipa::OpenApi)]
    #[openapi(
        info(
            title = "Raceway for Postgres",
            description = "Every answer but those of `/api/export`, `/api/stream`, `/auth/...` and `/openapi.json` is JSON in the envelope \
                           `{\"success\", \"data\", \"error\"}`; with a method that a path does not have it is 405."
        ),
        components(schemas(Failure))
    )]
    struct About;

    /// What the handlers, the types of their parameters and those of their answers say.
    fn document() -> OpenApi {
        let about = OpenApiRouter::with_openapi(About::openapi());
        let document = http::groups()
            .into_iter()
            .flatten()
            .fold(about, |document, route| document.routes(route.documented));
        document.into_openapi()
    }

    /// So that a change of the API is seen where changes are read.
    #[test]
    fn the_document_in_docs_is_that_of_the_code() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
        let document = document().to_pretty_json().expect("JSON") + "\n";
        if env::var_os("WRITE_OPENAPI").is_some() {
            fs::write(&file, &document).expect("docs/openapi.json");
        }
        let kept = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            kept == document,
            "docs/openapi.json is of another API. This writes it anew:\n\
             WRITE_OPENAPI=1 cargo test -p raceway-sidecar the_document_in_docs"
        );
    }
}

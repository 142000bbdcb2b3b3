//! The one error type at the edge, and its mapping to HTTP.

use std::time::Duration;

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::coding::{SUPPORTED, Unsupported};
use super::{body, envelope};
use crate::body_budget::OverBudget;
use crate::store::StoreError;

/// When a client should try again where nothing tells.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why a request is not answered with data.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// The client's fault, with what was expected.
    Refused(StatusCode, String),
    /// Who asks has to say who that is.
    Unauthorized,
    /// Who asks has done so too often.
    TooMany { of: &'static str, wait: Duration },
    /// A body whose codings can't be undone.
    Unsupported(Unsupported),
    /// Others' bodies take all the room there is.
    Busy,
    /// Not the client's fault.
    Store(StoreError),
    /// No events should be sent here now.
    NotReady(String),
}

impl ApiError {
    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        ApiError::Refused(StatusCode::NOT_FOUND, what.into())
    }

    pub(crate) fn forbidden(expected: impl Into<String>) -> Self {
        ApiError::Refused(StatusCode::FORBIDDEN, expected.into())
    }

    pub(crate) fn bad_request(expected: impl Into<String>) -> Self {
        ApiError::Refused(StatusCode::BAD_REQUEST, expected.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        match self {
            ApiError::Refused(status, message) => {
                (status, envelope::failure(message)).into_response()
            }
            ApiError::Unauthorized => {
                let scheme = [(header::WWW_AUTHENTICATE, "Bearer")];
                let expected = "expected a valid key in Authorization: Bearer or X-Raceway-Key, or to \
                                read, a session of /auth/login";
                (StatusCode::UNAUTHORIZED, scheme, envelope::failure(expected.into()))
                    .into_response()
            }
            ApiError::TooMany { of, wait } => {
                let retry_after = [(header::RETRY_AFTER, seconds(wait))];
                let body = envelope::failure(format!("too many {of}: try again later"));
                (StatusCode::TOO_MANY_REQUESTS, retry_after, body).into_response()
            }
            ApiError::Unsupported(Unsupported(expected)) => {
                let supported = [(header::ACCEPT_ENCODING, SUPPORTED)];
                let body = envelope::failure(expected);
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, supported, body).into_response()
            }
            ApiError::Busy => {
                tracing::warn!("answered 503: no room for more bodies");
                try_again_later("too many bodies at once".into(), RETRY_AFTER)
            }
            ApiError::NotReady(reason) => try_again_later(reason, RETRY_AFTER),
            ApiError::Store(
                error @ (StoreError::Unavailable(_)
                | StoreError::Denied(_)
                | StoreError::Conflict(_)),
            ) => {
                tracing::warn!(%error, "answered 503");
                try_again_later(error.to_string(), RETRY_AFTER)
            }
            ApiError::Store(StoreError::Full { reason, retry_after }) => {
                tracing::warn!(reason, "answered 503");
                try_again_later(reason, retry_after)
            }
            ApiError::Store(error) => {
                tracing::error!(%error, "answered 500");
                let body = envelope::failure("internal error; the log says more".into());
                (StatusCode::INTERNAL_SERVER_ERROR, body).into_response()
            }
        }
    }
}

/// For `Retry-After`: not before the time has come.
pub(super) fn seconds(wait: Duration) -> String {
    (wait.as_secs() + 1).to_string()
}

fn try_again_later(why: String, after: Duration) -> Response {
    let retry_after = [(header::RETRY_AFTER, after.as_secs().to_string())];
    (StatusCode::SERVICE_UNAVAILABLE, retry_after, envelope::failure(why)).into_response()
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(expected) => ApiError::bad_request(expected),
            StoreError::OverBudget => ApiError::Busy,
            error => ApiError::Store(error),
        }
    }
}

/// An answer that is no JSON.
impl From<serde_json::Error> for ApiError {
    fn from(error: serde_json::Error) -> Self {
        ApiError::Store(StoreError::Internal(error.to_string()))
    }
}

impl From<OverBudget> for ApiError {
    fn from(OverBudget: OverBudget) -> Self {
        ApiError::Busy
    }
}

pub(super) fn no_such_route(request: Request) -> ApiError {
    body::refuse_unasked(request);
    ApiError::not_found("no such route")
}

pub(crate) async fn method_not_allowed(request: Request) -> ApiError {
    body::refuse_unasked(request);
    ApiError::Refused(StatusCode::METHOD_NOT_ALLOWED, "method not allowed on this route".into())
}

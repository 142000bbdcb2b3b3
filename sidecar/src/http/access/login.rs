//! `GET /auth/check`, `POST /auth/login` and `POST /auth/logout`. Their answers have no envelope, as the
//! web UI expects it.

use std::time::{Duration, SystemTime};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use utoipa::ToSchema;

use super::digest::Digest;
use super::session::{COOKIE, LIFETIME};
use super::{Access, Login};
use crate::http::client::Client;
use crate::http::{AppState, error};

/// Of a password and what is around it.
const MAX_BODY_BYTES: usize = 4096;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Whether somebody has to log in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Checked {
    authenticated: bool,
    auth_required: bool,
}

/// What somebody logs in with.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Credentials {
    password: String,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Outcome {
    success: bool,
    message: &'static str,
}

/// Why nobody is logged in.
enum Refusal {
    NoPassword,
    TooMany(Duration),
    Unreadable,
    Wrong,
}

/// Whether this client has a session, and needs one.
#[utoipa::path(
    get,
    operation_id = "check_session",
    path = "/auth/check",
    tag = "session",
    responses((status = 200, description = "whether it has", body = Checked)),
)]
pub(in crate::http) async fn check(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let Access { login, .. } = &*state.access;
    let auth_required = login.is_some();
    let authenticated = !auth_required || state.access.has_session(&headers);
    uncached(Json(Checked { authenticated, auth_required }))
}

/// Begins a session, which a cookie keeps for a week.
#[utoipa::path(
    post,
    operation_id = "log_in",
    path = "/auth/login",
    tag = "session",
    request_body = Credentials,
    responses(
        (status = 200, description = "the session has begun", body = Outcome,
         headers(("set-cookie" = String, description = "the session"))),
        (status = 400, description = "no password is set, or none was sent", body = Outcome),
        (status = 401, description = "another password was expected", body = Outcome),
        (status = 429, description = "too many attempts", body = Outcome,
         headers(("retry-after" = u64, description = "seconds"))),
    ),
)]
pub(in crate::http) async fn login(
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    match begin(state.access.login.as_ref(), client, body).await {
        Ok(token) => {
            let is_encrypted = client.is_encrypted || is_encrypted(&head.headers);
            let cookie = cookie(&token, LIFETIME, is_encrypted);
            uncached(([(SET_COOKIE, cookie)], outcome(true, "logged in")))
        }
        Err(refusal) => uncached(refusal),
    }
}

/// Ends the session of this client.
#[utoipa::path(
    post,
    operation_id = "log_out",
    path = "/auth/logout",
    tag = "session",
    responses(
        (status = 200, description = "it has none now", body = Outcome,
         headers(("set-cookie" = String, description = "an empty one"))),
    ),
)]
pub(in crate::http) async fn logout(
    Extension(client): Extension<Client>,
    headers: HeaderMap,
) -> Response {
    let cookie = cookie("", Duration::ZERO, client.is_encrypted || is_encrypted(&headers));
    uncached(([(SET_COOKIE, cookie)], outcome(true, "logged out")))
}

/// A session for whoever has the password.
async fn begin(login: Option<&Login>, client: Client, body: Body) -> Result<String, Refusal> {
    let login = login.ok_or(Refusal::NoPassword)?;
    login.attempts.count(client).map_err(Refusal::TooMany)?;
    let body = timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY_BYTES)).await;
    let body = body.ok().and_then(Result::ok).ok_or(Refusal::Unreadable)?;
    let Credentials { password } =
        serde_json::from_slice(&body).map_err(|_| Refusal::Unreadable)?;
    if login.password.is(&Digest::of(password.as_bytes())).into() {
        Ok(login.sessions.begin(SystemTime::now()))
    } else {
        tracing::warn!(%client, "somebody has tried a wrong password");
        Err(Refusal::Wrong)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Refusal::NoPassword => {
                (StatusCode::BAD_REQUEST, outcome(false, "no password is set")).into_response()
            }
            Refusal::TooMany(wait) => {
                let retry_after = [(RETRY_AFTER, error::seconds(wait))];
                let outcome = outcome(false, "too many attempts");
                (StatusCode::TOO_MANY_REQUESTS, retry_after, outcome).into_response()
            }
            Refusal::Unreadable => {
                let outcome = outcome(false, "expected {\"password\": \"...\"}");
                (StatusCode::BAD_REQUEST, outcome).into_response()
            }
            Refusal::Wrong => {
                (StatusCode::UNAUTHORIZED, outcome(false, "wrong password")).into_response()
            }
        }
    }
}

fn outcome(success: bool, message: &'static str) -> Json<Outcome> {
    Json(Outcome { success, message })
}

fn uncached(answer: impl IntoResponse) -> Response {
    ([(CACHE_CONTROL, "no-store")], answer).into_response()
}

fn cookie(token: &str, lifetime: Duration, is_encrypted: bool) -> String {
    let secure = if is_encrypted { "; Secure" } else { "" };
    let seconds = lifetime.as_secs();
    format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

/// Whether the client speaks TLS with a proxy in front, by what that says. Who lies about it gets a
/// cookie that it can't use.
fn is_encrypted(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|scheme| scheme.as_bytes() == b"https")
}

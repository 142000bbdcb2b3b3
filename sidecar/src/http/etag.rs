//! Answers that a client has already (RFC 9110, 13.1.2). Pages that poll ask for the same again and again:
//! an unchanged answer is 304 then, and nothing is sent or parsed.

use std::hash::BuildHasher;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use foldhash::quality::FixedState;
use http_body_util::BodyExt;

use super::error::ApiError;
use crate::store::StoreError;

/// Gives a successful answer to GET its `ETag`, if all of it is in memory and it says nothing of caches
/// itself. A client may keep it, and has to ask each time whether it still holds.
pub(super) async fn revalidate(request: Request, next: Next) -> Response {
    let is_get = request.method() == Method::GET;
    let known = known(request.headers());
    let answer = next.run(request).await;
    if !is_get || !may_have_tag(&answer) {
        return answer;
    }
    let (mut head, body) = answer.into_parts();
    let body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            return ApiError::from(StoreError::Internal(error.to_string())).into_response();
        }
    };
    let tag = tag(&body);
    let headers = caching(&tag);
    if is_known(&known, &tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    head.headers.extend(headers.map(|(name, value)| (Some(name), value)));
    Response::from_parts(head, Body::from(body))
}

/// What the client has.
fn known(headers: &HeaderMap) -> Vec<HeaderValue> {
    headers.get_all(header::IF_NONE_MATCH).iter().cloned().collect()
}

fn may_have_tag(answer: &Response) -> bool {
    answer.status() == StatusCode::OK
        && answer.body().size_hint().exact().is_some()
        && !answer.headers().contains_key(header::CACHE_CONTROL)
}

/// A weak one, since whoever compresses an answer on the way does not change what it says. It is the same
/// from every sidecar and after a restart. Hashing takes 0.1 ms of a megabyte.
pub(super) fn tag(body: &[u8]) -> String {
    format!("W/\"{:016x}\"", FixedState::default().hash_one(body))
}

/// Whether a client that has what these lists of `If-None-Match` name has what has this tag.
pub(super) fn is_known<'l>(lists: impl IntoIterator<Item = &'l HeaderValue>, tag: &str) -> bool {
    lists.into_iter().any(|list| names(list, tag))
}

fn caching(tag: &str) -> [(HeaderName, HeaderValue); 2] {
    let tag = HeaderValue::from_str(tag).expect("hexadecimal digits");
    [(header::ETAG, tag), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))]
}

/// Whether a list names this tag, in either form, or any there is.
fn names(list: &HeaderValue, tag: &str) -> bool {
    let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    let list = list.to_str().unwrap_or_default();
    list.split(',').map(str::trim).any(|known| known == "*" || opaque(known) == opaque(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_a_tag_in_either_form() {
        let tag = "W/\"12\"";
        for (list, is_named) in [
            ("W/\"12\"", true),
            ("\"12\"", true),
            ("\"a\", W/\"12\"", true),
            ("*", true),
            ("", false),
            ("12", false),
            ("\"a\",\"1\"", false),
        ] {
            assert_eq!(names(&HeaderValue::from_static(list), tag), is_named, "{list}");
        }
    }
}

//! What browsers are told with the files of the UI, and what they say they take.

use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;

/// A year, and no question in between: another file has another name.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Kept, and asked for again each time: after an update there is another page.
const REVALIDATED: &str = "no-cache";

/// Scripts are those of the build. Its styles are also inline, and its fonts are Google's.
const POLICY_OF_BUILDS: &str = "default-src 'self'; \
    style-src 'self' 'unsafe-inline' https://fonts.googleapis.com; \
    font-src 'self' data: https://fonts.gstatic.com; img-src 'self' data: blob:; \
    object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/// Nothing of the program's own page is from elsewhere.
pub(super) const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; \
    frame-ancestors 'none'";

const SECURITY: [(HeaderName, &str); 3] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
];

/// Adds them to a file.
pub(super) fn add(mut file: Response, policy: &'static str, is_asset: bool) -> Response {
    let is_kept = is_asset && !file.status().is_client_error();
    let caching = if is_kept { IMMUTABLE } else { REVALIDATED };
    let others = [(CONTENT_SECURITY_POLICY, policy), (CACHE_CONTROL, caching)];
    for (name, value) in SECURITY.into_iter().chain(others) {
        file.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    file
}

/// The same of a build.
pub(super) fn add_of_build(file: Response, is_asset: bool) -> Response {
    let mut file = add(file, POLICY_OF_BUILDS, is_asset);
    // The same tag is that of the file compressed, so it can't stand for each byte.
    if let Some(weak) = file.headers().get(ETAG).and_then(weakened) {
        file.headers_mut().insert(ETAG, weak);
    }
    file
}

fn weakened(tag: &HeaderValue) -> Option<HeaderValue> {
    HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat()).ok()
}

/// Whether a client names HTML as something that it takes. What takes anything is no browser that
/// opens a page.
pub(super) fn accept_html(headers: &HeaderMap) -> bool {
    accept(headers, ACCEPT, "text/html")
}

/// Whether a header names something that a client takes.
pub(super) fn accept(headers: &HeaderMap, header: HeaderName, name: &str) -> bool {
    let lists = headers.get_all(header).into_iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|range| names(range, name))
}

fn names(range: &str, name: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let names = parts.next().is_some_and(|named| named.eq_ignore_ascii_case(name));
    let quality = parts.find_map(|part| part.strip_prefix("q="));
    names && quality.is_none_or(|quality| quality.parse::<f32>().is_ok_and(|quality| quality > 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_that_open_a_page_name_html() {
        for (accept, is_named) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
            ("application/json, TEXT/HTML ; q=0.1", true),
            ("text/html;q=0", false),
            ("*/*", false),
            ("application/json", false),
            ("text/htmlx", false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, accept.parse().expect("a header"))]);
            assert_eq!(accept_html(&headers), is_named, "{accept}");
        }
    }
}

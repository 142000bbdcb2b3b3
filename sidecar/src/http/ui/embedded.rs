//! The page that comes with the program: the files of `web/`, which build.rs has compressed.

use std::io::{self, Read};

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use flate2::read::GzDecoder;
use percent_encoding::percent_decode_str;

use super::headers;
use crate::http::etag;

/// A file of the page.
struct File {
    /// Within its folder.
    path: &'static str,
    content_type: &'static str,
    gzip: &'static [u8],
}

/// In order of their paths.
static FILES: &[File] = &include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// What a request for the file at this path of a URI is answered; `None` where there is none.
pub(super) fn answer(head: &Parts, path: &str) -> Option<Response> {
    let file = find(&percent_decode_str(path).decode_utf8().ok()?)?;
    // Both forms of a file have it: it is a weak one.
    let tag = etag::tag(file.gzip);
    let mut response = file.response(head, &tag).ok()?;
    let headers = response.headers_mut();
    headers.insert(ETAG, HeaderValue::from_str(&tag).ok()?);
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    Some(response)
}

fn find(path: &str) -> Option<&'static File> {
    let path = path.strip_prefix('/')?;
    FILES.binary_search_by_key(&path, |file| file.path).ok().map(|place| &FILES[place])
}

impl File {
    fn response(&self, head: &Parts, tag: &str) -> io::Result<Response> {
        let mut response = Response::default();
        if etag::is_known(head.headers.get_all(IF_NONE_MATCH), tag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return Ok(response);
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        let body = if headers::accept(&head.headers, ACCEPT_ENCODING, "gzip") {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            Bytes::from_static(self.gzip)
        } else {
            self.decompressed()?.into()
        };
        headers.insert(CONTENT_LENGTH, body.len().into());
        if head.method != Method::HEAD {
            *response.body_mut() = Body::from(body);
        }
        Ok(response)
    }

    fn decompressed(&self) -> io::Result<Vec<u8>> {
        let mut file = Vec::new();
        GzDecoder::new(self.gzip).read_to_end(&mut file)?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::{FILES, find};

    #[test]
    fn a_file_is_found_by_its_path_alone() {
        for file in FILES {
            let found = find(&format!("/{}", file.path)).expect("the file");
            assert_eq!(found.path, file.path);
        }
        assert_eq!(find("/index.html").expect("a page").content_type, "text/html");
        for path in ["/", "index.html", "//index.html", "/../index.html", "/package.json", "/tests"]
        {
            assert!(find(path).is_none(), "{path}");
        }
    }
}

//! The web UI: the files of the program's own page or of a build, and the page for every route that it knows.
//!
//! It is asked for what no route is there for. What is under a prefix of the API is never its own.

mod embedded;
mod folder;
mod headers;

use std::io;
use std::path::Path;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::ALLOW;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use tower_http::services::ServeDir;
use tower_http::services::fs::DefaultServeDirFallback;

use self::folder::Folder;
use super::AppState;
use super::error::{self, ApiError};
use crate::store::StoreError;

/// The page.
const INDEX: &str = "index.html";
/// What a path of the API begins with.
const OF_API: [&str; 8] =
    ["api", "auth", "events", "livez", "readyz", "health", "status", "metrics"];
/// What a route of the page begins with, the empty one aside.
const OF_PAGE: [&str; 7] = ["", "compare", "insights", "open", "services", "traces", "variable"];
/// Files that are named by what is in them.
const ASSETS: &str = "assets";

/// What is served at `/`.
#[derive(Clone)]
pub(crate) enum Ui {
    /// The page that comes with the program.
    Embedded,
    /// A build.
    Build(ServeDir<DefaultServeDirFallback, Folder>),
}

impl Ui {
    /// The build in this folder, which must have a page.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let folder = Folder::new(&path);
        folder.find(&path.join(INDEX))?;
        let files = ServeDir::with_backend(&path, folder);
        let files = files.append_index_html_on_directories(false);
        Ok(Ui::Build(files.ignore_multi_range_requests(true)))
    }

    async fn answer(&self, request: Request) -> Result<Response, ApiError> {
        let (head, body) = request.into_parts();
        let place = Place::of(head.uri.path());
        if let Some(file) = self.file(&head, head.uri.clone()).await {
            return Ok(file);
        }
        match place {
            Place::Page => self.page(&head).await,
            Place::Other if headers::accept_html(&head.headers) => self.page(&head).await,
            Place::Other | Place::Asset => {
                Err(error::no_such_route(Request::from_parts(head, body)))
            }
        }
    }

    async fn page(&self, head: &Parts) -> Result<Response, ApiError> {
        let page = self.file(head, Uri::from_static("/index.html")).await;
        let missing = || StoreError::Internal(format!("server.ui_dir has lost its {INDEX}"));
        Ok(page.ok_or_else(missing)?)
    }

    /// What is answered to this request for a file, if there is that.
    async fn file(&self, head: &Parts, uri: Uri) -> Option<Response> {
        let is_asset = Place::of(uri.path()) == Place::Asset;
        match self {
            Ui::Embedded => {
                let file = embedded::answer(head, uri.path())?;
                Some(headers::add(file, headers::POLICY, is_asset))
            }
            Ui::Build(files) => {
                let file = file_of_build(files.clone(), head, uri).await?;
                Some(headers::add_of_build(file, is_asset))
            }
        }
    }
}

async fn file_of_build(
    mut files: ServeDir<DefaultServeDirFallback, Folder>,
    head: &Parts,
    uri: Uri,
) -> Option<Response> {
    let mut request = Request::from_parts(head.clone(), Body::empty());
    *request.uri_mut() = uri;
    let answer = files.try_call(request).await.ok()?;
    let is_there = !matches!(answer.status(), StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST);
    is_there.then(|| answer.map(Body::new))
}

/// Whose a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Page,
    Asset,
    Other,
}

impl Place {
    fn of(path: &str) -> Self {
        match &*first_part(path) {
            ASSETS => Place::Asset,
            part if OF_PAGE.contains(&part) => Place::Page,
            _ => Place::Other,
        }
    }
}

/// However it is written.
fn first_part(path: &str) -> String {
    let path = percent_decode_str(path).decode_utf8_lossy();
    let path = path.trim_start_matches('/');
    path.split('/').next().unwrap_or_default().to_owned()
}

/// Answers what no route is there for.
pub(super) async fn fallback(State(state): State<AppState>, request: Request) -> Response {
    let is_of_api = OF_API.contains(&&*first_part(request.uri().path()));
    let Some(ui) = state.ui.as_ref().filter(|_| !is_of_api) else {
        return error::no_such_route(request).into_response();
    };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let refused = error::method_not_allowed(request).await;
        return ([(ALLOW, "GET, HEAD")], refused).into_response();
    }
    ui.answer(request).await.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_what_it_is_however_it_is_written() {
        for path in ["/api", "//api/x", "/%61pi/x", "/api%2Fx", "/api/"] {
            assert_eq!(first_part(path), "api", "{path}");
        }
        for (path, place) in [
            ("/", Place::Page),
            ("/traces/%2e%2e%2fassets", Place::Page),
            ("/services/a/traces", Place::Page),
            ("/assets/x.js", Place::Asset),
            ("/%61ssets", Place::Asset),
            ("/index.html", Place::Other),
            ("/../assets/x", Place::Other),
        ] {
            assert_eq!(Place::of(path), place, "{path}");
        }
    }
}

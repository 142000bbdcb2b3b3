//! The web UI that is served, if one is.

use super::verdict::Verdict;
use crate::config::Server;
use crate::http::Ui;

pub(super) fn check(server: &Server) -> Verdict {
    let path = match &server.ui_dir {
        _ if !server.ui => return Verdict::ok("none is served"),
        None => return Verdict::ok("the page of this program is served"),
        Some(path) => path,
    };
    let place = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let place = place.display();
    match Ui::open(path) {
        Ok(_) => Verdict::ok(format!("{place} is served")),
        Err(error) => Verdict::problem(
            format!("{place} has no index.html that can be served: {error}"),
            "ui_dir in [server]: the folder of a build, or none",
        ),
    }
}

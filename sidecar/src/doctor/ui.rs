//! The web UI that is served, if one is.

use std::path::Path;

use super::verdict::Verdict;
use crate::http::Ui;

pub(super) fn check(path: Option<&Path>) -> Verdict {
    let Some(path) = path else { return Verdict::ok("none is served") };
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

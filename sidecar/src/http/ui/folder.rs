//! A folder out of which nothing leads.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use tokio::task::spawn_blocking;
use tower_http::services::fs::{Backend, TokioBackend, TokioFile};

/// Files below a folder, whatever links are in it. The folder itself may be a link, to one build
/// after another.
#[derive(Clone)]
pub(crate) struct Folder(Arc<Path>);

impl Folder {
    pub(super) fn new(path: &Path) -> Self {
        Folder(path.into())
    }

    /// Where a file is in truth. What is elsewhere is not there, nor what is no file: to open a pipe
    /// may take for ever.
    pub(super) fn find(&self, path: &Path) -> io::Result<PathBuf> {
        let (folder, file) = (self.0.canonicalize()?, path.canonicalize()?);
        if file.starts_with(folder) && file.is_file() {
            Ok(file)
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }

    async fn find_elsewhere(self, path: PathBuf) -> io::Result<PathBuf> {
        spawn_blocking(move || self.find(&path)).await.map_err(io::Error::other)?
    }
}

impl Backend for Folder {
    type File = TokioFile;
    type Metadata = Metadata;
    type OpenFuture = Pin<Box<dyn Future<Output = io::Result<TokioFile>> + Send>>;
    type MetadataFuture = Pin<Box<dyn Future<Output = io::Result<Metadata>> + Send>>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        let found = self.clone().find_elsewhere(path);
        Box::pin(async move { TokioBackend.open(found.await?).await })
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        let found = self.clone().find_elsewhere(path);
        Box::pin(async move { TokioBackend.metadata(found.await?).await })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_lead_to_files_of_the_folder_and_nowhere_else() {
        let place = tempfile::TempDir::new().expect("a folder");
        let (build, secret) = (place.path().join("build"), place.path().join("secret"));
        fs::create_dir_all(build.join("assets")).expect("a folder");
        fs::write(build.join("index.html"), "").expect("a file");
        fs::write(&secret, "").expect("a file");
        for (target, link) in [
            (&build, place.path().join("current")),
            (&build.join("index.html"), build.join("page")),
            (&secret, build.join("secret")),
            (&place.path().to_owned(), build.join("assets/up")),
        ] {
            symlink(target, link).expect("a link");
        }
        for root in [&build, &place.path().join("current")] {
            let folder = Folder::new(root);
            for (path, is_there) in [
                ("index.html", true),
                ("page", true),
                ("secret", false),
                ("../secret", false),
                ("assets/up/secret", false),
                ("assets/up/build/index.html", true),
                ("assets", false),
                ("missing", false),
            ] {
                assert_eq!(folder.find(&root.join(path)).is_ok(), is_there, "{path}");
            }
        }
    }
}

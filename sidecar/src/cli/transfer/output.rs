//! Where an export is written: standard output, or a file that is there when it is whole.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::compression::{Compression, Encoder};

/// The file to write, and where it is meanwhile.
struct Place {
    file: File,
    path: PathBuf,
    part: PathBuf,
}

/// Takes the lines. What is not finished leaves no file behind.
pub(super) struct Output {
    encoder: Option<Encoder<Box<dyn Write + Send>>>,
    /// `None` for standard output, and once the file has its name.
    place: Option<Place>,
}

impl Output {
    /// `-` is standard output.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        if path == Path::new("-") {
            let encoder = Compression::Plain.writer(Box::new(io::stdout()) as _)?;
            return Ok(Output { encoder: Some(encoder), place: None });
        }
        let part = path.with_added_extension("part");
        let file = File::create(&part)?;
        let encoder = Compression::of(path).writer(Box::new(file.try_clone()?) as _)?;
        let place = Place { file, path: path.to_owned(), part };
        Ok(Output { encoder: Some(encoder), place: Some(place) })
    }

    pub(super) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.encoder.as_mut().map_or(Ok(()), |encoder| encoder.write_all(bytes))
    }

    /// Gives the file its name when all of it is on disk.
    pub(super) fn finish(self) -> io::Result<()> {
        self.close(Path::to_path_buf).map(drop)
    }

    /// Keeps what there is of an export that ends too early beside the file, which stays what it was;
    /// returns where, unless that is standard output.
    pub(super) fn keep_partial(self) -> io::Result<Option<PathBuf>> {
        self.close(|path| path.with_added_extension("partial"))
    }

    fn close(mut self, name: impl Fn(&Path) -> PathBuf) -> io::Result<Option<PathBuf>> {
        self.encoder.take().map_or(Ok(()), Encoder::finish)?;
        let Some(place) = &self.place else { return Ok(None) };
        let name = name(&place.path);
        place.file.sync_all()?;
        fs::rename(&place.part, &name)?;
        self.place = None;
        sync_folder(&name)?;
        Ok(Some(name))
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(place) = &self.place {
            drop(fs::remove_file(&place.part));
        }
    }
}

/// So that the names of its files survive a crash of the machine.
pub(in crate::cli) fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::Output;

    #[test]
    fn a_file_is_replaced_by_a_whole_one_only() {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("events.ndjson");
        let written = |text: &str| {
            let mut output = Output::create(&path).expect("a file");
            output.write_all(text.as_bytes()).expect("room");
            output
        };
        let read = || fs::read_to_string(&path).expect("the file");
        written("old").finish().expect("a file");
        drop(written("dropped"));
        assert_eq!(read(), "old");
        let partial = written("part").keep_partial().expect("a file").expect("a name");
        assert_eq!(fs::read_to_string(&partial).expect("the part"), "part");
        assert_eq!(partial, folder.path().join("events.ndjson.partial"));
        assert_eq!(read(), "old");
        written("new").finish().expect("a file");
        assert_eq!(read(), "new");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);
    }
}

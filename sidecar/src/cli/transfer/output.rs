//! Where an export is written: standard output, or a file that is there when it is whole.

use std::ffi::OsString;
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
    /// `None` for standard output, and once the file is in its place.
    place: Option<Place>,
}

impl Output {
    /// `-` is standard output.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        if path == Path::new("-") {
            let encoder = Compression::Plain.writer(Box::new(io::stdout()) as _)?;
            return Ok(Output { encoder: Some(encoder), place: None });
        }
        let part = part_of(path);
        let file = File::create(&part)?;
        let encoder = Compression::of(path).writer(Box::new(file.try_clone()?) as _)?;
        let place = Place { file, path: path.to_owned(), part };
        Ok(Output { encoder: Some(encoder), place: Some(place) })
    }

    pub(super) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.encoder.as_mut().map_or(Ok(()), |encoder| encoder.write_all(bytes))
    }

    /// Gives the file its name when all of it is on disk.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.encoder.take().map_or(Ok(()), Encoder::finish)?;
        if let Some(place) = &self.place {
            place.file.sync_all()?;
            fs::rename(&place.part, &place.path)?;
        }
        self.place = None;
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(place) = &self.place {
            drop(fs::remove_file(&place.part));
        }
    }
}

fn part_of(path: &Path) -> PathBuf {
    let mut part = OsString::from(path);
    part.push(".part");
    part.into()
}

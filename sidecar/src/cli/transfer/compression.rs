//! Plain, gzip or zstd, by the name of the file.

use std::io::{BufWriter, Read, Result, Write};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

/// Of gzip: the fastest, as reading the store is not to wait for it.
const GZIP_LEVEL: u32 = 1;
/// Of zstd: its default.
const ZSTD_LEVEL: i32 = 3;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Plain,
    Gzip,
    Zstd,
}

impl Compression {
    pub(super) fn of(path: &Path) -> Self {
        let is = |name| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(name));
        match () {
            () if is("gz") => Compression::Gzip,
            () if is("zst") => Compression::Zstd,
            () => Compression::Plain,
        }
    }

    /// What was compressed.
    pub(super) fn reader(self, file: impl Read + Send + 'static) -> Result<Box<dyn Read + Send>> {
        Ok(match self {
            Compression::Plain => Box::new(file),
            Compression::Gzip => Box::new(MultiGzDecoder::new(file)),
            Compression::Zstd => Box::new(zstd::Decoder::new(file)?),
        })
    }

    pub(super) fn writer<W: Write>(self, file: W) -> Result<Encoder<W>> {
        let file = BufWriter::with_capacity(1 << 18, file);
        Ok(match self {
            Compression::Plain => Encoder::Plain(file),
            Compression::Gzip => {
                Encoder::Gzip(GzEncoder::new(file, flate2::Compression::new(GZIP_LEVEL)))
            }
            Compression::Zstd => Encoder::Zstd(zstd::Encoder::new(file, ZSTD_LEVEL)?),
        })
    }
}

/// Compresses what is written.
pub(super) enum Encoder<W: Write> {
    Plain(BufWriter<W>),
    Gzip(GzEncoder<BufWriter<W>>),
    Zstd(zstd::Encoder<'static, BufWriter<W>>),
}

impl<W: Write> Encoder<W> {
    pub(super) fn write_all(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Encoder::Plain(file) => file.write_all(bytes),
            Encoder::Gzip(file) => file.write_all(bytes),
            Encoder::Zstd(file) => file.write_all(bytes),
        }
    }

    /// Writes what is left, and what a decoder knows the end by.
    pub(super) fn finish(self) -> Result<()> {
        match self {
            Encoder::Plain(file) => Ok(file),
            Encoder::Gzip(file) => file.finish(),
            Encoder::Zstd(file) => file.finish(),
        }?
        .flush()
    }
}

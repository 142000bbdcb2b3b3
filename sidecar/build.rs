//! Compresses what the program answers with as it is.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::{env, io};

use flate2::Compression;
use flate2::write::GzEncoder;

const DOCUMENT: &str = "../docs/openapi.json";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={DOCUMENT}");
    let folder = env::var_os("OUT_DIR").expect("cargo says where");
    let file = File::create(Path::new(&folder).join("openapi.json.gz"))?;
    let mut compressed = GzEncoder::new(file, Compression::best());
    compressed.write_all(&fs::read(DOCUMENT)?)?;
    compressed.finish()?;
    Ok(())
}

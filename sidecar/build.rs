//! Compresses what the program answers with as it is: the document of the API, and the files of the page.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, io};

use flate2::Compression;
use flate2::write::GzEncoder;

const DOCUMENT: &str = "../docs/openapi.json";
const PAGE: &str = "../web";
/// The same in few files, if it was built.
const BUILT: &str = "../web/dist";

/// What the page is tested and its libraries are bundled with.
const NO_PART: [&str; 3] = ["entry.js", "node_modules", "tests"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={DOCUMENT}");
    println!("cargo::rerun-if-changed={PAGE}");
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where"));
    compress(Path::new(DOCUMENT), &folder.join("openapi.json.gz"))?;
    fs::write(folder.join("page.rs"), page(&folder)?)
}

fn compress(file: &Path, compressed: &Path) -> io::Result<()> {
    let mut encoder = GzEncoder::new(File::create(compressed)?, Compression::best());
    encoder.write_all(&fs::read(file)?)?;
    encoder.finish()?.flush()
}

/// The folder that is served.
fn page_folder() -> &'static Path {
    let built = Path::new(BUILT);
    if built.join("index.html").exists() { built } else { Path::new(PAGE) }
}

/// Compresses the files of the page; returns the list of them in Rust, in order of their paths.
fn page(folder: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    let page = page_folder();
    collect(page, "", &mut files)?;
    files.sort();
    let mut list = String::from("[\n");
    for (place, (path, content_type)) in files.iter().enumerate() {
        let compressed = format!("page-{place}.gz");
        compress(&page.join(path), &folder.join(&compressed))?;
        let gzip = format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{compressed}\"))");
        writeln!(
            list,
            "    File {{ path: {path:?}, content_type: {content_type:?}, gzip: {gzip} }},"
        )
        .expect("a string has room");
    }
    Ok(list + "]\n")
}

/// Finds the files of a folder, whose name ends in a slash, that browsers are given.
fn collect(folder: &Path, name: &str, files: &mut Vec<(String, &'static str)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let file = entry.file_name().into_string().expect("names are UTF-8");
        if NO_PART.contains(&&*file) || file.starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}{file}/"), files)?;
        } else if let Some(content_type) = content_type(&file) {
            files.push((format!("{name}{file}"), content_type));
        }
    }
    Ok(())
}

/// `None` of what no browser is given: scripts of the shell, packages, types, notes.
fn content_type(file: &str) -> Option<&'static str> {
    if file == "LICENSES" {
        return Some("text/plain");
    }
    Some(match file.rsplit_once('.')?.1 {
        "html" => "text/html",
        "css" => "text/css",
        "js" => "text/javascript",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

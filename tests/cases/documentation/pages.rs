//! The documents as text: their blocks, and where their links lead.

use std::fs;
use std::path::{Path, PathBuf};

/// How many blocks each document has. A case runs each of them, or compares what a program prints with it.
const BLOCKS: [(&str, usize); 25] = [
    ("README.md", 7),
    ("docs/ANALYSIS.md", 6),
    ("docs/ARCHITECTURE.md", 0),
    ("docs/BACKUP.md", 12),
    ("docs/CONFIGURATION.md", 3),
    ("docs/CONNECT.md", 4),
    ("docs/DOCTOR.md", 2),
    ("docs/EXPORT.md", 2),
    ("docs/HTTP.md", 20),
    ("docs/INSTALL.md", 3),
    ("docs/MEMORY.md", 1),
    ("docs/MOVE.md", 1),
    ("docs/OUTAGES.md", 1),
    ("docs/PRIVILEGES.md", 4),
    ("docs/README.md", 0),
    ("docs/RETAIN.md", 4),
    ("docs/RUN.md", 1),
    ("docs/SECURE.md", 2),
    ("docs/SHARD.md", 6),
    ("docs/SIZE.md", 2),
    ("docs/SQL.md", 4),
    ("docs/TERMINAL.md", 12),
    ("docs/UI.md", 1),
    ("docs/UPGRADE.md", 2),
    ("docs/WATCH.md", 1),
];

pub(in crate::cases) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All of a document, whose path is from the root of the project.
pub(in crate::cases) fn page_text(document: &str) -> String {
    fs::read_to_string(root().join(document)).expect("a document")
}

/// The fenced blocks of a document in this language, in order.
pub(in crate::cases) fn blocks(document: &str, language: &str) -> Vec<String> {
    let blocks = fenced(&page_text(document), language);
    assert!(!blocks.is_empty(), "{document} has no blocks of {language}");
    blocks
}

/// Those under a heading of the second level.
pub(in crate::cases) fn section(document: &str, heading: &str, language: &str) -> Vec<String> {
    let text = page_text(document);
    let (_, after) = text
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("{document} has no heading {heading}"));
    let blocks = fenced(after.split("\n## ").next().unwrap_or_default(), language);
    assert!(!blocks.is_empty(), "{heading} of {document} has no blocks of {language}");
    blocks
}

fn fenced(text: &str, language: &str) -> Vec<String> {
    let fence = format!("\n```{language}\n");
    let blocks = text.split(&fence).skip(1);
    blocks.map(|after| after.split("\n```").next().unwrap_or_default().to_owned()).collect()
}

/// The documents of the project, by their paths from its root.
fn documents() -> Vec<String> {
    let pages = fs::read_dir(root().join("docs")).expect("docs");
    let names = pages.map(|page| page.expect("a page").file_name().into_string().expect("UTF-8"));
    let pages = names.filter(|name| Path::new(name).extension().is_some_and(|end| end == "md"));
    let mut documents: Vec<String> = pages.map(|name| format!("docs/{name}")).collect();
    documents.push("README.md".to_owned());
    documents.sort_unstable();
    documents
}

pub(super) fn every_block_is_known() {
    let found = documents().into_iter().map(|document| {
        let fences = page_text(&document).lines().filter(|line| line.starts_with("```")).count();
        (document, fences / 2)
    });
    let known = BLOCKS.map(|(document, blocks)| (document.to_owned(), blocks));
    assert_eq!(found.collect::<Vec<_>>(), known, "run new blocks in a case, and count them here");
}

pub(super) fn links_lead_somewhere() {
    for document in documents() {
        let text = page_text(&document);
        let folder = root().join(&document).parent().expect("a folder").to_owned();
        for target in text.split("](").skip(1).filter_map(|after| after.split(')').next()) {
            if target.starts_with("https://") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { root().join(&document) } else { folder.join(file) };
            assert!(path.exists(), "{document}: {target}");
            if !heading.is_empty() {
                let page = fs::read_to_string(path).expect("a page");
                let mut headings = page.lines().filter(|line| line.starts_with('#')).map(anchor);
                assert!(headings.any(|there| there == heading), "{document}: {target}");
            }
        }
    }
}

/// What the heading of this line is called in links.
fn anchor(line: &str) -> String {
    let kept = |letter: &char| letter.is_alphanumeric() || " -_".contains(*letter);
    let heading = line.trim_start_matches('#').trim().to_lowercase();
    heading.chars().filter(kept).map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

//! Password files: whatever is in them, a line that is written by the rules is found.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raceway_libpq::pieces::password;

const WANTED: [&str; 4] = ["db.example", "5432", "events", "me"];

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    assert_ne!(password(&text, WANTED).as_deref(), Some(""));

    // No line holds the end of one, and \r before that is taken for a part of it.
    let secret: String = text.chars().filter(|next| !matches!(next, '\r' | '\n')).collect();
    let fields = WANTED.map(|field| format!("{field}:")).concat();
    let escaped = secret.replace('\\', r"\\").replace(':', r"\:");
    let found = password(&format!("{fields}{escaped}\n{text}"), WANTED);
    if !secret.is_empty() {
        assert_eq!(found, Some(secret));
    }
});

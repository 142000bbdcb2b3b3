//! Service files: a service is found where a line names it, and is made of lines of the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raceway_libpq::pieces::service;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let names = text.lines().filter_map(|line| line.trim().strip_prefix('[')?.split_once(']'));
    for name in names.map(|(name, _)| name).chain(["", "mine"]) {
        match service(&text, name) {
            Ok(None) => assert!(!text.contains(&format!("\n[{name}]"))),
            Ok(Some(pairs)) => {
                let is_there = |(name, value)| {
                    text.lines().any(|line| line.trim() == format!("{name}={value}"))
                };
                assert!(pairs.into_iter().all(is_there));
            }
            Err((line, _)) => assert!((1..=text.lines().count()).contains(&line)),
        }
    }
});

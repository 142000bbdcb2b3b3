//! Connection strings: what is understood means the same when it is written as pairs.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use raceway_libpq::pieces::{pair, parameters};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    match parameters(&text) {
        Ok(understood) => {
            let understood: BTreeMap<_, _> = understood.into_iter().collect();
            let pairs: Vec<String> =
                understood.iter().map(|(name, value)| pair(name, value)).collect();
            let again = parameters(&pairs.join(" ")).expect("pairs that were written");
            assert_eq!(again.into_iter().collect::<BTreeMap<_, _>>(), understood);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});

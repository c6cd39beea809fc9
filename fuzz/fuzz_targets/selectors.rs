//! Label selectors: what is read can be asked about any labels, and says the same about them twice.
#![no_main]

use amethyst_object::LabelSelector;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(selector) = LabelSelector::parse(text) else { return };
    let labels = |key: &str| ["a", "b", "1"].into_iter().find(|_| key.len() < 3);
    assert_eq!(selector.matches(labels), selector.matches(labels));
    assert!(!selector.is_everything() || selector.matches(|_| None));
});

//! Variable substitution: any text expands or is refused, strict or not, and stays in proportion.
#![no_main]

use amethyst_render::substitute::{Substitution, expand};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let variables =
        [("a", "b"), ("B", "some longer text, ä and 日本"), ("_c1", ""), ("n", "12"), ("line", "x\ny")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    for strict in [false, true] {
        let substitution = Substitution { variables: variables.clone().into(), strict, always: true };
        let expanded = expand(text, &substitution);
        if !text.contains('$') {
            assert_eq!(expanded.as_deref(), Ok(text));
        }
    }
});

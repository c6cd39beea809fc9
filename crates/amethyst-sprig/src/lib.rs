//! The functions that Helm's templates call: sprig's, and those of Helm that need no chart.
//!
//! What counts is what Go's sprig answers when `text/template` calls it: results, their Go types, and the texts
//! of errors (a panic in Go is an error of that text here). Maps are changed in place, as Go's are. Time and
//! randomness come from the [`amethyst_gotemplate::Host`]; functions that use them tell it so. Nothing here
//! does IO: `getHostByName` answers as Helm does without `--enable-dns`, and `env` does not exist.

mod arguments;
mod cast;
mod copy;
mod crypto;
mod defaults;
mod dicts;
mod encode;
mod equal;
mod hash;
mod helm;
mod json;
mod lists;
mod nil;
mod numbers;
mod paths;
mod patterns;
mod print;
mod random;
mod reflect;
pub mod semver;
mod text;
mod time;
mod toml;
mod unicode;
mod url;
mod yaml;

use std::sync::LazyLock;

use amethyst_gotemplate::Function;

pub use helm::{HelmVersion, helm_functions};
pub use json::to_json;
pub use nil::{is_nil_list, is_nil_map, nil_list, nil_map};
pub use print::print;
pub use time::{Duration, Time};
pub use yaml::{from_yaml, to_yaml};

/// All functions of sprig 3.3.0 but `env` and `expandenv`, which Helm takes out.
pub fn functions() -> &'static [Function] {
    static ALL: LazyLock<Vec<Function>> = LazyLock::new(|| {
        [
            crypto::FUNCTIONS,
            defaults::FUNCTIONS,
            dicts::FUNCTIONS,
            encode::FUNCTIONS,
            hash::FUNCTIONS,
            json::FUNCTIONS,
            lists::FUNCTIONS,
            numbers::FUNCTIONS,
            paths::FUNCTIONS,
            patterns::FUNCTIONS,
            random::FUNCTIONS,
            reflect::FUNCTIONS,
            semver::FUNCTIONS,
            text::FUNCTIONS,
            text::SPLITTING,
            time::FUNCTIONS,
            url::FUNCTIONS,
        ]
        .concat()
    });
    &ALL
}

#[cfg(test)]
mod tests;

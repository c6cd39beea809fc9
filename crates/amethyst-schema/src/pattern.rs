//! Patterns of Go (RE2) on the `regex` crate.
//!
//! Both engines share their grammar but for details: here `\d`, `\w`, `\s` and `\b` are those of ASCII,
//! `\Q..\E` and octal escapes exist, a brace that counts nothing is itself, classes know no set
//! operations, and repetitions neither nest nor pass 1000.

mod class;
mod translate;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, RwLock};

use regex::Regex;

pub(crate) use translate::translate;

#[cfg(test)]
mod tests;

/// How many compiled patterns are kept.
const CACHE_MAX: usize = 512;

type Cache = RwLock<HashMap<String, Arc<Regex>, foldhash::fast::RandomState>>;

static CACHE: OnceLock<Cache> = OnceLock::new();

/// Whether `text` matches; an error says why the pattern is none, in Go's words where they are known.
pub(crate) fn matches(pattern: &str, text: &str) -> Result<bool, String> {
    regular_expression(pattern).map(|regex| regex.is_match(text))
}

/// Whether `pattern` compiles.
pub(crate) fn check(pattern: &str) -> Result<(), String> {
    compile(pattern).map(|_| ())
}

fn compile(pattern: &str) -> Result<Regex, String> {
    let translated = translate(pattern)?;
    Regex::new(&translated).map_err(|error| {
        let line = error.to_string().lines().last().unwrap_or_default().to_owned();
        format!("error parsing regexp: {}: `{pattern}`", line.strip_prefix("error: ").unwrap_or(&line))
    })
}

/// The compiled form of a pattern of Go; the last ones are kept. An error says why it is none, in Go's words
/// where they are known.
pub fn regular_expression(pattern: &str) -> Result<Arc<Regex>, String> {
    let cache = CACHE.get_or_init(Cache::default);
    if let Ok(cache) = cache.read()
        && let Some(regex) = cache.get(pattern)
    {
        return Ok(Arc::clone(regex));
    }
    let regex = Arc::new(compile(pattern)?);
    if let Ok(mut cache) = cache.write() {
        if cache.len() >= CACHE_MAX {
            cache.clear();
        }
        cache.insert(pattern.to_owned(), Arc::clone(&regex));
    }
    Ok(regex)
}

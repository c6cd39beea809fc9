//! Snapshots: what was rendered the last time, one file for each suite.

use std::collections::BTreeMap;

use crate::value::{Key, KeyKind, Map, Value};
use crate::yaml::{emit, emit_trusted, parse_first};

type Tests = BTreeMap<String, BTreeMap<u64, String>>;

/// The snapshots of a suite.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cache {
    updates: bool,
    cached: Tests,
    current: Tests,
    updated: u64,
    inserted: u64,
    total: u64,
}

/// Patterns that stand in for the comparison with the last time.
pub(crate) struct Patterns<'a> {
    pub(crate) matches: &'a str,
    pub(crate) not_matches: &'a str,
}

/// The outcome of a comparison.
#[derive(Clone, Debug)]
pub(crate) struct Compared {
    pub(crate) passed: bool,
    pub(crate) index: u64,
    pub(crate) cached: String,
    pub(crate) new: String,
    /// What a pattern found wrong.
    pub(crate) message: String,
    pub(crate) error: Option<String>,
}

/// How many snapshots there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SnapshotCounts {
    /// All comparisons.
    pub total: u64,
    /// Those that differed.
    pub failed: u64,
    /// Those that were not there before.
    pub created: u64,
    /// Those that nothing asked for.
    pub vanished: u64,
}

impl Cache {
    /// The snapshots in the text of a file, if there is one.
    pub(crate) fn read(text: Option<&str>, updates: bool) -> Result<Self, String> {
        let mut cache = Self { updates, ..Self::default() };
        let Some(text) = text else { return Ok(cache) };
        let fault = |line: u32, message: &str| format!("yaml: line {line}: {message}");
        let Some(node) = parse_first(text).map_err(|found| fault(found.line, &found.message))? else {
            return Ok(cache);
        };
        let mut faults = Vec::new();
        let value = node.decode(&mut faults);
        if let Some(found) = faults.first() {
            return Err(fault(found.line, &found.message));
        }
        for (test, snapshots) in value.as_map().into_iter().flatten() {
            let mut kept = BTreeMap::new();
            for (index, snapshot) in snapshots.as_map().into_iter().flatten() {
                let Ok(number) = index.text.parse() else {
                    let message = format!("cannot unmarshal !!str `{}` into uint", index.text);
                    return Err(format!("yaml: unmarshal errors:\n  {message}"));
                };
                let text = match snapshot {
                    Value::Null => String::new(),
                    other => crate::value::print(other),
                };
                kept.insert(number, text);
            }
            cache.cached.insert(test.text.to_string(), kept);
        }
        Ok(cache)
    }

    /// Compares a value with its snapshot, and keeps what the file will say.
    pub(crate) fn compare(
        &mut self,
        test: &str,
        index: u64,
        content: &Value,
        patterns: &Patterns<'_>,
    ) -> Compared {
        self.total += 1;
        let cached = self.cached.get(test).and_then(|snapshots| snapshots.get(&index)).cloned();
        if cached.is_none() {
            self.inserted += 1;
        }
        let new = emit_trusted(content);
        let (mut passed, mut message, mut error) = (true, String::new(), None);
        if patterns.matches.is_empty() && patterns.not_matches.is_empty() {
            if cached.as_ref().is_some_and(|cached| *cached != new) {
                passed = false;
                self.updated += 1;
            }
        } else {
            let is_match = |pattern: &str| match crate::regex::compile(pattern) {
                Ok(regex) => Ok(regex.is_match(&new)),
                Err(reason) => Err(format!("failed to compile regex pattern {pattern}: {reason}")),
            };
            if !patterns.matches.is_empty() {
                let found = is_match(patterns.matches);
                passed = *found.as_ref().unwrap_or(&false);
                error = found.err();
                if !passed {
                    message = format!(" pattern '{}' not found in snapshot", patterns.matches);
                }
            }
            if !patterns.not_matches.is_empty() && passed {
                let found = is_match(patterns.not_matches);
                if *found.as_ref().unwrap_or(&false) {
                    passed = false;
                    message = format!(" pattern '{}' should not be in snapshot", patterns.not_matches);
                }
                error = found.err();
            }
        }
        let kept = match &cached {
            Some(cached) if !self.updates => cached.clone(),
            _ => new.clone(),
        };
        self.current.entry(test.to_owned()).or_default().insert(index, kept);
        let passed = passed || self.updates;
        Compared { passed, index, cached: cached.unwrap_or_default(), new, message, error }
    }

    pub(crate) fn counts(&self) -> SnapshotCounts {
        SnapshotCounts {
            total: self.total,
            failed: if self.updates { 0 } else { self.updated },
            created: self.inserted,
            vanished: self.vanished(),
        }
    }

    fn vanished(&self) -> u64 {
        let is_gone = |test: &String, index: &u64| {
            self.current.get(test).is_none_or(|snapshots| !snapshots.contains_key(index))
        };
        let gone = |(test, snapshots): (&String, &BTreeMap<u64, String>)| {
            snapshots.keys().filter(|index| is_gone(test, index)).count() as u64
        };
        self.cached.iter().map(gone).sum()
    }

    /// What the file has to say now, unless it may stay as it is.
    pub(crate) fn changed(&self) -> Option<String> {
        let vanished_tests = self.cached.keys().any(|test| !self.current.contains_key(test));
        let changed = self.updated > 0 || self.inserted > 0 || self.vanished() > 0 || vanished_tests;
        let writes = self.updates || self.inserted > 0 || self.vanished() > 0;
        (changed && writes).then(|| self.text())
    }

    fn text(&self) -> String {
        let mut tests = Map::default();
        for (test, snapshots) in &self.current {
            let snapshots = snapshots.iter().map(|(index, text)| {
                let key = Key { text: index.to_string().into(), kind: KeyKind::Number };
                (key, Value::from(text.as_str()))
            });
            tests.insert(Key::string(test.as_str()), Value::Map(snapshots.collect()));
        }
        emit(&Value::Map(tests))
    }
}

#[cfg(test)]
mod tests;

//! `matchSnapshot` and `matchSnapshotRaw`.

use super::text::{error, format, info};
use super::{Context, Outcome, Snapshots, each_value, raw_text};
use crate::diff::unified;
use crate::snapshot::{Compared, Patterns};
use crate::value::Value;

pub(super) struct Snapshot<'a> {
    pub(super) path: &'a str,
    pub(super) matches: &'a str,
    pub(super) not_matches: &'a str,
}

impl Snapshots<'_> {
    fn compare(&mut self, content: &Value, patterns: &Patterns<'_>) -> Compared {
        self.counter += 1;
        self.cache.compare(self.test, self.counter, content, patterns)
    }
}

impl Snapshot<'_> {
    pub(super) fn validate(&self, context: &mut Context<'_, '_>) -> Outcome {
        let patterns = Patterns { matches: self.matches.trim(), not_matches: self.not_matches.trim() };
        every(context, |manifest, at, context| {
            let negative = context.negative;
            each_value(manifest, at, self.path, context, |value, index, context| {
                let compared = context.snapshots.compare(value, &patterns);
                if let Some(message) = &compared.error {
                    return (false, error(Some(at), Some(index), message));
                }
                if compared.passed == negative {
                    return (false, self.fail(&compared, (at, index), negative));
                }
                (true, Vec::new())
            })
        })
    }

    fn fail(&self, compared: &Compared, (at, index): (usize, usize), negative: bool) -> Vec<String> {
        if !compared.message.is_empty() {
            let format = format(negative, [false, false, false], &compared.message);
            return info(&format, Some(at), Some(index), std::slice::from_ref(&compared.cached));
        }
        let format =
            format(negative, [true, false, false], &format!(" to match snapshot {}", compared.index));
        info(&format, Some(at), Some(index), &[self.path.to_owned(), shown(compared, negative)])
    }
}

fn shown(compared: &Compared, negative: bool) -> String {
    if negative { compared.cached.clone() } else { unified(&compared.cached, &compared.new) }
}

/// Checks every selected manifest; none at all passes, unless the check is turned around.
fn every(
    context: &mut Context<'_, '_>,
    mut check: impl FnMut(&Value, usize, &mut Context<'_, '_>) -> Outcome,
) -> Outcome {
    let selected = context.selected;
    let (mut success, mut errors) = (!(selected.is_empty() && context.negative), Vec::new());
    for (at, manifest) in selected.iter().enumerate() {
        let (passed, said) = check(manifest, at, context);
        errors.extend(said);
        success &= passed;
        if !success && context.fail_fast {
            break;
        }
    }
    (success, errors)
}

pub(super) fn raw(context: &mut Context<'_, '_>) -> Outcome {
    let patterns = Patterns { matches: "", not_matches: "" };
    every(context, |manifest, _, context| {
        let negative = context.negative;
        let content = Value::from(raw_text(manifest).as_str());
        let compared = context.snapshots.compare(&content, &patterns);
        if compared.passed != negative {
            return (true, Vec::new());
        }
        let format =
            format(negative, [false, false, false], &format!(" to match snapshot {}", compared.index));
        (false, info(&format, None, None, &[shown(&compared, negative)]))
    })
}

//! Numbers and percentages in one field (kubernetes `pkg/apis/apps/validation`).

use amethyst_object::Value;

use crate::at::At;
use crate::faults::{Faults, NEGATIVE};
use crate::text;

/// A number that is not negative, or a percentage (`ValidatePositiveIntOrPercent`).
pub(crate) fn positive(at: &At<'_>, faults: &mut Faults) {
    match at.value() {
        Some(Value::String(text)) => text::percent(text).into_iter().for_each(|why| faults.invalid(at, why)),
        Some(Value::Number(number)) if number.as_i64().is_some_and(|number| number < 0) => {
            faults.invalid(at, NEGATIVE);
        }
        _ => {}
    }
}

/// At most all of them (`IsNotMoreThan100Percent`).
pub(crate) fn not_more_than_all(at: &At<'_>, faults: &mut Faults) {
    if percentage(at).is_some_and(|percent| percent > 100) {
        faults.invalid(at, "must not be greater than 100%");
    }
}

fn percentage(at: &At<'_>) -> Option<i64> {
    let text = at.value()?.as_str()?;
    if !text::percent(text).is_empty() {
        return None;
    }
    Some(text.trim_end_matches('%').parse().unwrap_or(i64::MAX))
}

/// The number, of either form.
pub(crate) fn number(at: &At<'_>) -> i64 {
    let text = at.str().parse().unwrap_or_default();
    percentage(at).or_else(|| at.int()).unwrap_or(text)
}

//! Numbers: ranges of formats, `minimum`, `maximum`, `multipleOf`.

use amethyst_object::{Number, Value};

use super::Walk;
use super::outcome::Outcome;
use crate::golang::{self, Num};
use crate::{Fault, Node, Type};

/// What a bound compares and how it complains.
#[derive(Clone, Copy, PartialEq)]
enum Bound {
    Maximum,
    Minimum,
}

/// A declared limit, and whether it is itself outside.
type Limit<'a> = Option<&'a (Number, bool)>;

impl Walk<'_> {
    pub(super) fn number(&self, value: Num, node: &Node) -> Outcome {
        let mut outcome = Outcome::default();
        outcome.merge(self.range(value, node, "Checked"));
        if let Some(rules) = &node.rules {
            if let Some(factor) = &rules.multiple_of {
                outcome.merge(self.multiple(value, factor.as_f64(), node));
            }
            outcome.merge(self.bound(value, rules.minimum.as_ref(), Bound::Minimum, node));
            outcome.merge(self.bound(value, rules.maximum.as_ref(), Bound::Maximum, node));
        }
        outcome.count();
        outcome
    }

    /// Whether a number is in the range of the node's type and format.
    fn range(&self, value: Num, node: &Node, prefix: &str) -> Outcome {
        let (ty, is_in_range) = match node.ty {
            Type::Integer => ("integer", is_integer(value, &node.format)),
            Type::Number if node.format == "float" => ("number", (value.float() as f32).is_finite()),
            _ => return Outcome::default(),
        };
        if is_in_range {
            return Outcome::default();
        }
        let name = self.name();
        let known = match node.ty {
            Type::Integer => matches!(node.format.as_str(), "int32" | "int64"),
            _ => true,
        };
        self.fail_whole(if known {
            format!("{prefix} value must be of type {ty} with format {} in {name}", node.format)
        } else {
            format!("{prefix} value must be of type {ty} (default format) in {name}")
        })
    }

    fn bound(&self, value: Num, limit: Limit<'_>, bound: Bound, node: &Node) -> Outcome {
        let Some((limit, exclusive)) = limit else { return Outcome::default() };
        let limit = limit.as_f64();
        let prefix = if bound == Bound::Maximum { "Maximum boundary" } else { "Minimum boundary" };
        let mut outcome = self.range(Num::Float(limit), node, prefix);
        // A limit outside of the type's range is still compared, as floats.
        let (value, limit) = match value {
            Num::Int(int) if outcome.is_valid() => (Num::Int(int), Num::Int(limit as i64)),
            value => (Num::Float(value.float()), Num::Float(limit)),
        };
        if exceeds(value, limit, bound, *exclusive) {
            let words = match (bound, exclusive) {
                (Bound::Maximum, false) => "less than or equal to",
                (Bound::Maximum, true) => "less than",
                (Bound::Minimum, false) => "greater than or equal to",
                (Bound::Minimum, true) => "greater than",
            };
            outcome.merge(self.fail(
                |name| format!("{name} in body should be {words} {}", golang::number(limit)),
                |path, detail| Fault::invalid(path, shown(value), detail),
            ));
        }
        outcome
    }

    fn multiple(&self, value: Num, factor: f64, node: &Node) -> Outcome {
        let mut outcome = self.range(Num::Float(factor), node, "MultipleOf");
        let (value, factor) = match value {
            Num::Int(int) if outcome.is_valid() => (Num::Int(int), Num::Int(factor as i64)),
            value => (Num::Float(value.float()), Num::Float(factor)),
        };
        if factor.float() <= 0.0 {
            outcome.merge(self.fail(
                |name| {
                    let factor = golang::number(factor);
                    format!("factor MultipleOf declared for {name} must be positive: {factor}")
                },
                |path, detail| Fault::invalid(path, shown(factor), detail),
            ));
        } else if !is_multiple(value, factor) {
            outcome.merge(self.fail(
                |name| format!("{name} in body should be a multiple of {}", golang::number(factor)),
                |path, detail| Fault::invalid(path, shown(value), detail),
            ));
        }
        outcome
    }
}

fn is_integer(value: Num, format: &str) -> bool {
    let int = match value {
        Num::Int(int) => Some(int),
        // Upstream prints the float in full and reads an integer back.
        Num::Float(float) => format!("{float}").parse().ok(),
    };
    int.is_some_and(|int: i64| format != "int32" || i32::try_from(int).is_ok())
}

fn exceeds(value: Num, limit: Num, bound: Bound, exclusive: bool) -> bool {
    let order = match (value, limit) {
        (Num::Int(value), Num::Int(limit)) => Some(value.cmp(&limit)),
        (value, limit) => value.float().partial_cmp(&limit.float()),
    };
    order.is_some_and(|order| {
        let outward = if bound == Bound::Maximum { order } else { order.reverse() };
        outward.is_gt() || (exclusive && outward.is_eq())
    })
}

fn is_multiple(value: Num, factor: Num) -> bool {
    match (value, factor) {
        (Num::Int(value), Num::Int(factor)) => value.checked_rem(factor) == Some(0),
        (value, factor) => {
            let (value, factor) = (value.float(), factor.float());
            golang::is_whole(if factor < 1.0 { 1.0 / factor * value } else { value / factor })
        }
    }
}

/// The number as a document's, which keeps being a float when it was one.
fn shown(value: Num) -> Value {
    match value {
        Num::Int(int) => int.into(),
        Num::Float(float) => Number::from_lexeme(format!("{float:?}")).into(),
    }
}

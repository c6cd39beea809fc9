//! What calls of the standard library may cost, and of cel-go's extensions.

use super::size::{Cost, Estimate, Size};
use super::{Coster, LIST_COST, Node, PATTERN, TRAVERSAL};
use crate::ast::{Expr, Kind, Literal};

fn only(cost: Cost) -> Estimate {
    Estimate { cost, size: None }
}

impl<'a> Coster<'a> {
    /// What one overload costs, its arguments included, the target not.
    pub(super) fn function(
        &mut self,
        expr: &Expr,
        function: &str,
        overload: &str,
        target: Option<&Node<'a>>,
        args: &[Node<'a>],
        costs: &[Cost],
    ) -> Estimate {
        let arguments = costs.iter().fold(Cost::default(), |sum, cost| sum.add(*cost));
        let extension = self.extension(overload, target, args);
        let own = extension.or_else(|| self.kubernetes(function, overload, target, args));
        if let Some(estimate) = own {
            return Estimate { cost: estimate.cost.add(arguments), size: estimate.size };
        }
        match overload {
            "logical_or" | "logical_and" => {
                let (left, right) = (costs[0], costs[1]);
                only(Cost { min: left.min, max: left.add(right).max })
            }
            "conditional" => self.conditional(expr, args, costs),
            _ => {
                let estimate = self.standard(expr, overload, target, args);
                Estimate { cost: estimate.cost.add(arguments), size: estimate.size }
            }
        }
    }

    fn known(node: &Node<'_>) -> Size {
        node.computed.unwrap_or(Size::UNKNOWN)
    }

    fn conditional(&mut self, expr: &Expr, args: &[Node<'a>], costs: &[Cost]) -> Estimate {
        let size = Self::known(&args[1]).union(Self::known(&args[2]));
        let entries = |own: &Self, node: &Node<'_>| node.expr.and_then(|expr| own.entry_size(expr));
        if let (Some(yes), Some(no)) = (entries(self, &args[1]), entries(self, &args[2])) {
            self.entries.insert(expr.id, yes.union(no));
        }
        Estimate { cost: costs[0].add(costs[1].union(costs[2])), size: Some(size) }
    }

    fn standard(
        &mut self,
        expr: &Expr,
        overload: &str,
        target: Option<&Node<'a>>,
        args: &[Node<'a>],
    ) -> Estimate {
        let traverse = |size: Size| size.by_factor(TRAVERSAL);
        match (overload, target, args) {
            ("string_format", Some(target), _) => only(traverse(Self::known(target))),
            ("string_to_bytes", _, [arg]) => {
                let size = Self::known(arg);
                let bytes = Size { min: size.min, max: size.max.wrapping_mul(4) };
                Estimate { cost: traverse(size), size: Some(bytes) }
            }
            ("bytes_to_string", _, [arg]) => {
                let size = Self::known(arg);
                Estimate { cost: traverse(size), size: Some(Size { min: size.min / 4, max: size.max }) }
            }
            ("strings_quote", _, [arg]) => {
                let size = Self::known(arg);
                let quoted =
                    Size { min: size.min.wrapping_add(2), max: size.max.wrapping_mul(2).wrapping_add(2) };
                Estimate { cost: traverse(size), size: Some(quoted) }
            }
            ("starts_with_string" | "ends_with_string", _, [arg]) => only(traverse(Self::known(arg))),
            ("in_list", _, [_, list]) => only(Self::known(list).by_factor(1.0)),
            ("matches_string", Some(text), [pattern]) | ("matches", None, [text, pattern]) => {
                let text = traverse(Self::known(text).add(Size::fixed(1)));
                only(text.multiply(Self::known(pattern).by_factor(PATTERN)))
            }
            ("contains_string", Some(text), [part]) => {
                only(traverse(Self::known(text)).multiply(traverse(Self::known(part))))
            }
            ("add_string" | "add_bytes" | "add_list", _, [left, right]) => {
                let entries = |node: &Node<'_>| node.expr.and_then(|expr| self.entry_size(expr));
                if let (Some(left), Some(right)) = (entries(left), entries(right)) {
                    self.entries.insert(expr.id, left.union(right));
                }
                let size = Self::known(left).add(Self::known(right));
                let cost = if overload == "add_list" { Cost::fixed(1) } else { traverse(size) };
                Estimate { cost, size: Some(size) }
            }
            (_, _, [left, right]) if compares(overload) => {
                let max = Self::known(left).max.min(Self::known(right).max);
                only(Size { min: u64::from(max > 0), max }.by_factor(TRAVERSAL))
            }
            _ => only(Cost::fixed(1)),
        }
    }

    /// Calls whose libraries estimate them: sets and lists of cel-go.
    fn extension(&self, overload: &str, target: Option<&Node<'a>>, args: &[Node<'a>]) -> Option<Estimate> {
        let size = |node: &Node<'_>| {
            node.computed.or_else(|| self.lookup(node.path.as_deref())).unwrap_or(Size::UNKNOWN)
        };
        let sets = |factor: f64| {
            let [left, right] = args else { return None };
            let cost = size(left).multiply(size(right)).by_factor(factor).add(Cost::fixed(1));
            Some(only(cost))
        };
        let allocates = |factor: f64, size: Size| {
            let cost = size.by_factor(factor).add(Cost::fixed(1 + LIST_COST));
            Some(Estimate { cost, size: Some(size) })
        };
        match (overload, target, args) {
            ("list_sets_contains_list" | "list_sets_intersects_list", ..) => sets(1.0),
            ("list_sets_equivalent_list", ..) => sets(2.0),
            ("list_slice", Some(target), [start, end]) => {
                let (start, end) = (natural(start, 0), natural(end, size(target).max));
                allocates(1.0, Size::fixed(end.wrapping_sub(start)))
            }
            ("lists_range", None, [count]) => allocates(1.0, Size::fixed(natural(count, u64::MAX))),
            ("list_reverse", Some(target), []) => allocates(1.0, size(target)),
            ("list_flatten", Some(target), []) => allocates(1.0, size(target)),
            ("list_flatten_int", Some(target), [depth]) => {
                allocates(natural(depth, u64::MAX) as f64, size(target))
            }
            ("list_distinct", Some(target), []) => allocates(2.0, size(target).multiply(size(target))),
            (id, Some(target), []) if id.starts_with("list_") && id.ends_with("_sort") => {
                allocates(sort_factor(id), size(target).multiply(size(target)))
            }
            (id, Some(_), [keys]) if id.ends_with("_sortByAssociatedKeys") => {
                allocates(sort_factor(id), size(keys).multiply(size(keys)))
            }
            _ => None,
        }
    }
}

fn sort_factor(overload: &str) -> f64 {
    if overload.starts_with("list_string_") || overload.starts_with("list_bytes_") {
        2.0 + TRAVERSAL
    } else {
        2.0
    }
}

/// A literal number, or what stands for one that is none.
fn natural(node: &Node<'_>, otherwise: u64) -> u64 {
    match node.expr.map(|expr| &expr.kind) {
        Some(Kind::Literal(Literal::Int(value))) => u64::try_from(*value).unwrap_or_default(),
        _ => otherwise,
    }
}

/// Overloads whose cost is that of comparing strings.
pub(crate) fn compares(overload: &str) -> bool {
    matches!(
        overload,
        "equals"
            | "not_equals"
            | "less_string"
            | "less_equals_string"
            | "greater_string"
            | "greater_equals_string"
            | "less_bytes"
            | "less_equals_bytes"
            | "greater_bytes"
            | "greater_equals_bytes"
    )
}

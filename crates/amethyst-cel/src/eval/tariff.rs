//! What calls cost when they are made (cel-go `interpreter/runtimecost.go`, apiserver `cel/library/cost.go`,
//! cel-go `ext/{lists,sets}.go`).

use crate::cost::{LIST_COST, PATTERN, Size, TRAVERSAL, compares, selector_cost};
use crate::value::Value;

/// How a call is charged; known before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tariff {
    Fixed(u64),
    /// Going over an argument.
    Traverse(usize),
    /// Going over the first argument, and making something of it.
    Transform,
    /// Going over all that the first argument holds.
    Deep,
    /// The length of the second argument.
    SecondLength,
    /// Making the result.
    Result,
    /// Going over both arguments to make something.
    Both,
    /// Going over the shorter argument.
    Shorter,
    /// Going over the first argument once per step over the second.
    Product,
    /// Matching the first argument by the pattern that is the second.
    Pattern,
    /// Matching by a named format.
    Format,
    /// Parsing a selector.
    Selector,
    /// Looking for an address or a network in a network; parsing it, too, if `parses`.
    Contains {
        network: bool,
        parses: bool,
    },
    /// Comparing lists as sets, `0` times over.
    Sets(u64),
    /// A list as long as the result.
    ListResult,
    /// A list flattened this deep, or as deep as the second argument says.
    Flatten,
    /// Comparing an argument's elements among each other.
    SelfCompare(usize),
}

fn traverse(length: u64) -> u64 {
    (length as f64 * TRAVERSAL).ceil() as u64
}

fn pattern(text: u64, length: u64) -> u64 {
    let text = ((1.0 + text as f64) * TRAVERSAL).ceil() as u64;
    text.saturating_mul((length as f64 * PATTERN).ceil() as u64)
}

/// The cost of going over a value and all within it.
fn deep(value: &Value<'_>) -> u64 {
    match value {
        Value::String(text) => (text.len() as f64 * TRAVERSAL) as u64,
        Value::Bytes(bytes) => (bytes.len() as f64 * TRAVERSAL) as u64,
        Value::List(list) => list.iter().map(|value| value.as_ref().map_or(1, deep)).sum(),
        Value::Map(map) => {
            let entry = |key: &Value<'_>, value: &Value<'_>| deep(key) + deep(value);
            map.keys()
                .iter()
                .map(|key| match map.find(key) {
                    Some(Ok(value)) => entry(key, &value),
                    _ => deep(key) + 1,
                })
                .sum()
        }
        _ => 1,
    }
}

/// What comparing two values costs.
pub(super) fn equality(left: &Value<'_>, right: &Value<'_>, negated: bool) -> u64 {
    let is_opaque = matches!(
        left,
        Value::Quantity(_)
            | Value::Ip(_)
            | Value::Cidr(_)
            | Value::Format(_)
            | Value::Url(_)
            | Value::Semver(_)
            | Value::Authorizer(_)
            | Value::PathCheck(_)
            | Value::GroupCheck(_)
            | Value::ResourceCheck(_)
            | Value::Decision(_)
    );
    if is_opaque && !negated { 1 } else { traverse(size(left).min(size(right))) }
}

/// The size of a value, or of what an optional holds.
fn size(value: &Value<'_>) -> u64 {
    match value {
        Value::Optional(Some(inner)) => size(inner),
        other => other.size(),
    }
}

impl Tariff {
    /// How calls of a function are charged; the overload is empty when several fit.
    pub(crate) fn of(function: &str, overload: &str) -> Self {
        if let Some(tariff) = Self::of_extension(overload) {
            return tariff;
        }
        match function {
            "check" => Self::Fixed(350_000),
            "fieldSelector" | "labelSelector" => Self::Selector,
            "isSorted" | "sum" | "max" | "min" | "indexOf" | "lastIndexOf" | "includes" => Self::Deep,
            "ip" if overload == "cidr_ip" => Self::Fixed(1),
            "url"
            | "lowerAscii"
            | "upperAscii"
            | "substring"
            | "trim"
            | "jsonpatch.escapeKey"
            | "cidr"
            | "isIP"
            | "isCIDR"
            | "ip"
            | "quantity"
            | "isQuantity"
            | "semver"
            | "isSemver" => Self::Traverse(0),
            "replace" | "split" | "ip.isCanonical" => Self::Transform,
            "join" => Self::Result,
            "find" | "findAll" => Self::Pattern,
            "containsIP" => Self::Contains { network: false, parses: overload == "cidr_contains_ip_string" },
            "containsCIDR" => {
                Self::Contains { network: true, parses: overload == "cidr_contains_cidr_string" }
            }
            "validate" => Self::Format,
            _ => Self::of_standard(overload),
        }
    }

    fn of_standard(overload: &str) -> Self {
        match overload {
            "starts_with_string" | "ends_with_string" => Self::Traverse(1),
            "string_to_bytes" | "bytes_to_string" | "strings_quote" | "string_format" => Self::Traverse(0),
            "in_list" => Self::SecondLength,
            "add_string" | "add_bytes" => Self::Both,
            "matches" | "matches_string" => Self::Pattern,
            "contains_string" => Self::Product,
            overload if compares(overload) => Self::Shorter,
            _ => Self::Fixed(1),
        }
    }

    fn of_extension(overload: &str) -> Option<Self> {
        Some(match overload {
            "list_sets_contains_list" | "list_sets_intersects_list" => Self::Sets(1),
            "list_sets_equivalent_list" => Self::Sets(2),
            "list_slice" | "lists_range" | "list_reverse" => Self::ListResult,
            "list_flatten" | "list_flatten_int" => Self::Flatten,
            "list_distinct" => Self::SelfCompare(0),
            id if id.starts_with("list_") && id.ends_with("_sort") => Self::SelfCompare(0),
            id if id.ends_with("_sortByAssociatedKeys") => Self::SelfCompare(1),
            _ => return None,
        })
    }

    /// What a call costs, by its arguments and its result.
    pub(crate) fn cost(self, args: &[Value<'_>], result: Option<&Value<'_>>) -> u64 {
        let length = |at: usize| args.get(at).map_or(1, size);
        let allocates = |factor: f64, size: u64| {
            let factor = if factor < 0.0 { 1.0 } else { factor };
            ((size as f64 * factor) as u64).saturating_add(1 + LIST_COST)
        };
        match self {
            Self::Fixed(cost) => cost,
            Self::Traverse(at) => traverse(length(at)),
            Self::Transform => (length(0) as f64 * 2.0 * TRAVERSAL).ceil() as u64,
            Self::Deep => args.first().map_or(0, deep),
            Self::SecondLength => length(1),
            Self::Result => (result.map_or(1, size) as f64 * 2.0 * TRAVERSAL).ceil() as u64,
            Self::Both => traverse(length(0).saturating_add(length(1))),
            Self::Shorter => traverse(length(0).min(length(1))),
            Self::Product => traverse(length(0)).saturating_mul(traverse(length(1))),
            Self::Pattern => pattern(length(0), length(1)),
            Self::Format => match args.first() {
                Some(Value::Format(format)) => pattern(length(1), format.pattern_length),
                _ => 1,
            },
            Self::Selector => selector_cost(Size::fixed(length(1))).max,
            Self::Contains { network, parses } => {
                let mut cost = traverse(length(0) * 2);
                if network {
                    cost += traverse(length(0)) + 1;
                }
                if parses { cost + traverse(length(1)) } else { cost }
            }
            Self::Sets(times) => 1 + length(0).saturating_mul(length(1)).saturating_mul(times),
            Self::ListResult => allocates(1.0, result.map_or(1, size)),
            Self::Flatten => {
                let depth = if let Some(Value::Int(depth)) = args.get(1) { *depth as f64 } else { 1.0 };
                allocates(depth, length(0))
            }
            Self::SelfCompare(at) => {
                let first = match args.get(at) {
                    Some(Value::List(list)) => list.get(0),
                    _ => None,
                };
                let is_text = matches!(first, Some(Ok(Value::String(_) | Value::Bytes(_))));
                let factor = if is_text { 2.0 + TRAVERSAL } else { 2.0 };
                allocates(factor, length(at).saturating_mul(length(at)))
            }
        }
    }
}

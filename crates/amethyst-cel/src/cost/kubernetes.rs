//! What calls of Kubernetes' libraries may cost (apiserver `pkg/cel/library/cost.go`).

use super::size::{Cost, Estimate, Size, Step, scale};
use super::{Coster, LIST_COST, Node, PATTERN, STRUCT_COST, TRAVERSAL};
use crate::types::Type;

/// The longest pattern of a named format.
const FORMAT_PATTERN_MAX: f64 = 128.0;

fn only(cost: Cost) -> Option<Estimate> {
    Some(Estimate { cost, size: None })
}

fn traverse(size: Size) -> Cost {
    size.by_factor(TRAVERSAL)
}

/// Parsing a selector, and its requirements, of which there may be one per two characters.
pub(crate) fn selector_cost(length: Size) -> Cost {
    let requirements = length.by_factor(0.5).by_factor((LIST_COST + STRUCT_COST) as f64);
    Cost::fixed(LIST_COST).add(traverse(length)).add(requirements)
}

impl<'a> Coster<'a> {
    fn estimated(&self, node: &Node<'_>) -> Size {
        node.computed.or_else(|| self.lookup(node.path.as_deref())).unwrap_or(Size::UNKNOWN)
    }

    /// The elements of a list, as a node.
    fn element(list: &Node<'a>) -> Option<Node<'a>> {
        let ty = (*list.ty.parameters().first()?).clone();
        let path = list.path.as_ref().filter(|path| !path.is_empty()).map(|path| {
            let mut path = path.clone();
            path.push(Step::Items);
            path
        });
        Some(Node { path, ty, expr: None, computed: None })
    }

    pub(super) fn kubernetes(
        &self,
        function: &str,
        overload: &str,
        target: Option<&Node<'a>>,
        args: &[Node<'a>],
    ) -> Option<Estimate> {
        let one = only(Cost::fixed(1));
        match function {
            "check" => only(Cost::fixed(350_000)),
            "serviceAccount" | "path" | "group" | "resource" | "subresource" | "namespace" | "name"
            | "allowed" | "reason" | "error" | "errored" => one,
            "fieldSelector" | "labelSelector" => match args {
                [selector] => only(selector_cost(self.estimated(selector))),
                _ => None,
            },
            "isSorted" | "sum" | "max" | "min" | "indexOf" | "lastIndexOf" | "includes" => {
                target.and_then(|target| self.over_elements(function, target))
            }
            "url" | "jsonpatch.escapeKey" => match args {
                [text] => {
                    let size = self.estimated(text);
                    Some(Estimate { cost: traverse(size), size: Some(size) })
                }
                _ => None,
            },
            "lowerAscii" | "upperAscii" | "substring" | "trim" => target.map(|target| {
                let size = self.estimated(target);
                Estimate { cost: traverse(size), size: Some(size) }
            }),
            "replace" => match (target, args) {
                (Some(target), [old, new, ..]) => Some(self.replace(target, old, new)),
                _ => None,
            },
            "split" => target.map(|target| {
                let size = self.estimated(target);
                let limit = args.get(1).and_then(|limit| limit.expr).and_then(crate::ast::Expr::as_int);
                let max = limit.map_or(size.max, |limit| limit as u64);
                Estimate { cost: size.by_factor(2.0 * TRAVERSAL), size: Some(Size { min: 0, max }) }
            }),
            "join" => target.map(|target| self.join(target, args)),
            "find" | "findAll" => match (target, args) {
                (Some(target), [pattern, ..]) => {
                    let size = self.estimated(target);
                    let text = traverse(size.add(Size::fixed(1)));
                    let cost = text.multiply(self.estimated(pattern).by_factor(PATTERN));
                    Some(Estimate { cost, size: Some(Size { min: 0, max: size.max }) })
                }
                _ => None,
            },
            "ip" if overload == "cidr_ip" => one,
            "cidr" | "isIP" | "isCIDR" | "ip" | "quantity" | "isQuantity" | "semver" | "isSemver" => {
                args.first().and_then(|text| only(traverse(self.estimated(text))))
            }
            "ip.isCanonical" => {
                args.first().and_then(|text| only(self.estimated(text).by_factor(2.0 * TRAVERSAL)))
            }
            "containsIP" | "containsCIDR" => args.first().and_then(|other| self.contains(overload, other)),
            "validate" => args.first().and_then(|text| {
                let cost = traverse(self.estimated(text));
                only(cost.by_factor(FORMAT_PATTERN_MAX * PATTERN))
            }),
            "masked"
            | "prefixLength"
            | "family"
            | "isUnspecified"
            | "isLoopback"
            | "isLinkLocalMulticast"
            | "isLinkLocalUnicast"
            | "isGlobalUnicast"
            | "format.named"
            | "sign"
            | "asInteger"
            | "isInteger"
            | "asApproximateFloat"
            | "isGreaterThan"
            | "isLessThan"
            | "compareTo"
            | "add"
            | "sub"
            | "major"
            | "minor"
            | "patch"
            | "getScheme"
            | "getHostname"
            | "getHost"
            | "getPort"
            | "getEscapedPath"
            | "getQuery" => one,
            "_==_" => equality(args),
            _ => None,
        }
    }

    fn over_elements(&self, function: &str, target: &Node<'a>) -> Option<Estimate> {
        let mut each = Cost::fixed(1);
        let size = self.estimated(target);
        match Self::element(target) {
            Some(element) => {
                if matches!(element.ty, Type::String | Type::Bytes) {
                    each = each.add(traverse(self.estimated(&element)));
                }
                only(size.times(each))
            }
            None if function == "includes" => only(size.times(each)),
            None => only(traverse(size)),
        }
    }

    fn replace(&self, target: &Node<'a>, old: &Node<'a>, new: &Node<'a>) -> Estimate {
        let (text, old, new) = (self.estimated(target), self.estimated(old), self.estimated(new));
        let (mut count, mut kept) = (Size::default(), Size::default());
        let times = |length: u64, part: u64| (length as f64 / part as f64).ceil() as u64;
        if old.min == 0 {
            // Something may be put around each character.
            count.max = text.max.saturating_add(1);
            kept.max = text.max;
        } else if new.max <= old.min {
            kept.max = text.max;
        } else {
            count.max = times(text.max, old.min);
        }
        if old.max == 0 {
            count.min = text.min.saturating_add(1);
            kept.min = text.min;
        } else if old.max <= new.min {
            kept.min = text.min;
        } else {
            count.min = times(text.min, old.max);
        }
        let size = count.multiply(new).add(kept);
        Estimate { cost: text.by_factor(2.0 * TRAVERSAL), size: Some(size) }
    }

    fn join(&self, target: &Node<'a>, args: &[Node<'a>]) -> Estimate {
        let list = self.estimated(target);
        let mut size =
            Self::element(target).map(|element| list.multiply(self.estimated(&element))).unwrap_or_default();
        if let Some(separator) = args.first() {
            let gaps = Size { min: list.min.saturating_sub(1), max: list.max.saturating_sub(1) };
            size = size.add(self.estimated(separator).multiply(gaps));
        }
        Estimate { cost: traverse(size), size: Some(size) }
    }

    fn contains(&self, overload: &str, other: &Node<'a>) -> Option<Estimate> {
        let address = Size { min: 4, max: 16 };
        let mut cost = traverse(address.add(address));
        if overload.starts_with("cidr_contains_cidr") {
            cost = cost.add(traverse(address)).add(Cost::fixed(1));
        }
        if overload.ends_with("_string") {
            cost = cost.add(traverse(self.estimated(other)));
        }
        only(cost)
    }
}

fn equality(args: &[Node<'_>]) -> Option<Estimate> {
    let [left, right] = args else { return None };
    if left.ty != right.ty {
        return None;
    }
    match left.ty.name() {
        "net.IP" | "net.CIDR" | "kubernetes.Quantity" | "kubernetes.Semver" => only(Cost::fixed(1)),
        name if name.starts_with("kubernetes.authorization.") => only(Cost::fixed(1)),
        "kubernetes.NamedFormat" => only(Cost { min: scale(1, TRAVERSAL), max: scale(64, TRAVERSAL) }),
        "kubernetes.URL" => {
            let max = right.computed.map_or(1, |size| size.max);
            only(Cost { min: 1, max }.by_factor(TRAVERSAL))
        }
        _ => None,
    }
}

//! Lists and sets (apiserver `pkg/cel/library/lists.go`, cel-go `ext/{lists,sets}.go`).

use std::cmp::Ordering;

use super::operators::contains;
use super::{Native, add, compare, no_overload};
use crate::error::EvalError;
use crate::moment::Duration;
use crate::types::Type;
use crate::value::{List, Value};

type Result<'v> = std::result::Result<Value<'v>, EvalError>;

/// How long a list may be that a number alone makes; its cost is only known once it is made.
const RANGE_MAX: i64 = 1_000_000;
/// Lists are only compared element by element up to this many comparisons.
const COMPARISONS_MAX: usize = 4_000_000;

pub(super) fn native(name: &str) -> Option<Native> {
    Some(match name {
        "isSorted" => is_sorted,
        "sum" => sum,
        "max" => |args| extreme("max", args, Ordering::Less),
        "min" => |args| extreme("min", args, Ordering::Greater),
        "slice" => slice,
        "flatten" => flatten,
        "sort" => |args| sort(args, 0),
        "@sortByAssociatedKeys" => |args| sort(args, 1),
        "lists.range" => range,
        "reverse" => reverse,
        "distinct" => distinct,
        "sets.contains" => |args| sets("sets.contains", args, all_within),
        "sets.equivalent" => |args| {
            sets("sets.equivalent", args, |left, right| {
                Ok(all_within(left, right)? && all_within(right, left)?)
            })
        },
        "sets.intersects" => |args| sets("sets.intersects", args, any_within),
        _ => return None,
    })
}

/// The first or last element that equals a value, by its index.
pub(super) fn position<'v>(list: &List<'v>, wanted: &Value<'v>, last: bool) -> Result<'v> {
    let mut found = -1;
    for (index, element) in list.iter().enumerate() {
        if element.and_then(|element| element.equals(wanted)) == Ok(true) {
            found = index as i64;
            if !last {
                break;
            }
        }
    }
    Ok(Value::Int(found))
}

fn list<'a, 'v>(name: &str, args: &'a [Value<'v>]) -> std::result::Result<&'a List<'v>, EvalError> {
    match args.first() {
        Some(Value::List(list)) => Ok(list),
        _ => no_overload(name, args).map(|_| unreachable!("it is an error")),
    }
}

fn is_sorted<'v>(args: &[Value<'v>]) -> Result<'v> {
    let mut before: Option<Value<'v>> = None;
    for element in list("isSorted", args)?.iter() {
        let element = element?;
        if let Some(before) = &before
            && compare(before, &element)? == Ordering::Greater
        {
            return Ok(Value::Bool(false));
        }
        before = Some(element);
    }
    Ok(Value::Bool(true))
}

fn sum<'v>(args: &[Value<'v>]) -> Result<'v> {
    let list = list("sum", args)?;
    // The zero of an empty list is of the type of what it would hold; unknown types count as integers.
    let mut total = match list.get(0).transpose()? {
        Some(Value::Uint(_)) => Value::Uint(0),
        Some(Value::Double(_)) => Value::Double(0.0),
        Some(Value::Duration(_)) => Value::Duration(Duration(0)),
        _ => Value::Int(0),
    };
    for element in list.iter() {
        total = add(&total, &element?)?;
    }
    Ok(total)
}

fn extreme<'v>(name: &str, args: &[Value<'v>], worse: Ordering) -> Result<'v> {
    let mut best: Option<Value<'v>> = None;
    for element in list(name, args)?.iter() {
        let element = element?;
        let replaces = match &best {
            Some(best) => compare(best, &element)? == worse,
            None => true,
        };
        if replaces {
            best = Some(element);
        }
    }
    best.ok_or_else(|| EvalError::new(format!("{name} called on empty list")))
}

fn slice<'v>(args: &[Value<'v>]) -> Result<'v> {
    let [Value::List(list), Value::Int(start), Value::Int(end)] = args else {
        return no_overload("slice", args);
    };
    let fail = |why: String| Err(EvalError::new(format!("cannot slice({start}, {end}), {why}")));
    if *start < 0 || *end < 0 {
        return fail("negative indexes not supported".into());
    }
    if start > end {
        return fail("start index must be less than or equal to end index".into());
    }
    if *end > list.len() as i64 {
        return fail(format!("list is length {}", list.len()));
    }
    let (start, end) = (*start as usize, *end as usize);
    let values: std::result::Result<Vec<_>, _> = list.iter().skip(start).take(end - start).collect();
    values.map(Value::list)
}

fn flatten<'v>(args: &[Value<'v>]) -> Result<'v> {
    let (list, depth) = match args {
        [Value::List(list)] => (list, 1),
        [Value::List(list), Value::Int(depth)] => (list, *depth),
        _ => return no_overload("flatten", args),
    };
    if depth < 0 {
        return Err(EvalError::new("level must be non-negative"));
    }
    let mut out = Vec::new();
    flatten_into(list, depth, &mut out)?;
    Ok(Value::list(out))
}

fn flatten_into<'v>(
    list: &List<'v>,
    depth: i64,
    out: &mut Vec<Value<'v>>,
) -> std::result::Result<(), EvalError> {
    for element in list.iter() {
        match element? {
            Value::List(inner) if depth > 0 => flatten_into(&inner, depth - 1, out)?,
            other => out.push(other),
        }
    }
    Ok(())
}

/// Sorts the first argument by the keys that another argument holds.
fn sort<'v>(args: &[Value<'v>], keys_at: usize) -> Result<'v> {
    let (Some(Value::List(list)), Some(Value::List(keys))) = (args.first(), args.get(keys_at)) else {
        return no_overload("sort", args);
    };
    let (values, keys) = (list.to_vec()?, keys.to_vec()?);
    if values.len() != keys.len() {
        return Err(EvalError::new(format!(
            "@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got {} and {} elements respectively",
            values.len(),
            keys.len()
        )));
    }
    let Some(first) = keys.first() else { return Ok(Value::list(values)) };
    let is_ordered = |ty: Type| {
        matches!(
            ty,
            Type::Bool
                | Type::Int
                | Type::Uint
                | Type::Double
                | Type::String
                | Type::Bytes
                | Type::Timestamp
                | Type::Duration
        )
    };
    if !is_ordered(first.ty()) {
        return Err(EvalError::new("list elements must be comparable"));
    }
    if keys.iter().any(|key| key.ty() != first.ty()) {
        return Err(EvalError::new("list elements must have the same type"));
    }
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|left, right| compare(&keys[*left], &keys[*right]).unwrap_or(Ordering::Equal));
    Ok(Value::list(order.into_iter().map(|at| values[at].clone()).collect()))
}

fn range<'v>(args: &[Value<'v>]) -> Result<'v> {
    match args {
        [Value::Int(count)] if *count < 0 => {
            Err(EvalError::new(format!("lists.range: size must be non-negative, got {count}")))
        }
        // A longer one would overdraw any budget; it is not made to find that out.
        [Value::Int(count)] if *count > RANGE_MAX => Err(EvalError::CostLimit),
        [Value::Int(count)] => Ok(Value::list((0..*count).map(Value::Int).collect())),
        _ => no_overload("lists.range", args),
    }
}

fn reverse<'v>(args: &[Value<'v>]) -> Result<'v> {
    let mut values = list("reverse", args)?.to_vec()?;
    values.reverse();
    Ok(Value::list(values))
}

/// Two lists that are compared element by element would overdraw any budget past some length.
fn affordable(left: usize, right: usize) -> std::result::Result<(), EvalError> {
    if left.saturating_mul(right) > COMPARISONS_MAX { Err(EvalError::CostLimit) } else { Ok(()) }
}

fn distinct<'v>(args: &[Value<'v>]) -> Result<'v> {
    let list = list("distinct", args)?;
    affordable(list.len(), list.len())?;
    let mut unique: Vec<Value<'v>> = Vec::new();
    for element in list.iter() {
        let element = element?;
        if !unique.iter().any(|known| element.equals(known) == Ok(true)) {
            unique.push(element);
        }
    }
    Ok(Value::list(unique))
}

type Judge = for<'a, 'v> fn(&'a List<'v>, &'a List<'v>) -> std::result::Result<bool, EvalError>;

fn sets<'v>(name: &str, args: &[Value<'v>], judge: Judge) -> Result<'v> {
    match args {
        [Value::List(left), Value::List(right)] => {
            affordable(left.len(), right.len())?;
            judge(left, right).map(Value::Bool)
        }
        _ => no_overload(name, args),
    }
}

fn all_within<'v>(list: &List<'v>, part: &List<'v>) -> std::result::Result<bool, EvalError> {
    for element in part.iter() {
        if !contains(list, &element?)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn any_within<'v>(list: &List<'v>, other: &List<'v>) -> std::result::Result<bool, EvalError> {
    for element in list.iter() {
        if contains(other, &element?) == Ok(true) {
            return Ok(true);
        }
    }
    Ok(false)
}

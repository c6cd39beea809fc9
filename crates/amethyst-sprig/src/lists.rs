//! Slices: each function makes a new one, and takes typed ones as well as `[]interface {}`.

use std::collections::HashSet;

use amethyst_gotemplate::{Function, List, ListKind, Value};

use crate::arguments::{ANY, Answer, INT, NIL_DEREFERENCE, TOO_LARGE, any, fixed, int, variadic};
use crate::cast::to_int;
use crate::defaults::is_empty;
use crate::equal::deep_equal;
use crate::nil::nil_list;

pub(crate) const FUNCTIONS: &[Function] = &[
    variadic("tuple", &[], ANY, |_, a| Ok(list(a.to_vec()))),
    variadic("list", &[], ANY, |_, a| Ok(list(a.to_vec()))),
    fixed("append", &[ANY, ANY], |_, a| append(a)),
    fixed("push", &[ANY, ANY], |_, a| append(a)),
    fixed("mustAppend", &[ANY, ANY], |_, a| append(a)),
    fixed("mustPush", &[ANY, ANY], |_, a| append(a)),
    fixed("prepend", &[ANY, ANY], |_, a| prepend(a)),
    fixed("mustPrepend", &[ANY, ANY], |_, a| prepend(a)),
    fixed("first", &[ANY], |_, a| {
        Ok(items(a, "Cannot find first on type")?.first().cloned().unwrap_or_default())
    }),
    fixed("mustFirst", &[ANY], |_, a| {
        Ok(items(a, "Cannot find first on type")?.first().cloned().unwrap_or_default())
    }),
    fixed("last", &[ANY], |_, a| {
        Ok(items(a, "Cannot find last on type")?.last().cloned().unwrap_or_default())
    }),
    fixed("mustLast", &[ANY], |_, a| {
        Ok(items(a, "Cannot find last on type")?.last().cloned().unwrap_or_default())
    }),
    fixed("rest", &[ANY], |_, a| rest(a)),
    fixed("mustRest", &[ANY], |_, a| rest(a)),
    fixed("initial", &[ANY], |_, a| initial(a)),
    fixed("mustInitial", &[ANY], |_, a| initial(a)),
    fixed("reverse", &[ANY], |_, a| reverse(a)),
    fixed("mustReverse", &[ANY], |_, a| reverse(a)),
    fixed("uniq", &[ANY], |_, a| uniq(a)),
    fixed("mustUniq", &[ANY], |_, a| uniq(a)),
    fixed("compact", &[ANY], |_, a| compact(a)),
    fixed("mustCompact", &[ANY], |_, a| compact(a)),
    variadic("without", &[ANY], ANY, |_, a| without(a)),
    variadic("mustWithout", &[ANY], ANY, |_, a| without(a)),
    fixed("has", &[ANY, ANY], |_, a| has(a)),
    fixed("mustHas", &[ANY, ANY], |_, a| has(a)),
    variadic("slice", &[ANY], ANY, |_, a| slice(a)),
    variadic("mustSlice", &[ANY], ANY, |_, a| slice(a)),
    variadic("concat", &[], ANY, |_, a| concat(a)),
    fixed("chunk", &[INT, ANY], |_, a| chunk(int(a, 0), &a[1..])),
    fixed("mustChunk", &[INT, ANY], |_, a| chunk(int(a, 0), &a[1..])),
];

fn list(items: Vec<Value>) -> Value {
    List::new(items).into()
}

/// The list that comes first; of nil Go says that it has no type, of anything else what is said here.
fn items<'a>(arguments: &'a [Value], otherwise: &str) -> Result<&'a List, String> {
    match any(arguments, 0) {
        Value::List(list) => Ok(list),
        Value::Nil => Err(NIL_DEREFERENCE.to_owned()),
        other => Err(format!("{otherwise} {}", other.kind_name())),
    }
}

fn append(arguments: &[Value]) -> Answer {
    let items = items(arguments, "Cannot push on type")?;
    Ok(list(items.iter().chain([any(arguments, 1)]).cloned().collect()))
}

fn prepend(arguments: &[Value]) -> Answer {
    let items = items(arguments, "Cannot prepend on type")?;
    Ok(list([any(arguments, 1)].into_iter().chain(items.iter()).cloned().collect()))
}

fn rest(arguments: &[Value]) -> Answer {
    match items(arguments, "Cannot find rest on type")?.split_first() {
        None => Ok(nil_list(ListKind::Any).into()),
        Some((_, rest)) => Ok(list(rest.to_vec())),
    }
}

fn initial(arguments: &[Value]) -> Answer {
    match items(arguments, "Cannot find initial on type")?.split_last() {
        None => Ok(nil_list(ListKind::Any).into()),
        Some((_, initial)) => Ok(list(initial.to_vec())),
    }
}

fn reverse(arguments: &[Value]) -> Answer {
    Ok(list(items(arguments, "Cannot find reverse on type")?.iter().rev().cloned().collect()))
}

fn compact(arguments: &[Value]) -> Answer {
    let items = items(arguments, "Cannot compact on type")?;
    Ok(list(items.iter().filter(|item| !is_empty(item)).cloned().collect()))
}

/// How many elements that are no texts `uniq` holds against one another.
const COMPARISONS_MAX: usize = if cfg!(test) { 1_000_000 } else { 100_000_000 };

fn uniq(arguments: &[Value]) -> Answer {
    let items = items(arguments, "Cannot find uniq on type")?;
    let mut kept: Vec<Value> = Vec::with_capacity(items.len());
    let (mut texts, mut others) = (HashSet::new(), Vec::new());
    let mut comparisons = COMPARISONS_MAX;
    for item in items.iter() {
        // Most lists are of texts, and these equal nothing else.
        let is_new = if let Value::String(text) = item {
            texts.insert(text.as_str())
        } else {
            comparisons = comparisons.checked_sub(others.len()).ok_or(TOO_LARGE)?;
            let is_new = !others.iter().any(|other| deep_equal(item, other));
            if is_new {
                others.push(item.clone());
            }
            is_new
        };
        if is_new {
            kept.push(item.clone());
        }
    }
    Ok(list(kept))
}

fn without(arguments: &[Value]) -> Answer {
    let items = items(arguments, "Cannot find without on type")?;
    let omitted = &arguments[1..];
    let kept = items.iter().filter(|item| !omitted.iter().any(|other| deep_equal(item, other)));
    Ok(list(kept.cloned().collect()))
}

fn has(arguments: &[Value]) -> Answer {
    let (needle, haystack) = (any(arguments, 0), &arguments[1..]);
    if any(haystack, 0).is_nil() {
        return Ok(Value::Bool(false));
    }
    let items = items(haystack, "Cannot find has on type")?;
    Ok(Value::Bool(items.iter().any(|item| deep_equal(needle, item))))
}

fn slice(arguments: &[Value]) -> Answer {
    let items = items(arguments, "list should be type of slice or array but")?;
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    let start = to_int(any(arguments, 1));
    let end = if arguments.len() > 2 { to_int(any(arguments, 2)) } else { items.len() as i64 };
    if start < 0 || end < start || end > items.len() as i64 {
        return Err("reflect.Value.Slice: slice index out of bounds".into());
    }
    Ok(List::with_kind(items.kind(), items[start as usize..end as usize].to_vec()).into())
}

fn concat(arguments: &[Value]) -> Answer {
    let mut joined = Vec::new();
    for value in arguments {
        match value {
            Value::List(list) => joined.extend_from_slice(list.items()),
            Value::Nil => return Err(NIL_DEREFERENCE.into()),
            other => return Err(format!("Cannot concat type {} as list", other.kind_name()).into()),
        }
    }
    Ok(if joined.is_empty() { nil_list(ListKind::Any).into() } else { list(joined) })
}

/// The number of chunks comes from upstream's floats, and so do the cases of sizes below one.
fn chunk(size: i64, arguments: &[Value]) -> Answer {
    let items = items(arguments, "Cannot chunk type")?;
    let out_of_range = "runtime error: makeslice: len out of range";
    let length = items.len() as f64;
    let count = ((length - 1.0) / size as f64).floor() + 1.0;
    if !(0.0..=length + 1.0).contains(&count) {
        return Err(out_of_range.into());
    }
    let count = count as usize;
    let mut chunks = Vec::with_capacity(count);
    let mut from = 0;
    for index in 0..count {
        let mut wanted = size;
        if index + 1 == count {
            wanted = (length % size as f64).floor() as i64;
            if wanted == 0 {
                wanted = size;
            }
        }
        let wanted = usize::try_from(wanted).map_err(|_| out_of_range.to_owned())?;
        let to = (from + wanted).min(items.len());
        chunks.push(list(items[from..to].to_vec()));
        from = to;
    }
    Ok(List::with_kind(ListKind::Lists, chunks).into())
}

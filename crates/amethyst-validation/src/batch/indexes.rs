//! Sets of indexes as text: `1,3-5,7` (kubernetes `pkg/apis/batch/validation`, `validateIndexesFormat`).

/// How many indexes the text names, or what is wrong with it.
pub(super) fn count(text: &str, completions: i64) -> Result<i64, String> {
    let (mut last, mut total) = (None, 0);
    if text.is_empty() {
        return Ok(0);
    }
    for part in text.split(',') {
        let (from, to) = interval(part, completions)?;
        if let Some(last) = last.filter(|last| *last >= from) {
            return Err(format!("non-increasing order, previous: {last}, current: {from}"));
        }
        total += to - from + 1;
        last = Some(to);
    }
    Ok(total)
}

fn interval(part: &str, completions: i64) -> Result<(i64, i64), String> {
    let ends: Vec<&str> = part.split('-').collect();
    if ends.len() > 2 {
        return Err(format!(
            "the fragment {part:?} violates the requirement that an index interval can have at most two parts \
             separated by '-'"
        ));
    }
    let index = |text: &str| {
        let number: i64 =
            text.parse().map_err(|_| format!("cannot convert string to integer for index: {text:?}"))?;
        if number >= completions { Err(format!("too large index: {text:?}")) } else { Ok(number) }
    };
    let from = index(ends[0])?;
    let Some(to) = ends.get(1) else { return Ok((from, from)) };
    let to = index(to)?;
    if from >= to {
        return Err(format!("non-increasing order, previous: {from}, current: {to}"));
    }
    Ok((from, to))
}

/// The first index that both texts name.
pub(super) fn overlap(one: &str, other: &str, completions: i64) -> Option<i64> {
    let parse = |text: &str| -> Vec<(i64, i64)> {
        text.split(',').filter_map(|part| interval(part, completions).ok()).collect()
    };
    let others = parse(other);
    let mut shared = parse(one).into_iter().flat_map(|(from, to)| {
        let hits = others.iter().filter(move |(low, high)| from <= *high && *low <= to);
        hits.map(move |(low, _)| from.max(*low)).collect::<Vec<_>>()
    });
    shared.next()
}

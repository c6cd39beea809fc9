//! Subscripts of lists: indices, slices, unions of them, `*`.

/// The indices that a subscript picks from a list of `length` items.
pub(super) fn slice(subscript: &str, length: usize) -> Result<Vec<usize>, String> {
    if subscript.contains(',') {
        let mut picked = Vec::new();
        for (at, member) in subscript.split(',').enumerate() {
            if member.trim() == "*" {
                return Err(format!("error in union member {at}: wildcard cannot be used in union"));
            }
            let indices =
                single(member, length).map_err(|error| format!("error in union member {at}: {error}"))?;
            picked.extend(indices);
        }
        return Ok(picked);
    }
    single(subscript, length)
}

fn single(subscript: &str, length: usize) -> Result<Vec<usize>, String> {
    let subscript = subscript.trim();
    if subscript == "*" {
        return Ok((0..length).collect());
    }
    let parts: Vec<&str> = subscript.split(':').collect();
    if parts.len() > 3 {
        return Err("malformed array index, too many colons".to_owned());
    }
    let mut numbers = [None; 3];
    for (number, part) in numbers.iter_mut().zip(&parts) {
        let part = part.trim();
        if !part.is_empty() {
            *number = Some(part.parse::<i64>().map_err(|_| "non-integer array index".to_owned())?);
        }
    }
    let length = length as i64;
    let from_end = |index: i64| if index < 0 { index.saturating_add(length) } else { index };
    if parts.len() == 1 {
        let Some(index) = numbers[0] else { return Err("array index missing".to_owned()) };
        let index = from_end(index);
        return Ok(if (0..length).contains(&index) { vec![index as usize] } else { Vec::new() });
    }
    let step = numbers[2].unwrap_or(1);
    if step == 0 {
        return Err("array index step value must be non-zero".to_owned());
    }
    let mut picked = Vec::new();
    if step > 0 {
        let mut index = numbers[0].map_or(0, from_end).max(0);
        let to = numbers[1].map_or(length, from_end).min(length);
        while index < to {
            picked.push(index as usize);
            index = index.saturating_add(step);
        }
    } else {
        let mut index = numbers[0].map_or(length - 1, from_end).min(length);
        let to = numbers[1].map_or(-1, from_end).max(-1);
        while index > to {
            if index < length {
                picked.push(index as usize);
            }
            index = index.saturating_add(step);
        }
    }
    Ok(picked)
}

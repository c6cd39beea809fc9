//! What the operators of `${...}` do with a value.

/// Applies `operator` to `value`; lengths and offsets count bytes, as upstream's do.
pub(super) fn apply(operator: &str, value: String, parameters: &[String]) -> String {
    let first = parameters.first().map_or("", String::as_str);
    let second = parameters.get(1).map_or("", String::as_str);
    match operator {
        "#" if parameters.is_empty() => value.len().to_string(),
        "," => recase_first(&value, |char| char.to_lowercase().collect()),
        ",," => value.to_lowercase(),
        "^" => recase_first(&value, |char| char.to_uppercase().collect()),
        "^^" => value.to_uppercase(),
        "#" => trim(&value, first, Side::Prefix, Length::Shortest),
        "##" => trim(&value, first, Side::Prefix, Length::Longest),
        "%" => trim(&value, first, Side::Suffix, Length::Shortest),
        "%%" => trim(&value, first, Side::Suffix, Length::Longest),
        ":" => substring(&value, parameters),
        "/" => value.replacen(first, second, 1),
        "//" => value.replace(first, second),
        "/#" if parameters.len() == 2 && value.starts_with(first) => value.replacen(first, second, 1),
        "/%" if parameters.len() == 2 => {
            value.strip_suffix(first).map_or_else(|| value.clone(), |head| format!("{head}{second}"))
        }
        "/#" => value,
        // Every other operator gives its parameter for an empty value, `:+` and `:?` too: upstream's own.
        _ if value.is_empty() => parameters.concat(),
        _ => value,
    }
}

fn recase_first(value: &str, recase: impl Fn(char) -> String) -> String {
    let mut chars = value.chars();
    chars.next().map_or_else(String::new, |first| recase(first) + chars.as_str())
}

fn substring(value: &str, parameters: &[String]) -> String {
    let bytes = value.as_bytes();
    let length = bytes.len() as i64;
    let Some(offset) = parameters.first().and_then(|offset| offset.parse::<i64>().ok()) else {
        return value.to_owned();
    };
    let from = if offset < 0 { (length + offset).max(0) } else { offset };
    let to = match parameters.get(1).map(|count| count.parse::<i64>()) {
        None => length,
        Some(Err(_)) => return value.to_owned(),
        Some(Ok(count)) => from.saturating_add(count).min(length),
    };
    // Upstream panics when a negative length ends before the start; nothing is the honest answer.
    if from >= to {
        return String::new();
    }
    String::from_utf8_lossy(&bytes[from as usize..to as usize]).into_owned()
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Prefix,
    Suffix,
}

#[derive(Clone, Copy, PartialEq)]
enum Length {
    Shortest,
    Longest,
}

fn trim(value: &str, pattern: &str, side: Side, length: Length) -> String {
    let pattern: Vec<char> = pattern.chars().collect();
    let chars: Vec<char> = value.chars().collect();
    let part = |count: usize| match side {
        Side::Prefix => &chars[..count],
        Side::Suffix => &chars[chars.len() - count..],
    };
    let mut matching = (1..=chars.len()).filter(|count| matches(&pattern, part(*count)));
    let found = if length == Length::Shortest { matching.next() } else { matching.next_back() };
    match (found, side) {
        (None, _) => value.to_owned(),
        (Some(count), Side::Prefix) => chars[count..].iter().collect(),
        (Some(count), Side::Suffix) => chars[..chars.len() - count].iter().collect(),
    }
}

/// Shell patterns: `*`, `?`, `[a-z]`, `[^a]` and `\x`; a slash is a character like any other.
fn matches(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|skip| matches(rest, &text[skip..])),
        Some(('?', rest)) => !text.is_empty() && matches(rest, &text[1..]),
        Some(('[', rest)) => {
            let Some((first, tail)) = text.split_first() else { return false };
            class(rest, *first).is_some_and(|(fits, rest)| fits && matches(rest, tail))
        }
        Some(('\\', rest)) if !rest.is_empty() => {
            text.first() == rest.first() && matches(&rest[1..], &text[1..])
        }
        Some((char, rest)) => text.first() == Some(char) && matches(rest, &text[1..]),
    }
}

/// Whether `char` is in the class that `pattern` begins with (after `[`), and what follows the class.
fn class(pattern: &[char], char: char) -> Option<(bool, &[char])> {
    let (negated, mut rest) = match pattern.split_first() {
        Some(('^', rest)) => (true, rest),
        _ => (false, pattern),
    };
    let (mut found, mut seen) = (false, false);
    loop {
        let (low, after) = rest.split_first()?;
        if *low == ']' && seen {
            return Some((found != negated, after));
        }
        seen = true;
        if let [first, '-', last, after @ ..] = rest
            && *last != ']'
        {
            found |= (*first..=*last).contains(&char);
            rest = after;
        } else {
            found |= *low == char;
            rest = after;
        }
    }
}

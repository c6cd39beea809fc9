//! Field selectors as they are written: `a=b,c!=d`.

use amethyst_object::Str;

use crate::status::Status;

/// The value that a selector demands of a field, if it demands one that can be a name
/// (kubernetes/apimachinery `pkg/fields`, `RequiresExactMatch`).
pub(crate) fn exact_match(selector: &str, field: &str) -> Option<String> {
    let found = terms(selector).ok()?.into_iter().find(|(key, _, negated)| key == field && !negated)?;
    let name = found.1.as_str();
    let is_name = !matches!(name, "." | "..") && !name.contains(['/', '%']);
    is_name.then(|| name.to_owned())
}

/// Reads `a=b,c!=d`, with `\` before what should not separate.
pub(crate) fn terms(text: &str) -> Result<Vec<(String, Str, bool)>, Status> {
    let mut terms = Vec::new();
    for term in split_unescaped(text) {
        if term.is_empty() {
            continue;
        }
        let invalid =
            || Status::bad_request(format!("invalid selector: '{text}'; can't understand '{term}'"));
        let (at, length, negated) = operator(&term).ok_or_else(invalid)?;
        let value = unescape(&term[at + length..]).ok_or_else(invalid)?;
        terms.push((term[..at].to_owned(), value.into(), negated));
    }
    Ok(terms)
}

fn operator(term: &str) -> Option<(usize, usize, bool)> {
    let at = term.find(['=', '!'])?;
    match &term.as_bytes()[at..] {
        [b'!', b'=', ..] => Some((at, 2, true)),
        [b'=', b'=', ..] => Some((at, 2, false)),
        [b'=', ..] => Some((at, 1, false)),
        _ => None,
    }
}

fn split_unescaped(text: &str) -> Vec<String> {
    let (mut terms, mut current, mut escaped) = (Vec::new(), String::new(), false);
    for char in text.chars() {
        if char == ',' && !escaped {
            terms.push(std::mem::take(&mut current));
        } else {
            current.push(char);
        }
        escaped = char == '\\' && !escaped;
    }
    terms.push(current);
    terms
}

fn unescape(value: &str) -> Option<String> {
    let (mut out, mut chars) = (String::with_capacity(value.len()), value.chars());
    while let Some(char) = chars.next() {
        match char {
            '\\' => out.push(chars.next().filter(|next| matches!(next, '\\' | ',' | '='))?),
            '=' => return None,
            other => out.push(other),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::terms;

    #[test]
    fn field_selectors_read_as_upstream_reads_them() {
        let check = |text: &str, expect: &[(&str, &str, bool)]| {
            let found = terms(text).unwrap();
            let found: Vec<(&str, &str, bool)> =
                found.iter().map(|(key, value, negated)| (key.as_str(), value.as_str(), *negated)).collect();
            assert_eq!(found, expect, "{text}");
        };
        check("", &[]);
        check("a=b", &[("a", "b", false)]);
        check("a==b,c!=d", &[("a", "b", false), ("c", "d", true)]);
        check(r"a=b\,c\=d", &[("a", "b,c=d", false)]);
        check("a=", &[("a", "", false)]);
        assert!(terms("a").is_err());
        assert!(terms("a=b=c").is_err());
    }
}

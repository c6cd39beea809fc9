//! Finding values in canonical JSON without parsing it.

/// The bytes of the value at a path of keys, if it is there; numbers lead into lists.
pub(crate) fn find<'a>(json: &'a [u8], path: &[&str]) -> Option<&'a [u8]> {
    path.iter().try_fold(json, |value, key| match value.first()? {
        b'{' => member(value, key),
        b'[' => elements(value).nth(key.parse().ok()?),
        _ => None,
    })
}

/// The string at a path of keys: with escapes resolved only when there are any.
pub(crate) fn text(json: &[u8], path: &[&str]) -> Option<String> {
    let value = find(json, path)?;
    let inner = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if inner.contains(&b'\\') {
        let parsed = amethyst_object::json::parse(value).ok()?;
        return parsed.as_str().map(str::to_owned);
    }
    std::str::from_utf8(inner).ok().map(str::to_owned)
}

/// The pairs of an object: keys as they are written between their quotes.
pub(crate) fn members(object: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut at = 1;
    std::iter::from_fn(move || {
        if object.get(at) != Some(&b'"') {
            return None;
        }
        let key_end = string_end(object, at);
        let value_end = end(object, key_end + 1);
        let pair = (&object[at + 1..key_end - 1], &object[key_end + 1..value_end]);
        at = value_end + 1;
        Some(pair)
    })
}

/// The elements of a list.
pub(crate) fn elements(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 1;
    std::iter::from_fn(move || {
        if list.get(at).is_none_or(|byte| *byte == b']') {
            return None;
        }
        let value_end = end(list, at);
        let element = &list[at..value_end];
        at = value_end + 1;
        Some(element)
    })
}

/// Where the value that begins at `at` ends.
pub(crate) fn end(json: &[u8], at: usize) -> usize {
    match json.get(at) {
        Some(b'"') => string_end(json, at),
        Some(b'{' | b'[') => {
            let (mut depth, mut position) = (0_usize, at);
            while let Some(byte) = json.get(position) {
                match byte {
                    b'"' => {
                        position = string_end(json, position);
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            return position + 1;
                        }
                    }
                    _ => {}
                }
                position += 1;
            }
            json.len()
        }
        _ => {
            let length = json[at..].iter().position(|byte| matches!(byte, b',' | b'}' | b']'));
            length.map_or(json.len(), |length| at + length)
        }
    }
}

fn string_end(json: &[u8], at: usize) -> usize {
    let mut position = at + 1;
    while let Some(length) = json.get(position..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        position += length;
        match json[position] {
            b'"' => return position + 1,
            _ => position += 2,
        }
    }
    json.len()
}

fn member<'a>(object: &'a [u8], key: &str) -> Option<&'a [u8]> {
    members(object).find(|(found, _)| *found == key.as_bytes()).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::{find, text};

    fn check(json: &str, path: &[&str], expect: Option<&str>) {
        let found = find(json.as_bytes(), path).map(|value| std::str::from_utf8(value).unwrap());
        assert_eq!(found, expect, "{json} {path:?}");
    }

    #[test]
    fn values_are_found_in_canonical_json() {
        let json = r#"{"a":{"b":[1,{"c":"}\""}],"d":"x"},"e":true,"f":1.5,"g":{}}"#;
        check(json, &["a", "d"], Some("\"x\""));
        check(json, &["a", "b"], Some(r#"[1,{"c":"}\""}]"#));
        check(json, &["a", "b", "1", "c"], Some(r#""}\"""#));
        check(json, &["a", "b", "2"], None);
        check(json, &["e"], Some("true"));
        check(json, &["f"], Some("1.5"));
        check(json, &["g"], Some("{}"));
        check(json, &["g", "h"], None);
        check(json, &["e", "h"], None);
        check(json, &["z"], None);
        check("{}", &["z"], None);
        assert_eq!(text(br#"{"a":"x\ny"}"#, &["a"]).as_deref(), Some("x\ny"));
    }
}

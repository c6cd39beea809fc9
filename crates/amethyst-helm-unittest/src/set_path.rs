//! The keys of `set`: paths into values, as `a.b`, `a[0].b` or `a[b.c]`.

use crate::value::{Key, Map, Value};

/// How long a list may become through one index.
const INDEX_MAX: usize = 65_536;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Key,
    Index,
    Denotation,
    Escaping,
}

enum Cursor {
    Key(String),
    Index(usize),
}

/// The values that hold `value` at `path` and nothing else.
pub(crate) fn build(path: &str, value: Value) -> Result<Value, String> {
    if path.is_empty() {
        return Err("set path is empty".to_owned());
    }
    let cursors = cursors(path)?;
    Ok(cursors.into_iter().rev().fold(value, |value, cursor| match cursor {
        Cursor::Key(key) => {
            let mut map = Map::default();
            map.insert(Key::string(key), value);
            Value::Map(map)
        }
        Cursor::Index(index) => {
            let mut items = vec![Value::Null; index];
            items.push(value);
            Value::List(items)
        }
    }))
}

fn cursors(path: &str) -> Result<Vec<Cursor>, String> {
    let mut cursors = Vec::new();
    let (mut state, mut escaped) = (State::Key, String::new());
    let mut rest = path;
    loop {
        let Some(at) = rest.find(['.', '[', ']', ',', '{', '}', '=']) else {
            return match state {
                State::Key if !rest.is_empty() => {
                    cursors.push(Cursor::Key(rest.to_owned()));
                    Ok(cursors)
                }
                State::Denotation if rest.is_empty() => Ok(cursors),
                _ => Err("unexpected end of".to_owned()),
            };
        };
        let (name, end) = (&rest[..at], rest[at..].chars().next().unwrap_or_default());
        rest = &rest[at + 1..];
        if matches!(end, ',' | '{' | '}' | '=') {
            return Err(format!("invalid token found {end}"));
        }
        state = match (state, end) {
            (State::Index, ']') => {
                let index = name
                    .parse::<usize>()
                    .map_err(|_| format!("strconv.Atoi: parsing {name:?}: invalid syntax"))?;
                if index > INDEX_MAX {
                    return Err(format!("the index {index} is beyond {INDEX_MAX}"));
                }
                cursors.push(Cursor::Index(index));
                State::Denotation
            }
            (State::Index, _) => return Err("missing index value".to_owned()),
            (State::Denotation, '.') => State::Key,
            (State::Denotation, '[') => State::Index,
            (State::Denotation, _) => return Err(format!("invalid denotation token {end}")),
            (State::Key, '.') => {
                cursors.push(Cursor::Key(name.to_owned()));
                State::Key
            }
            (State::Key, '[') if name.is_empty() => {
                escaped.clear();
                State::Escaping
            }
            (State::Key, '[') => {
                cursors.push(Cursor::Key(name.to_owned()));
                State::Index
            }
            (State::Key, _) => return Err(format!("invalid key {end}")),
            (State::Escaping, '.') => {
                escaped.push_str(name);
                escaped.push('.');
                State::Escaping
            }
            (State::Escaping, ']') => {
                escaped.push_str(name);
                cursors.push(Cursor::Key(std::mem::take(&mut escaped)));
                State::Denotation
            }
            (State::Escaping, _) => return Err(format!("invalid escaping token {end}")),
        };
        if matches!(cursors.first(), Some(Cursor::Index(_))) {
            return Err("a path begins with a key".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::build;
    use crate::value::Value;
    use crate::yaml::emit;

    fn check(path: &str, expect: &str) {
        let text = match build(path, Value::Int(1)) {
            Ok(value) => emit(&value),
            Err(error) => error,
        };
        assert_eq!(text, expect, "{path}");
    }

    #[test]
    fn paths_are_read_as_upstream_reads_them() {
        check("a.b", "a:\n  b: 1\n");
        check("a[1].b", "a:\n  - null\n  - b: 1\n");
        check("a.[b.c/d].e", "a:\n  b.c/d:\n    e: 1\n");
        check("[a.b]", "a.b: 1\n");
        check("a[x]", "strconv.Atoi: parsing \"x\": invalid syntax");
        check("a{b", "invalid token found {");
        check("a[0]b.c", "a:\n  - c: 1\n");
        check("a.", "unexpected end of");
        check("", "set path is empty");
    }
}

//! Slash-separated paths; those of the operating system are the same, as it is taken for a Unix.

use amethyst_gotemplate::{Function, Value};

use crate::arguments::{STRING, bytes, fixed};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("base", &[STRING], |_, a| Ok(base(bytes(a, 0)))),
    fixed("dir", &[STRING], |_, a| Ok(dir(bytes(a, 0)))),
    fixed("clean", &[STRING], |_, a| Ok(string(clean(bytes(a, 0))))),
    fixed("ext", &[STRING], |_, a| Ok(extension(bytes(a, 0)))),
    fixed("isAbs", &[STRING], |_, a| Ok(Value::Bool(bytes(a, 0).starts_with(b"/")))),
    fixed("osBase", &[STRING], |_, a| Ok(base(bytes(a, 0)))),
    fixed("osClean", &[STRING], |_, a| Ok(string(clean(bytes(a, 0))))),
    fixed("osDir", &[STRING], |_, a| Ok(dir(bytes(a, 0)))),
    fixed("osExt", &[STRING], |_, a| Ok(extension(bytes(a, 0)))),
    fixed("osIsAbs", &[STRING], |_, a| Ok(Value::Bool(bytes(a, 0).starts_with(b"/")))),
];

fn string(bytes: Vec<u8>) -> Value {
    Value::bytes_string(bytes)
}

fn last_slash(path: &[u8]) -> Option<usize> {
    path.iter().rposition(|byte| *byte == b'/')
}

fn base(path: &[u8]) -> Value {
    if path.is_empty() {
        return Value::from(".");
    }
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(0, |at| at + 1);
    let path = &path[..end];
    let start = last_slash(path).map_or(0, |at| at + 1);
    if path.is_empty() { Value::from("/") } else { string(path[start..].to_vec()) }
}

fn dir(path: &[u8]) -> Value {
    string(clean(&path[..last_slash(path).map_or(0, |at| at + 1)]))
}

fn extension(path: &[u8]) -> Value {
    let name = &path[last_slash(path).map_or(0, |at| at + 1)..];
    let dot = name.iter().rposition(|byte| *byte == b'.').unwrap_or(name.len());
    string(name[dot..].to_vec())
}

/// `path.Clean`: no empty elements, no `.`, and `..` taken against what stands before it.
fn clean(path: &[u8]) -> Vec<u8> {
    let rooted = path.starts_with(b"/");
    let mut elements: Vec<&[u8]> = Vec::new();
    for element in path.split(|byte| *byte == b'/') {
        match element {
            b"" | b"." => {}
            b".." => match elements.last() {
                Some(&last) if last != b".." => {
                    elements.pop();
                }
                None if rooted => {}
                _ => elements.push(element),
            },
            _ => elements.push(element),
        }
    }
    let joined = elements.join(&b'/');
    match (rooted, joined.is_empty()) {
        (true, _) => [b"/", joined.as_slice()].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => joined,
    }
}

//! Bounds on what copying makes: a patch or a replacement that copies an object into itself doubles it each time.

use amethyst_object::Value;

/// How many values one copy may hold.
const NODES_MAX: usize = 200_000;
/// How deep lists and maps may nest, a copy at its place included.
const DEPTH_MAX: usize = 1000;

/// Whether a value may be put at a place so deep.
pub(crate) fn check(value: &Value, depth: usize) -> Result<(), String> {
    let mut nodes = 0;
    measure(value, depth, &mut nodes)
        .then_some(())
        .ok_or_else(|| format!("the value is larger than {NODES_MAX} parts or nests deeper than {DEPTH_MAX}"))
}

fn measure(value: &Value, depth: usize, nodes: &mut usize) -> bool {
    *nodes += 1;
    if *nodes > NODES_MAX || depth > DEPTH_MAX {
        return false;
    }
    match value {
        Value::Array(items) => items.iter().all(|item| measure(item, depth + 1, nodes)),
        Value::Object(map) => map.values().all(|value| measure(value, depth + 1, nodes)),
        _ => true,
    }
}

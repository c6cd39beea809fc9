//! The `fieldPath` of a rule: a path into the schema at the rule's place (`ValidFieldPath` upstream).

use amethyst_object::FieldPath;
use amethyst_schema::SchemaRef;

/// The tokens of a path: delimiters, names, quoted names.
fn tokens(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = if rest.starts_with('\'') {
            // Up to a quote that no backslash escapes; without one, all of it.
            let bytes = rest.as_bytes();
            (1..bytes.len())
                .find(|at| bytes[*at] == b'\'' && bytes[at - 1] != b'\\')
                .map_or(rest.len(), |at| at + 1)
        } else if rest.starts_with(['.', '[', ']']) {
            1
        } else {
            rest.find(['.', '[', ']']).unwrap_or(rest.len())
        };
        out.push(&rest[..end]);
        rest = &rest[end..];
    }
    out
}

fn unescape(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        out.push(match chars.next() {
            None => '\\',
            Some('a') => '\u{7}',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('v') => '\u{b}',
            Some(c @ ('\'' | '\\')) => c,
            Some(_) => return None,
        });
    }
    Some(out)
}

/// The path, when it leads from field to field of the schema.
pub(super) fn read(text: &str, schema: SchemaRef<'_>) -> Option<FieldPath> {
    let mut path = FieldPath::default();
    let mut at = schema;
    let mut tokens = tokens(text).into_iter();
    while let Some(token) = tokens.next() {
        let name = match token {
            "." => tokens.next()?.to_owned(),
            "[" => {
                let quoted = tokens.next().filter(|token| token.len() >= 2)?;
                let name = unescape(quoted.strip_prefix('\'')?.strip_suffix('\'')?)?;
                tokens.next().filter(|token| *token == "]")?;
                name
            }
            _ => return None,
        };
        let node = at.node();
        if node.fields.is_empty() {
            at = at.go(node.additional?);
            path.push_map_key(name);
        } else {
            at = at.go(at.field(&name)?.node);
            path.push_key(name);
        }
    }
    Some(path)
}

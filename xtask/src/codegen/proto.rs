//! Reads upstream's `generated.proto` files: as much of the language as they use.

use anyhow::{Context, bail};

/// One file.
pub(crate) struct ProtoFile {
    /// `k8s.io.api.core.v1`.
    pub(crate) package: String,
    /// Its messages, in order.
    pub(crate) messages: Vec<ProtoMessage>,
}

/// One message.
pub(crate) struct ProtoMessage {
    /// `Pod`.
    pub(crate) name: String,
    /// Its fields, in order.
    pub(crate) fields: Vec<ProtoField>,
}

/// One field.
pub(crate) struct ProtoField {
    /// Its number.
    pub(crate) number: u32,
    /// Its name in the proto file, which need not be that of JSON.
    pub(crate) name: String,
    /// The type of its value or values.
    pub(crate) ty: String,
    /// How many values it has.
    pub(crate) shape: Shape,
}

/// How many values a field has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One or none.
    One,
    /// Any number.
    Repeated,
    /// A map with string keys.
    Map,
}

/// Parses one file.
pub(crate) fn parse(text: &str) -> anyhow::Result<ProtoFile> {
    let mut file = ProtoFile { package: String::new(), messages: Vec::new() };
    for line in text.lines().map(str::trim) {
        if let Some(package) = line.strip_prefix("package ") {
            package.trim_end_matches(';').clone_into(&mut file.package);
        } else if let Some(name) = line.strip_prefix("message ") {
            let name = name.trim_end_matches(['{', ' ']).to_owned();
            file.messages.push(ProtoMessage { name, fields: Vec::new() });
        } else if let Some(field) = field(line).with_context(|| format!("failed to parse `{line}`"))? {
            file.messages.last_mut().context("a field outside of messages")?.fields.push(field);
        }
    }
    Ok(file)
}

fn field(line: &str) -> anyhow::Result<Option<ProtoField>> {
    let (shape, ty, rest) = if let Some(rest) = line.strip_prefix("map<") {
        let (types, rest) = rest.split_once('>').context("no `>`")?;
        let (key, value) = types.split_once(',').context("no `,`")?;
        if key != "string" {
            bail!("a map with keys of type `{key}`");
        }
        (Shape::Map, value.trim(), rest)
    } else if let Some(rest) = line.strip_prefix("repeated ") {
        let (ty, rest) = rest.split_once(' ').context("no name")?;
        (Shape::Repeated, ty, rest)
    } else if let Some(rest) = line.strip_prefix("optional ") {
        let (ty, rest) = rest.split_once(' ').context("no name")?;
        (Shape::One, ty, rest)
    } else {
        return Ok(None);
    };
    let (name, number) = rest.trim_end_matches(';').split_once('=').context("no number")?;
    let number = number.trim().parse()?;
    Ok(Some(ProtoField { number, name: name.trim().to_owned(), ty: ty.to_owned(), shape }))
}

#[cfg(test)]
mod tests {
    use super::{Shape, parse};

    #[test]
    fn messages_read_with_their_fields() {
        let file = parse(
            "package k8s.io.api.core.v1;\n\n// words\nmessage Pod {\n  // optional string no = 9;\n  \
             optional .k8s.io.meta.ObjectMeta metadata = 1;\n\n  repeated string names = 2;\n\n  \
             map<string, bytes> data = 30;\n}\n",
        )
        .unwrap();
        assert_eq!((file.package.as_str(), file.messages.len()), ("k8s.io.api.core.v1", 1));
        let fields: Vec<_> =
            file.messages[0].fields.iter().map(|it| (it.number, it.name.as_str(), it.ty.as_str())).collect();
        assert_eq!(
            fields,
            [(1, "metadata", ".k8s.io.meta.ObjectMeta"), (2, "names", "string"), (30, "data", "bytes")]
        );
        assert!(file.messages[0].fields[2].shape == Shape::Map);
        assert!(parse("message A {\n  map<int32, string> a = 1;\n}\n").is_err());
    }
}

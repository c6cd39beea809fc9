//! Documents to messages: canonical JSON in, the bytes that Go's generated code writes out.
//!
//! Nothing is parsed into a tree: the members of each map are found where they lie and written in the order of
//! their fields' numbers. What Go holds without a pointer is written though it is empty, as upstream's messages
//! are of proto2 without `nullable` (gogo/protobuf).

mod json;
mod special;

use amethyst_object::Value;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::messages::{Field, Form, Message, Shape, Type, messages};
use json::{elements, is_null, members, text};

/// How deep documents are followed; stored ones are below JSON's own limit.
const DEPTH_MAX: usize = 500;

/// A document that its message cannot hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A value has another type than the field that it is the value of.
    #[error("expected {expected} as the value of `{field}`, found `{found}`")]
    Type {
        /// The field.
        field: &'static str,
        /// What it holds.
        expected: &'static str,
        /// The beginning of the value.
        found: String,
    },
    /// The document nests too deep.
    #[error("exceeded max depth")]
    TooDeep,
}

/// The message of a kind: what objects of it are written as.
#[derive(Clone, Copy, Debug)]
pub struct Encoder(usize);

impl Encoder {
    /// The encoder of a kind, if it has a message; kinds of metav1 are found in every group.
    pub fn of(group: &str, version: &str, kind: &str) -> Option<Self> {
        messages().root(group, version, kind).map(Self)
    }

    /// Appends the message of an object, without an envelope.
    pub fn write(self, object: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        plain(&messages().all[self.0], object, out, DEPTH_MAX)
    }

    /// Appends the object with magic and envelope, as the body of an answer.
    pub fn write_enveloped(
        self,
        api_version: &str,
        kind: &str,
        object: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let mut message = Vec::with_capacity(object.len());
        self.write(object, &mut message)?;
        let (head, tail) = around(api_version, kind, message.len());
        for part in [head, message, tail] {
            out.extend_from_slice(&part);
        }
        Ok(())
    }
}

/// What stands before and after `length` bytes of a message that an envelope holds, for who writes those first.
pub fn around(api_version: &str, kind: &str, length: usize) -> (Vec<u8>, Vec<u8>) {
    let (mut head, mut tail) = (super::MAGIC.to_vec(), Vec::new());
    let mut meta = Vec::new();
    string(1, api_version.as_bytes(), &mut meta);
    string(2, kind.as_bytes(), &mut meta);
    string(1, &meta, &mut head);
    tag(2, 2, &mut head);
    varint(length as u64, &mut head);
    string(3, &[], &mut tail);
    string(4, &[], &mut tail);
    (head, tail)
}

/// Appends a field that holds a message, or bytes, of a length that is known afterwards.
pub fn nested<E>(
    number: u32,
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    tag(number, 2, out);
    let start = out.len();
    out.push(0);
    write(out)?;
    let length = out.len() - start - 1;
    if let Ok(short @ 0..0x80) = u8::try_from(length) {
        out[start] = short;
        return Ok(());
    }
    let mut prefix = Vec::with_capacity(5);
    varint(length as u64, &mut prefix);
    out.splice(start..=start, prefix);
    Ok(())
}

/// Appends a field of bytes.
pub fn string(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
    tag(number, 2, out);
    varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// Appends a field that holds a number.
pub fn integer(number: u32, value: i64, out: &mut Vec<u8>) {
    tag(number, 0, out);
    varint(value.cast_unsigned(), out);
}

fn tag(number: u32, wire_type: u8, out: &mut Vec<u8>) {
    varint(u64::from(number) << 3 | u64::from(wire_type), out);
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn plain(
    message: &'static Message,
    object: &[u8],
    out: &mut Vec<u8>,
    depth: usize,
) -> Result<(), EncodeError> {
    let members: Vec<(&[u8], &[u8])> = members(object).collect();
    inline(message, &members, out, depth)
}

/// The fields of a message from the members of a map, in which those of other messages may stand too.
fn inline(
    message: &'static Message,
    members: &[(&[u8], &[u8])],
    out: &mut Vec<u8>,
    depth: usize,
) -> Result<(), EncodeError> {
    let depth = depth.checked_sub(1).ok_or(EncodeError::TooDeep)?;
    for at in &message.by_number {
        let field = &message.fields[usize::from(*at)];
        if let ("^", Type::Message(inner)) = (field.name, field.ty) {
            let inner = &messages().all[inner];
            if !field.pointer || any(inner, members) {
                nested(field.number, out, |out| inline(inner, members, out, depth))?;
            }
            continue;
        }
        let found = members.iter().find(|(key, _)| *key == field.name.as_bytes());
        let value = found.map(|(_, value)| *value).filter(|value| !is_null(value));
        match field.shape {
            Shape::One => one(field, value, out, depth)?,
            Shape::Repeated => {
                for element in value.into_iter().flat_map(elements) {
                    required(field, field.ty, element, out, depth)?;
                }
            }
            Shape::Map => map(field, value.unwrap_or_default(), out, depth)?,
        }
    }
    Ok(())
}

/// Whether any member is a field of a message whose fields stand in another's place.
fn any(message: &Message, members: &[(&[u8], &[u8])]) -> bool {
    members.iter().any(|(key, value)| {
        !is_null(value) && message.fields.iter().any(|field| field.name.as_bytes() == *key)
    })
}

fn one(field: &Field, value: Option<&[u8]>, out: &mut Vec<u8>, depth: usize) -> Result<(), EncodeError> {
    match value {
        Some(value) => required(field, field.ty, value, out, depth),
        None if field.pointer => Ok(()),
        None => zero(field, out, depth),
    }
}

/// What Go writes of a field that holds nothing and is no pointer.
fn zero(field: &Field, out: &mut Vec<u8>, depth: usize) -> Result<(), EncodeError> {
    match field.ty {
        Type::String => string(field.number, &[], out),
        Type::Bool | Type::Int32 | Type::Int64 => integer(field.number, 0, out),
        Type::Double => double(field.number, 0.0, out),
        // A slice that is nil.
        Type::Bytes => {}
        Type::Message(at) => {
            let message = &messages().all[at];
            match message.form {
                Form::List => {}
                Form::Plain => nested(field.number, out, |out| inline(message, &[], out, depth))?,
                form => nested(field.number, out, |out| {
                    special::zero(form, out);
                    Ok(())
                })?,
            }
        }
    }
    Ok(())
}

/// A field with a value.
fn required(
    field: &Field,
    ty: Type,
    value: &[u8],
    out: &mut Vec<u8>,
    depth: usize,
) -> Result<(), EncodeError> {
    let number = field.number;
    let refuse = |expected| {
        let found = String::from_utf8_lossy(&value[..value.len().min(40)]).into_owned();
        EncodeError::Type { field: field.name, expected, found }
    };
    match ty {
        Type::String => string(number, &text(value).ok_or_else(|| refuse("a string"))?, out),
        Type::Bytes => {
            let encoded = text(value).ok_or_else(|| refuse("a string"))?;
            let bytes = STANDARD.decode(encoded.as_ref()).map_err(|_| refuse("text in base64"))?;
            string(number, &bytes, out);
        }
        Type::Bool => match value {
            b"true" => integer(number, 1, out),
            b"false" | b"null" => integer(number, 0, out),
            _ => return Err(refuse("true or false")),
        },
        Type::Int32 | Type::Int64 => {
            integer(number, json::integer(value).ok_or_else(|| refuse("an integer"))?, out);
        }
        Type::Double => double(number, json::double(value).ok_or_else(|| refuse("a number"))?, out),
        Type::Message(at) => {
            let message = &messages().all[at];
            nested(number, out, |out| match message.form {
                Form::Plain => plain(message, value, out, depth),
                Form::List => {
                    let Some(items) = message.fields.first() else { return Ok(()) };
                    elements(value).try_for_each(|item| required(items, items.ty, item, out, depth))
                }
                Form::OneOrMany | Form::OneOrBool | Form::OneOrStrings => {
                    alternatives(message, value, out, depth)
                }
                form => special::write(form, value, out).ok_or_else(|| refuse(special::expected(form))),
            })?;
        }
    }
    Ok(())
}

fn double(number: u32, value: f64, out: &mut Vec<u8>) {
    tag(number, 1, out);
    out.extend_from_slice(&value.to_le_bytes());
}

/// A map's entries, sorted by their keys.
fn map(field: &Field, value: &[u8], out: &mut Vec<u8>, depth: usize) -> Result<(), EncodeError> {
    let mut entries: Vec<(Value, &[u8])> =
        members(value).map(|(key, value)| (json::key(key), value)).collect();
    entries.sort_by(|(a, _), (b, _)| a.as_str().cmp(&b.as_str()));
    // The value of an entry is its second field.
    let inner = Field { number: 2, name: field.name, ty: field.ty, shape: Shape::One, ..*field };
    for (key, value) in entries {
        nested(field.number, out, |out| {
            string(1, key.as_str().unwrap_or_default().as_bytes(), out);
            if is_null(value) {
                zero(&inner, out, depth)
            } else {
                required(&inner, inner.ty, value, out, depth)
            }
        })?;
    }
    Ok(())
}

/// The types of definitions' schemas that are one schema or something else.
fn alternatives(
    message: &'static Message,
    value: &[u8],
    out: &mut Vec<u8>,
    depth: usize,
) -> Result<(), EncodeError> {
    let depth = depth.checked_sub(1).ok_or(EncodeError::TooDeep)?;
    let field = |name: &str| message.fields.iter().find(|field| field.name == name);
    let is_schema = value.first() == Some(&b'{');
    if message.form == Form::OneOrBool {
        // What is a schema is allowed too, and Go writes both.
        integer(1, i64::from(is_schema || value == b"true"), out);
    }
    if is_schema {
        return field("schema").map_or(Ok(()), |field| required(field, field.ty, value, out, depth));
    }
    let Some(list) = field("jSONSchemas").or_else(|| field("property")) else { return Ok(()) };
    elements(value).try_for_each(|item| required(list, list.ty, item, out, depth))
}

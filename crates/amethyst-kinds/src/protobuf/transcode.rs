//! Messages to documents: what Go's JSON of the decoded struct would be.

use std::borrow::Cow;

use amethyst_object::{Map, Number, Str, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::wire::{Raw, fields, malformed, varint};
use super::{Envelope, ProtobufError, special};
use crate::messages::{Field, Form, Message, Shape, Type, messages};

/// Turns messages into documents, within limits.
pub(super) struct Transcoder {
    values_left: usize,
}

impl Transcoder {
    /// A transcoder that gives up after so many values.
    pub(super) fn new(values_max: usize) -> Self {
        Self { values_left: values_max }
    }

    /// A body with magic and envelope.
    pub(super) fn envelope(
        &mut self,
        body: &[u8],
        (api_version, kind): (&str, &str),
        depth: usize,
    ) -> Result<Value, ProtobufError> {
        let mut envelope = Envelope::read(body)?;
        if envelope.kind.is_empty() {
            kind.clone_into(&mut envelope.kind);
        }
        if envelope.api_version.is_empty() {
            api_version.clone_into(&mut envelope.api_version);
        }
        let message = &messages().all[envelope.message()?];
        let mut out = Map::new();
        if message.typed {
            out.insert("kind", envelope.kind.as_str());
            out.insert("apiVersion", envelope.api_version.as_str());
        }
        self.plain(message, envelope.raw, &mut out, depth)?;
        Ok(Value::Object(out))
    }

    /// One message, by its form.
    pub(super) fn message(&mut self, at: usize, bytes: &[u8], depth: usize) -> Result<Value, ProtobufError> {
        let depth = depth.checked_sub(1).ok_or(ProtobufError::TooDeep)?;
        let message = &messages().all[at];
        Ok(match message.form {
            Form::Plain => {
                let mut out = Map::new();
                self.plain(message, bytes, &mut out, depth)?;
                Value::Object(out)
            }
            Form::List => self.wrapped_list(message, bytes, depth)?,
            Form::Quantity => special::quantity(bytes)?,
            Form::IntOrString => special::int_or_string(bytes)?,
            Form::Embedded => self.embedded(bytes, depth)?,
            Form::Time => special::time(bytes)?,
            Form::MicroTime => special::micro_time(bytes)?,
            Form::Duration => special::duration(bytes)?,
            Form::OneOrMany | Form::OneOrBool | Form::OneOrStrings => {
                self.alternatives(message, bytes, depth)?
            }
        })
    }

    fn plain(
        &mut self,
        message: &Message,
        bytes: &[u8],
        out: &mut Map,
        depth: usize,
    ) -> Result<(), ProtobufError> {
        let found = sorted(message, bytes)?;
        let mut rest = found.as_slice();
        for (index, field) in message.fields.iter().enumerate() {
            let (mine, after) = rest.split_at(rest.partition_point(|(at, _)| *at <= index));
            rest = after;
            match field.shape {
                Shape::One => self.one(field, mine, out, depth)?,
                Shape::Repeated => self.repeated(field, mine, out, depth)?,
                Shape::Map => self.map(field, mine, out, depth)?,
            }
        }
        Ok(())
    }

    fn one(
        &mut self,
        field: &Field,
        found: &[(usize, Raw<'_>)],
        out: &mut Map,
        depth: usize,
    ) -> Result<(), ProtobufError> {
        let last = found.last().map(|(_, raw)| *raw);
        if last.is_none() && field.pointer {
            Self::absent(field, out);
            return Ok(());
        }
        let Type::Message(at) = field.ty else {
            let value = match last {
                Some(raw) => self.scalar(field.ty, raw)?,
                None if field.ty == Type::Bytes => {
                    Self::absent(field, out);
                    return Ok(());
                }
                None => zero(field.ty),
            };
            if field.pointer || field.always || !is_empty(&value) {
                out.insert(field.name, value);
            }
            return Ok(());
        };
        let bytes = joined(found)?;
        if field.name == "^" {
            let depth = depth.checked_sub(1).ok_or(ProtobufError::TooDeep)?;
            return self.plain(&messages().all[at], &bytes, out, depth);
        }
        let is_list = messages().all[at].form == Form::List;
        if last.is_none() && is_list {
            Self::absent(field, out);
            return Ok(());
        }
        self.count()?;
        let value = self.message(at, &bytes, depth)?;
        let left_out = field.omit_zero && value.is_null() || is_list && !field.always && is_empty(&value);
        if !left_out {
            out.insert(field.name, value);
        }
        Ok(())
    }

    fn repeated(
        &mut self,
        field: &Field,
        found: &[(usize, Raw<'_>)],
        out: &mut Map,
        depth: usize,
    ) -> Result<(), ProtobufError> {
        if found.is_empty() {
            Self::absent(field, out);
            return Ok(());
        }
        let items = self.items(field.ty, found, depth)?;
        if field.always || !items.is_empty() {
            out.insert(field.name, Value::Array(items));
        }
        Ok(())
    }

    fn items(
        &mut self,
        ty: Type,
        found: &[(usize, Raw<'_>)],
        depth: usize,
    ) -> Result<Vec<Value>, ProtobufError> {
        let mut items = Vec::with_capacity(found.len());
        for (_, raw) in found {
            match (ty, raw) {
                (Type::Message(at), Raw::Bytes(bytes)) => {
                    self.count()?;
                    items.push(self.message(at, bytes, depth)?);
                }
                // Numbers may come packed.
                (Type::Bool | Type::Int32 | Type::Int64, Raw::Bytes(packed)) => {
                    let mut packed = *packed;
                    while !packed.is_empty() {
                        let number = varint(&mut packed)?;
                        items.push(self.scalar(ty, Raw::Varint(number))?);
                    }
                }
                (ty, raw) => items.push(self.scalar(ty, *raw)?),
            }
        }
        Ok(items)
    }

    fn map(
        &mut self,
        field: &Field,
        found: &[(usize, Raw<'_>)],
        out: &mut Map,
        depth: usize,
    ) -> Result<(), ProtobufError> {
        if found.is_empty() {
            Self::absent(field, out);
            return Ok(());
        }
        let mut map = Map::new();
        for (_, raw) in found {
            let Raw::Bytes(entry) = raw else { return Err(wrong_wire_type(*raw)) };
            let mut key = Str::default();
            let mut values = Vec::new();
            for part in fields(entry) {
                match part? {
                    (1, Raw::Bytes(bytes)) => key = lossy(bytes),
                    (2, raw) => values.push((0, raw)),
                    _ => {}
                }
            }
            let value = match field.ty {
                Type::Message(at) => {
                    self.count()?;
                    self.message(at, &joined(&values)?, depth)?
                }
                ty => values.last().map_or(Ok(zero(ty)), |(_, raw)| self.scalar(ty, *raw))?,
            };
            map.insert(key, value);
        }
        out.insert(field.name, Value::Object(map));
        Ok(())
    }

    /// Nothing came for a pointer, a list, a map or bytes: Go holds nil.
    fn absent(field: &Field, out: &mut Map) {
        if field.always {
            out.insert(field.name, Value::Null);
        }
    }

    fn scalar(&mut self, ty: Type, raw: Raw<'_>) -> Result<Value, ProtobufError> {
        self.count()?;
        Ok(match (ty, raw) {
            (Type::String, Raw::Bytes(bytes)) => Value::String(lossy(bytes)),
            (Type::Bytes, Raw::Bytes(bytes)) => STANDARD.encode(bytes).into(),
            (Type::Bool, Raw::Varint(number)) => (number != 0).into(),
            (Type::Int32, Raw::Varint(number)) => (number as i32).into(),
            (Type::Int64, Raw::Varint(number)) => (number as i64).into(),
            (Type::Double, Raw::Fixed64(bits)) => special::double(f64::from_bits(bits))?,
            (_, raw) => return Err(wrong_wire_type(raw)),
        })
    }

    fn wrapped_list(
        &mut self,
        message: &Message,
        bytes: &[u8],
        depth: usize,
    ) -> Result<Value, ProtobufError> {
        let found = sorted(message, bytes)?;
        let field = message.fields.first().ok_or_else(|| malformed("a list without elements"))?;
        Ok(Value::Array(self.items(field.ty, &found, depth)?))
    }

    /// `RawExtension` and its like: JSON, a whole envelope, or nothing.
    fn embedded(&mut self, bytes: &[u8], depth: usize) -> Result<Value, ProtobufError> {
        let mut raw: &[u8] = &[];
        for field in fields(bytes) {
            match field? {
                (1, Raw::Bytes(bytes)) => raw = bytes,
                (1, other) => return Err(wrong_wire_type(other)),
                _ => {}
            }
        }
        if raw.is_empty() {
            return Ok(Value::Null);
        }
        if raw.starts_with(super::MAGIC) {
            let depth = depth.checked_sub(1).ok_or(ProtobufError::TooDeep)?;
            return self.envelope(raw, ("", ""), depth);
        }
        // JSON spells its values out: it does not grow as empty messages do, and counts by its length.
        self.values_left = self.values_left.checked_sub(raw.len() / 8).ok_or(ProtobufError::TooLarge)?;
        amethyst_object::json::parse(raw).map_err(ProtobufError::EmbeddedJson)
    }

    /// The types of CustomResourceDefinitions' schemas that are one schema or something else.
    fn alternatives(
        &mut self,
        message: &Message,
        bytes: &[u8],
        depth: usize,
    ) -> Result<Value, ProtobufError> {
        let mut out = Map::new();
        self.plain(message, bytes, &mut out, depth)?;
        // Of the fields without a name for JSON the table keeps those of the message.
        let schema = message.fields.iter().position(|field| field.name == "schema");
        let found = sorted(message, bytes)?;
        let has_schema = found.iter().any(|(at, _)| Some(*at) == schema);
        let one =
            |out: &mut Map| if has_schema { out.remove("schema").unwrap_or_default() } else { Value::Null };
        Ok(match message.form {
            Form::OneOrBool if has_schema => one(&mut out),
            Form::OneOrBool => out.remove("allows").unwrap_or(Value::Bool(false)),
            Form::OneOrMany => out.remove("jSONSchemas").unwrap_or_else(|| one(&mut out)),
            _ => out.remove("property").unwrap_or_else(|| one(&mut out)),
        })
    }

    fn count(&mut self) -> Result<(), ProtobufError> {
        self.values_left = self.values_left.checked_sub(1).ok_or(ProtobufError::TooLarge)?;
        Ok(())
    }
}

/// The known fields on the wire with their place in the message, sorted by it; among equals the order stays.
fn sorted<'a>(message: &Message, bytes: &'a [u8]) -> Result<Vec<(usize, Raw<'a>)>, ProtobufError> {
    let mut found = Vec::new();
    for field in fields(bytes) {
        let (number, raw) = field?;
        if let Some(at) = message.fields.iter().position(|field| field.number == number) {
            found.push((at, raw));
        }
    }
    found.sort_by_key(|(at, _)| *at);
    Ok(found)
}

/// A message that comes in several parts is the parts joined.
fn joined<'a>(found: &[(usize, Raw<'a>)]) -> Result<Cow<'a, [u8]>, ProtobufError> {
    let mut all = Cow::Borrowed(&[][..]);
    for (_, raw) in found {
        let Raw::Bytes(bytes) = raw else { return Err(wrong_wire_type(*raw)) };
        if all.is_empty() {
            all = Cow::Borrowed(bytes);
        } else {
            all.to_mut().extend_from_slice(bytes);
        }
    }
    Ok(all)
}

fn wrong_wire_type(raw: Raw<'_>) -> ProtobufError {
    malformed(&format!("wrong wireType = {}", raw.wire_type()))
}

fn lossy(bytes: &[u8]) -> Str {
    Str::from(String::from_utf8_lossy(bytes))
}

fn zero(ty: Type) -> Value {
    match ty {
        Type::String | Type::Bytes => Value::from(""),
        Type::Bool => Value::Bool(false),
        Type::Int32 | Type::Int64 | Type::Double | Type::Message(_) => Value::from(0),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number == &Number::from(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(_) => false,
    }
}

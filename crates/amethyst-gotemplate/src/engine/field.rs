//! Fields: keys of maps, and fields and methods of native values.

use amethyst_object::Str;

use super::limits::MissingKey;
use super::seen::Seen;
use super::{Engine, Failure};
use crate::tree::Operand;
use crate::{Map, MapKind, Value, print};

impl Engine<'_> {
    /// `.X.Y.Z` of a receiver. The last of them gets the arguments.
    pub(super) fn field_chain(
        &mut self,
        receiver: &Seen,
        node: &Operand,
        names: &[Str],
        arguments: &[Operand],
        dot: &Seen,
        last: Option<Seen>,
    ) -> Result<Seen, Failure> {
        let Some((name, path)) = names.split_last() else { return Ok(receiver.clone()) };
        let mut owned;
        let mut receiver = receiver;
        for name in path {
            owned = self.field(receiver, node.at.id, name, &[], dot, None)?;
            receiver = &owned;
        }
        self.field(receiver, node.at.id, name, arguments, dot, last)
    }

    fn field(
        &mut self,
        receiver: &Seen,
        node: u32,
        name: &Str,
        arguments: &[Operand],
        dot: &Seen,
        last: Option<Seen>,
    ) -> Result<Seen, Failure> {
        match &receiver.value {
            Value::Map(map) => {
                let has_arguments = !arguments.is_empty() || last.is_some();
                self.map_field(map, name, has_arguments)
            }
            Value::Nil if receiver.in_interface => {
                Err(self.error(format!("nil pointer evaluating interface {{}}.{name}")))
            }
            Value::Nil if self.missing_key == MissingKey::Error => {
                Err(self.error(format!("nil data; no entry for key {}", print::quote(name))))
            }
            Value::Nil => Ok(Seen::INVALID),
            Value::Native(_) => self.native_field(receiver, node, name, arguments, dot, last),
            _ => Err(self.no_field(receiver, name)),
        }
    }

    #[cold]
    fn no_field(&self, receiver: &Seen, name: &str) -> Failure {
        self.error(format!("can't evaluate field {name} in type {}", receiver.type_name()))
    }

    fn map_field(&self, map: &Map, name: &Str, has_arguments: bool) -> Result<Seen, Failure> {
        if map.kind() == MapKind::Values && name == "AsMap" && !has_arguments {
            return Ok(Seen::concrete(Value::Map(map.with_type(MapKind::Any))));
        }
        if has_arguments {
            return Err(self.error(format!("{name} is not a method but has arguments")));
        }
        let in_interface = matches!(map.kind(), MapKind::Any | MapKind::Values);
        match (map.get(name), self.missing_key) {
            (Some(value), _) => Ok(Seen::element(value, in_interface)),
            (None, MissingKey::Zero) => Ok(Seen::element(map.kind().zero(), in_interface)),
            (None, MissingKey::Invalid) => Ok(Seen::INVALID),
            (None, MissingKey::Error) => {
                Err(self.error(format!("map has no entry for key {}", print::quote(name))))
            }
        }
    }

    fn native_field(
        &mut self,
        receiver: &Seen,
        node: u32,
        name: &Str,
        arguments: &[Operand],
        dot: &Seen,
        last: Option<Seen>,
    ) -> Result<Seen, Failure> {
        let Value::Native(native) = &receiver.value else { return Ok(Seen::INVALID) };
        let has_arguments = !arguments.is_empty() || last.is_some();
        if !has_arguments && let Some(value) = native.field(name) {
            // A method of the name would come first, but no type of Go can have both.
            return Ok(Seen::concrete(value));
        }
        let mut values = self.spare.pop().unwrap_or_default();
        for argument in arguments {
            values.push(self.operand(argument, dot)?.value);
        }
        values.extend(last.map(|last| last.value));
        let result = native.method(name, &values, self);
        self.give_back(values);
        match result {
            Some(Ok(value)) => Ok(Seen::concrete(value)),
            Some(Err(error)) => {
                self.node = node;
                Err(self.call_error(name, error))
            }
            None if native.field(name).is_some() => {
                Err(self.error(format!("{name} has arguments but cannot be invoked as function")))
            }
            None => Err(self.no_field(receiver, name)),
        }
    }
}

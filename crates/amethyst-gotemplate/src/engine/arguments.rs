//! Arguments, held against the types of parameters.

use super::seen::Seen;
use super::{Engine, Failure};
use crate::tree::{Operand, Term};
use crate::{IntKind, UintKind};
use crate::{List, ListKind, MapKind, Type, Value};

impl Type {
    /// Go's name of the type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Reflect => "reflect.Value",
            Self::Bool => "bool",
            Self::String => "string",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Uint32 => "uint32",
            Self::Float => "float64",
            Self::Anys => "[]interface {}",
            Self::Strings => "[]string",
            Self::Map => "map[string]interface {}",
            Self::Native(name) => name,
        }
    }

    /// What nil is in this type; `None` when it can't be.
    fn zero(self) -> Option<Value> {
        match self {
            // The zero of a map is nil: who takes one tells it from an empty one.
            Self::Any | Self::Reflect | Self::Map => Some(Value::Nil),
            Self::Anys => Some(Value::List(List::new(Vec::new()))),
            Self::Strings => Some(Value::List(List::with_kind(ListKind::String, Vec::new()))),
            Self::Native(name) if name.starts_with('*') => Some(Value::Nil),
            _ => None,
        }
    }

    /// Whether Go assigns a value to the type.
    fn takes(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Any | Self::Reflect, _)
            | (Self::Bool, Value::Bool(_))
            | (Self::String, Value::String(_) | Value::Binary(_))
            | (Self::Int, Value::Int(IntKind::Int, _))
            | (Self::Int64, Value::Int(IntKind::Int64, _))
            | (Self::Uint32, Value::Uint(UintKind::Uint32, _))
            | (Self::Float, Value::Float(_)) => true,
            (Self::Anys, Value::List(list)) => list.kind() == ListKind::Any,
            (Self::Strings, Value::List(list)) => list.kind() == ListKind::String,
            (Self::Map, Value::Map(map)) => matches!(map.kind(), MapKind::Any | MapKind::Values),
            (Self::Native(name), Value::Native(native)) => native.type_name() == name,
            _ => false,
        }
    }
}

impl Engine<'_> {
    /// An argument for a parameter.
    pub(super) fn argument(&mut self, wanted: Type, operand: &Operand, dot: &Seen) -> Result<Seen, Failure> {
        match &operand.term {
            Term::Nil => {
                self.node = operand.at.id;
                match wanted.zero() {
                    Some(value) => Ok(Seen::concrete(value)),
                    None => Err(self.error(format!("cannot assign nil to {}", wanted.name()))),
                }
            }
            Term::Bool(_) | Term::Number(_) | Term::String(_) => {
                if matches!(wanted, Type::Any | Type::Reflect) {
                    return self.operand(operand, dot);
                }
                self.node = operand.at.id;
                self.typed_constant(wanted, operand).map(Seen::concrete)
            }
            _ => {
                let value = self.operand(operand, dot)?;
                self.assigned(wanted, value)
            }
        }
    }

    fn typed_constant(&self, wanted: Type, operand: &Operand) -> Result<Value, Failure> {
        let expected = match (wanted, &operand.term) {
            (Type::Bool, Term::Bool(value)) => return Ok(Value::Bool(*value)),
            (Type::String, Term::String(text)) => return Ok(text.text.value()),
            (Type::Float, Term::Number(number)) if let Some(float) = number.float => {
                return Ok(Value::Float(float));
            }
            (Type::Int, Term::Number(number)) if let Some(int) = number.int => return Ok(Value::int(int)),
            (Type::Int64, Term::Number(number)) if let Some(int) = number.int => {
                return Ok(Value::int64(int));
            }
            (Type::Uint32, Term::Number(number)) if let Some(uint) = number.uint => {
                // Go cuts it off.
                return Ok(Value::Uint(UintKind::Uint32, u64::from(uint as u32)));
            }
            (Type::Bool, _) => "bool",
            (Type::String, _) => "string",
            (Type::Float, _) => "float",
            (Type::Int | Type::Int64, _) => "integer",
            (Type::Uint32, _) => "unsigned integer",
            _ => {
                let (node, wanted) = (self.node_text(), wanted.name());
                return Err(self.error(format!("can't handle {node} for arg of type {wanted}")));
            }
        };
        Err(self.error(format!("expected {expected}; found {}", self.node_text())))
    }

    /// Whether a value may be given for a parameter: Go's `validateType`.
    pub(super) fn assigned(&self, wanted: Type, value: Seen) -> Result<Seen, Failure> {
        if !value.is_valid() {
            return match wanted.zero() {
                Some(value) => Ok(Seen::concrete(value)),
                None => Err(self.error(format!("invalid value; expected {}", wanted.name()))),
            };
        }
        if wanted.takes(&value.value) {
            return Ok(match (&value.value, wanted) {
                (Value::Map(map), Type::Map) if map.kind() == MapKind::Values => {
                    Seen::concrete(Value::Map(map.with_type(MapKind::Any)))
                }
                _ => value,
            });
        }
        let got = if value.value.is_nil() { value.type_name() } else { value.value.type_name() };
        Err(self.error(format!("wrong type for value; expected {}; got {got}", wanted.name())))
    }
}

//! One value by one verb.

use crate::{List, ListKind, Map, Native, UintKind, Value};

/// Values nest no deeper than this in what is printed; one that holds itself would never end.
const DEPTH_MAX: usize = 200;

/// A printed text ends about here.
const BYTES_MAX: usize = 16 << 20;

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`.
    pub(super) plus_v: bool,
    /// `%#v`.
    pub(super) sharp_v: bool,
}

pub(super) struct Printer {
    pub(super) out: Vec<u8>,
    pub(super) flags: Flags,
    /// Whether a bad verb is being reported, which calls no methods.
    erroring: bool,
}

impl Printer {
    pub(super) fn new(out: Vec<u8>) -> Self {
        Self { out, flags: Flags::default(), erroring: false }
    }

    /// An operand.
    pub(super) fn argument(&mut self, value: &Value, verb: char) {
        match (value, verb) {
            (Value::Nil, 'T' | 'v') => self.pad(b"<nil>"),
            (Value::Nil, _) => self.bad_verb(value, verb),
            (_, 'T') => self.string(value.type_name().as_bytes()),
            (_, 'w') if !matches!(value, Value::Native(_)) => self.bad_verb(value, verb),
            (Value::List(list), _) if list.kind() == ListKind::Byte => self.bytes(list, verb),
            (_, 'p') => self.bad_verb(value, verb),
            _ => self.value(value, verb, 0),
        }
    }

    pub(super) fn bad_verb(&mut self, value: &Value, verb: char) {
        self.out.extend_from_slice(b"%!");
        self.push_char(verb);
        self.out.push(b'(');
        if value.is_nil() {
            self.out.extend_from_slice(b"<nil>");
        } else {
            let erroring = std::mem::replace(&mut self.erroring, true);
            self.out.extend_from_slice(value.type_name().as_bytes());
            self.out.push(b'=');
            self.argument(value, 'v');
            self.erroring = erroring;
        }
        self.out.push(b')');
    }

    fn value(&mut self, value: &Value, verb: char, depth: usize) {
        match value {
            // An element that is an empty interface.
            Value::Nil if self.flags.sharp_v => self.out.extend_from_slice(b"interface {}(nil)"),
            Value::Nil => self.out.extend_from_slice(b"<nil>"),
            Value::Bool(truth) => match verb {
                't' | 'v' => self.pad(if *truth { b"true" } else { b"false" }),
                _ => self.bad_verb(value, verb),
            },
            Value::Int(_, number) => self.integer(value, number.unsigned_abs(), Some(*number < 0), verb),
            Value::Uint(_, number) => self.integer(value, *number, None, verb),
            Value::Float(number) => self.float(value, *number, verb),
            Value::String(text) => self.text(value, text.as_bytes(), verb),
            Value::Binary(bytes) => self.text(value, bytes, verb),
            Value::List(_) | Value::Map(_) if depth >= DEPTH_MAX || self.out.len() > BYTES_MAX => {
                self.out.extend_from_slice(b"...");
            }
            Value::List(list) => self.list(value, list, verb, depth),
            Value::Map(map) => self.map(map, verb, depth),
            Value::Native(native) => self.native(value, native.as_ref(), verb),
        }
    }

    fn list(&mut self, value: &Value, list: &List, verb: char, depth: usize) {
        if list.kind() == ListKind::Byte && matches!(verb, 's' | 'q' | 'x' | 'X') {
            let bytes = byte_list(list);
            return self.text(value, &bytes, verb);
        }
        let (open, separator, close): (_, &[u8], _) =
            if self.flags.sharp_v { (b'{', b", ", b'}') } else { (b'[', b" ", b']') };
        if self.flags.sharp_v {
            self.out.extend_from_slice(list.kind().type_name().as_bytes());
        }
        self.out.push(open);
        for (index, item) in list.iter().enumerate() {
            if index > 0 {
                self.out.extend_from_slice(separator);
            }
            self.value(item, verb, depth + 1);
        }
        self.out.push(close);
    }

    fn map(&mut self, map: &Map, verb: char, depth: usize) {
        let separator: &[u8] = if self.flags.sharp_v {
            self.out.extend_from_slice(map.kind().type_name().as_bytes());
            self.out.push(b'{');
            b", "
        } else {
            self.out.extend_from_slice(b"map[");
            b" "
        };
        for (index, (key, item)) in map.pairs().iter().enumerate() {
            if index > 0 {
                self.out.extend_from_slice(separator);
            }
            self.value(&Value::String(key.clone()), verb, depth + 1);
            self.out.push(b':');
            self.value(item, verb, depth + 1);
        }
        self.out.push(if self.flags.sharp_v { b'}' } else { b']' });
    }

    /// `[]byte` as an operand of its own.
    fn bytes(&mut self, list: &List, verb: char) {
        let bytes = byte_list(list);
        match verb {
            'v' | 'd' if self.flags.sharp_v => {
                self.out.extend_from_slice(b"[]byte{");
                for (index, byte) in bytes.iter().enumerate() {
                    if index > 0 {
                        self.out.extend_from_slice(b", ");
                    }
                    self.hexadecimal(u64::from(*byte));
                }
                self.out.push(b'}');
            }
            'v' | 'd' => {
                self.out.push(b'[');
                for (index, byte) in bytes.iter().enumerate() {
                    if index > 0 {
                        self.out.push(b' ');
                    }
                    self.decimal(u64::from(*byte));
                }
                self.out.push(b']');
            }
            _ => self.value(&Value::List(list.clone()), verb, 0),
        }
    }

    /// Through `Error()` or `String()` where the verb can take a string.
    fn native(&mut self, value: &Value, native: &dyn Native, verb: char) {
        if self.erroring || !matches!(verb, 'v' | 's' | 'x' | 'X' | 'q') {
            if let Some(number) = native.as_int() {
                return self.integer(value, number.unsigned_abs(), Some(number < 0), verb);
            }
            if !self.erroring && verb != 'v' {
                return self.bad_verb(value, verb);
            }
        }
        let text = native.print();
        self.text(value, text.as_bytes(), verb);
    }
}

fn byte_list(list: &List) -> Vec<u8> {
    list.iter()
        .map(|item| if let Value::Uint(UintKind::Uint8, byte) = item { *byte as u8 } else { 0 })
        .collect()
}

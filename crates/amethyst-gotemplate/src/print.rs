//! Printing values as Go's fmt does: `Print`, `Println` and `Printf`.

mod float;
mod format;
mod number;
mod printer;
mod quote;
mod text;

use crate::Value;

pub use float::format_float;
pub(crate) use float::json_number;
use printer::Printer;
pub(crate) use quote::quote_start;
pub use quote::{is_print, quote};

/// `fmt.Sprint`: a space between two operands when neither is a string.
pub fn sprint(values: &[Value]) -> Value {
    let mut printer = Printer::new(Vec::new());
    let mut after_string = false;
    for (index, value) in values.iter().enumerate() {
        let is_string = matches!(value, Value::String(_) | Value::Binary(_));
        if index > 0 && !is_string && !after_string {
            printer.out.push(b' ');
        }
        printer.argument(value, 'v');
        after_string = is_string;
    }
    Value::bytes_string(printer.out)
}

/// `fmt.Sprintln`: a space between operands, and a newline.
pub fn sprintln(values: &[Value]) -> Value {
    let mut printer = Printer::new(Vec::new());
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            printer.out.push(b' ');
        }
        printer.argument(value, 'v');
    }
    printer.out.push(b'\n');
    Value::bytes_string(printer.out)
}

/// `fmt.Sprintf`; what is no UTF-8 is replaced.
pub fn sprintf(format: &str, values: &[Value]) -> String {
    let text = sprintf_bytes(format.as_bytes(), values);
    text.as_str().unwrap_or_default().into_owned()
}

/// `fmt.Sprintf` of strings that may be no UTF-8.
pub fn sprintf_bytes(format: &[u8], values: &[Value]) -> Value {
    let mut printer = Printer::new(Vec::new());
    printer.format(format, values);
    Value::bytes_string(printer.out)
}

/// `fmt.Sprint` of one value; what is no UTF-8 is replaced.
pub fn sprint_value(value: &Value) -> String {
    let mut out = Vec::new();
    write_value(&mut out, value);
    String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Appends what `fmt.Sprint` gives for one value.
pub fn write_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::String(text) => out.extend_from_slice(text.as_bytes()),
        Value::Binary(bytes) => out.extend_from_slice(bytes),
        Value::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        _ => {
            let mut printer = Printer::new(std::mem::take(out));
            printer.argument(value, 'v');
            *out = printer.out;
        }
    }
}

//! JSON as Go's `encoding/json` writes and reads it.

mod read;
mod write;

use amethyst_gotemplate::{Function, Value};

use crate::arguments::{ANY, Answer, STRING, any, bytes, fixed, quiet};

pub(crate) use read::{Fault, read};
pub use write::to_json;
pub(crate) use write::{Style, write};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("fromJson", &[STRING], |_, a| Ok(read(bytes(a, 0)).unwrap_or_default())),
    fixed("mustFromJson", &[STRING], |_, a| Ok(read(bytes(a, 0))?)),
    fixed("toJson", &[ANY], |_, a| quiet(write(any(a, 0), Style::Compact))),
    fixed("mustToJson", &[ANY], |_, a| text_of(any(a, 0), Style::Compact)),
    fixed("toPrettyJson", &[ANY], |_, a| quiet(write(any(a, 0), Style::Pretty))),
    fixed("mustToPrettyJson", &[ANY], |_, a| text_of(any(a, 0), Style::Pretty)),
    fixed("toRawJson", &[ANY], |_, a| text_of(any(a, 0), Style::Raw)),
    fixed("mustToRawJson", &[ANY], |_, a| text_of(any(a, 0), Style::Raw)),
];

/// The text of a value in a style.
pub(crate) fn text_of(value: &Value, style: Style) -> Answer {
    Ok(Value::from(write(value, style)?))
}

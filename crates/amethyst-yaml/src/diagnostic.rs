//! Faults as diagnostics, with what to do about the common ones.

use amethyst_diag::{Diagnostic, Location};

use crate::YamlFault;

/// The code of every fault of this crate.
const CODE: &str = "yaml-syntax";

/// Hints by what the message contains.
const HINTS: &[(&str, &str)] = &[
    ("tab", "indent with spaces; YAML takes no tabs there"),
    ("unexpected end of stream", "check that the quotes on this and the lines before are closed"),
    ("unexpected document indicator", "check that the quotes before this `---` are closed"),
    ("mapping values are not allowed", "quote the value if it contains `: `, or check the indentation"),
    ("did not find expected key", "check the indentation of this line against the lines before it"),
    ("expected '-' indicator", "check the indentation of this line against the list before it"),
    ("block sequence entries", "begin a list on the line below its key"),
    ("did not find expected ','", "close the bracket, or put a comma between the items"),
    ("expected ':'", "a key and its `:` must stand on one line; check quotes and indentation"),
    ("<document start>", "begin another document with `---`"),
    ("unknown anchor", "an alias (`*name`) needs its anchor (`&name`) earlier in the same document"),
    ("excessive aliasing", "write the repeated parts out, or split the document"),
    (
        "cannot start any token",
        "quote the value if it begins with a character that YAML keeps for itself; indent with spaces, not tabs",
    ),
    ("unknown escape", "in double quotes a backslash is written twice; single quotes take it as it is"),
    ("map merge", "`<<` takes an alias of a map, or a list of such aliases"),
    ("unsupported type: map", "quote the keys of this map that are numbers or booleans"),
    ("unsupported map key", "quote the key"),
    ("invalid map key", "a list or a map is no key; quote it if text was meant"),
    ("unsupported value", "JSON has neither infinities nor NaN; quote the value if a string was meant"),
    ("control characters", "write it as an escape in double quotes, or take it out"),
];

/// For the rest: a parser notices late what was left open early.
const OTHER_HINT: &str = "check this line and those before it: indentation, and brackets or quotes left open";

/// The fault as a diagnostic on `file`.
pub fn to_diagnostic(fault: &YamlFault, file: &str) -> Diagnostic {
    let said =
        Diagnostic::error(CODE, fault.message.clone()).at(Location::new(file, fault.line, fault.column));
    let hint =
        HINTS.iter().find(|(part, _)| fault.message.contains(part)).map_or(OTHER_HINT, |(_, hint)| hint);
    said.hint(hint)
}

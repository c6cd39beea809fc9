//! Types and kinds by Go's names.

use amethyst_gotemplate::{Function, Value};

use crate::arguments::{ANY, STRING, any, fixed, text};
use crate::equal::deep_equal;

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("typeOf", &[ANY], |_, a| Ok(Value::from(any(a, 0).type_name().as_ref()))),
    fixed("typeIs", &[STRING, ANY], |_, a| Ok(Value::Bool(text(a, 0) == any(a, 1).type_name()))),
    fixed("typeIsLike", &[STRING, ANY], |_, a| {
        let (wanted, found) = (text(a, 0), any(a, 1).type_name());
        Ok(Value::Bool(wanted == found || found.strip_prefix('*') == Some(&wanted)))
    }),
    fixed("kindOf", &[ANY], |_, a| Ok(Value::from(any(a, 0).kind_name()))),
    fixed("kindIs", &[STRING, ANY], |_, a| Ok(Value::Bool(text(a, 0) == any(a, 1).kind_name()))),
    fixed("deepEqual", &[ANY, ANY], |_, a| Ok(Value::Bool(deep_equal(any(a, 0), any(a, 1))))),
];

//! Runs expressions of templates, and looks at what they give before it is printed.

use std::any::Any;

use amethyst_gotemplate::{Engine, Function, Functions, Host, Map, Templates, Type, Value};

use crate::{HelmVersion, functions, helm_functions, print};

/// What Go's `%T` and `%v` show of a result.
pub(super) type Seen = (String, String);

/// A host whose clock stands and whose randomness is counted up.
#[derive(Default)]
pub(super) struct Still {
    next: u32,
    /// Which functions said that they are not reproducible.
    pub(super) told: Vec<&'static str>,
    value: Option<Value>,
}

impl Host for Still {
    fn now(&mut self) -> i128 {
        1_700_000_000_123_456_789
    }

    fn random(&mut self, out: &mut [u8]) {
        for byte in out {
            self.next = self.next.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = (self.next >> 24) as u8;
        }
    }

    fn not_reproducible(&mut self, function: &'static str) {
        self.told.push(function);
    }

    fn state(&mut self) -> &mut dyn Any {
        self
    }
}

/// Keeps its argument for the test.
const KEEP: Function = Function {
    name: "keep",
    parameters: &[Type::Any],
    variadic: None,
    call: |engine, arguments| {
        if let Some(still) = engine.host().state().downcast_mut::<Still>() {
            still.value = arguments.first().cloned();
        }
        Ok(Value::from(""))
    },
};

/// The value of an expression, or the error of the function in it that failed.
pub(super) fn value(host: &mut Still, expression: &str) -> Result<Value, String> {
    let functions =
        Functions::default().with(functions()).with(helm_functions(HelmVersion::Four)).with(&[KEEP]);
    let mut builder = Templates::builder(&functions);
    let text = format!("{{{{ keep ({expression}) }}}}");
    builder.parse("t", "t", &text).map_err(|error| error.to_string())?;
    let result = Engine::new(builder.build(), &functions, host).execute("t", &Map::new().into());
    result.map_err(|error| {
        let called = error.message.rfind("error calling ").map(|at| &error.message[at..]);
        called
            .and_then(|text| text.split_once(": "))
            .map_or(error.message.as_str(), |(_, text)| text)
            .to_owned()
    })?;
    Ok(host.value.take().unwrap_or_default())
}

/// The type and the printed form of an expression's value.
pub(super) fn seen(expression: &str) -> Result<Seen, String> {
    let value = value(&mut Still::default(), expression)?;
    Ok((value.type_name().into_owned(), String::from_utf8_lossy(&print(&value)).into_owned()))
}

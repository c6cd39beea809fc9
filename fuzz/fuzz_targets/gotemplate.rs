//! Go templates with the functions of sprig and Helm: any text parses or is refused, and what parses ends within
//! its limits.
#![no_main]

use std::sync::LazyLock;

use amethyst_gotemplate::{CallError, Engine, Function, Functions, Host, Limits, Templates, Type, Value};
use amethyst_object::value;
use amethyst_sprig::HelmVersion;
use libfuzzer_sys::fuzz_target;

/// What takes seconds to compute by its very purpose.
const SLOW: &[&str] = &[
    "bcrypt",
    "derivePassword",
    "genCA",
    "genCAWithKey",
    "genPrivateKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
    "htpasswd",
];

/// A world that repeats: time stands still, and random bytes are a sequence from a seed.
struct Still(u64);

impl Host for Still {
    fn now(&mut self) -> i128 {
        0
    }

    fn random(&mut self, out: &mut [u8]) {
        for byte in out {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = self.0.to_le_bytes()[7];
        }
    }

    fn not_reproducible(&mut self, _function: &'static str) {}

    fn state(&mut self) -> &mut dyn std::any::Any {
        self
    }
}

fn include(engine: &mut Engine<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let name = arguments[0].as_str().unwrap_or_default().into_owned();
    let written = engine.execute(&name, &arguments[1]);
    written.map(Value::bytes_string).map_err(|error| CallError::Nested(Box::new(error)))
}

fn tpl(engine: &mut Engine<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arguments[0].as_str().unwrap_or_default().into_owned();
    let written = engine.execute_text("gotpl", &text, &arguments[1]);
    written.map(Value::bytes_string).map_err(|error| CallError::Nested(Box::new(error)))
}

const OWN: &[Function] = &[
    Function { name: "include", parameters: &[Type::String, Type::Any], variadic: None, call: include },
    Function { name: "tpl", parameters: &[Type::String, Type::Any], variadic: None, call: tpl },
];

static FUNCTIONS: LazyLock<Functions> = LazyLock::new(|| {
    Functions::default()
        .with(amethyst_sprig::functions())
        .with(amethyst_sprig::helm_functions(HelmVersion::Four))
        .with(OWN)
        .without(SLOW)
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut builder = Templates::builder(&FUNCTIONS);
    if builder.parse("t", "t", text).is_err() {
        return;
    }
    let document = value!({"a": 1_i64, "b": ["x", "yy", 3_i64], "c": {"d": true, "e": null}, "s": "{{.}}"});
    let limits = Limits { steps: 20_000, output_bytes: 1 << 20, ..Limits::default() };
    let mut host = Still(1);
    let mut engine = Engine::new(builder.build(), &FUNCTIONS, &mut host).limits(limits);
    let _ = engine.execute("t", &Value::from_document(&document));
});

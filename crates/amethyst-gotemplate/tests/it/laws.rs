//! What holds for any text: it parses or is refused, runs or fails, and never panics.

use amethyst_gotemplate::{Engine, Limits, Templates, Value, sprintf};
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

use crate::support::{Still, data, functions};

fn try_out(text: &str) {
    let functions = functions();
    let mut builder = Templates::builder(&functions);
    if builder.parse("t", "t", text).is_err() {
        return;
    }
    let mut host = Still::default();
    let limits = Limits { steps: 5_000, output_bytes: 1 << 20, ..Limits::default() };
    let mut engine = Engine::new(builder.build(), &functions, &mut host).limits(limits);
    let _ = engine.execute("t", &data());
}

/// Texts of pieces that mean something, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => Just("{{"),
        4 => Just("}}"),
        1 => Just("{{- "),
        1 => Just(" -}}"),
        2 => Just("{{end}}"),
        1 => Just("{{else}}"),
        1 => Just("if "),
        1 => Just("range "),
        1 => Just("with "),
        1 => Just("define \"d\"}}"),
        1 => Just("{{template \"d\" ."),
        1 => Just("{{block \"b\" .}}"),
        1 => Just("break"),
        1 => Just("continue"),
        1 => Just("$x := "),
        1 => Just("$x = "),
        1 => Just("$x"),
        2 => Just(".list"),
        2 => Just(".map.deep"),
        1 => Just(".name.x"),
        1 => Just("nil"),
        1 => Just("1e3"),
        1 => Just("'a'"),
        1 => Just("`r`"),
        1 => Just("\"%v%*d%[9]q\" "),
        1 => Just("printf "),
        1 => Just("index "),
        1 => Just("slice "),
        1 => Just("include \"d\" ."),
        1 => Just("tpl "),
        1 => Just("upper "),
        1 => Just("eq "),
        1 => Just("/*"),
        1 => Just("*/"),
        2 => Just(" | "),
        2 => Just(" "),
        1 => Just("("),
        1 => Just(")"),
        1 => Just("\n"),
        1 => Just("é"),
    ];
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

fn leaves() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::int),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        any::<Vec<u8>>().prop_map(Value::bytes_string),
    ]
}

proptest! {
    #[test]
    fn any_text_ends(text in any::<String>()) {
        try_out(&text);
        try_out(&format!("{{{{{text}}}}}"));
    }

    #[test]
    fn any_order_of_pieces_ends(text in pieces()) {
        try_out(&text);
    }

    #[test]
    fn any_format_prints(format in "[%+#0 *.a-z0-9\\[\\]-]{0,12}", values in proptest::collection::vec(leaves(), 0..4)) {
        let _ = sprintf(&format, &values);
    }
}

//! Templates and what Go makes of them: fields.

use super::Case;

pub(super) const CASES: &[Case] = &[
    ("<{{.name}}>", Ok("<x>")),
    ("{{.map.one}} {{.map.two}}", Ok("1 zwei")),
    ("{{.map.NO}}", Ok("<no value>")),
    (
        "{{.map.one 1}}",
        Err(r#"template: t:1:6: executing "t" at <.map.one>: one is not a method but has arguments"#),
    ),
    (
        "{{.name 1}}",
        Err(r#"template: t:1:2: executing "t" at <.name>: name is not a method but has arguments"#),
    ),
    (
        "{{1 | .name}}",
        Err(r#"template: t:1:6: executing "t" at <.name>: name is not a method but has arguments"#),
    ),
    ("{{.map.deep.er.est}}", Ok("down")),
    ("{{.nothing.a}}", Ok("<no value>")),
    (
        "{{.nothing.a.b}}",
        Err(r#"template: t:1:10: executing "t" at <.nothing.a.b>: nil pointer evaluating interface {}.b"#),
    ),
    (
        "{{.null.a}}",
        Err(r#"template: t:1:7: executing "t" at <.null.a>: nil pointer evaluating interface {}.a"#),
    ),
    (
        "{{.name.x}}",
        Err(r#"template: t:1:7: executing "t" at <.name.x>: can't evaluate field x in type interface {}"#),
    ),
    (
        "{{.int.x}}",
        Err(r#"template: t:1:6: executing "t" at <.int.x>: can't evaluate field x in type interface {}"#),
    ),
    (
        "{{.list.x}}",
        Err(r#"template: t:1:7: executing "t" at <.list.x>: can't evaluate field x in type interface {}"#),
    ),
    (
        "{{.yes.x}}",
        Err(r#"template: t:1:6: executing "t" at <.yes.x>: can't evaluate field x in type interface {}"#),
    ),
    ("{{(.).foo}}", Ok("<no value>")),
    ("{{(.).map.one}}", Ok("1")),
    ("{{(.map).two}}", Ok("zwei")),
    ("{{(.map.missing).x}}", Ok("<no value>")),
    (r#"{{(index .map "deep").er.est}}"#, Ok("down")),
    ("{{($).name}}", Ok("x")),
    ("{{$.name}}", Ok("x")),
    ("{{(1) 2}}", Err(r#"template: t:1:2: executing "t" at <(1) 2>: can't give argument to non-function 1"#)),
    ("{{1 2}}", Err(r#"template: t:1:2: executing "t" at <1>: can't give argument to non-function 1"#)),
    ("{{(1)}}", Ok("1")),
    (r#"{{(dict "up" "down" "left" "right").left}}"#, Ok("right")),
    ("{{(null).x}}", Ok("<no value>")),
    ("{{null.x}}", Err(r#"template: t:1:2: executing "t" at <null>: nil pointer evaluating interface {}.x"#)),
    (
        "{{.name.x.y}}",
        Err(r#"template: t:1:7: executing "t" at <.name.x.y>: can't evaluate field x in type interface {}"#),
    ),
    (
        "{{with .mixed}}{{range .}}{{.k}}{{end}}{{end}}",
        Err(r#"template: t:1:28: executing "t" at <.k>: can't evaluate field k in type interface {}"#),
    ),
    (
        "{{.strings.x}}",
        Err(
            r#"template: t:1:10: executing "t" at <.strings.x>: can't evaluate field x in type interface {}"#,
        ),
    ),
    (
        "{{(slice .strings 1).x}}",
        Err(r#"template: t:1:18: executing "t" at <1>: can't evaluate field x in type []string"#),
    ),
    (
        "{{$.missing.x}}",
        Err(r#"template: t:1:3: executing "t" at <$.missing.x>: nil pointer evaluating interface {}.x"#),
    ),
    (
        "{{with $z := .map}}{{$z.deep.er}}{{$z.one.x}}{{end}}",
        Err(r#"template: t:1:37: executing "t" at <$z.one.x>: can't evaluate field x in type interface {}"#),
    ),
    (
        "{{.}}",
        Ok(
            r#"map[empty: float:3.5 html:<a href='b'>&"</a> int:17 int64:64 list:[a b c] map:map[deep:map[er:map[est:down]] one:1 two:zwei] mixed:[1 b <nil> map[k:v] [z]] name:x no:false none:[] nothing:map[] null:<nil> numbers:[1 2 3] pi:3.141592653589793 strings:[s t] uint8:8 yes:true zero:0]"#,
        ),
    ),
];

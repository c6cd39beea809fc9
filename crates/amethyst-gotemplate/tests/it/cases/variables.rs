//! Templates and what Go makes of them: variables.

use super::Case;

pub(super) const CASES: &[Case] = &[
    ("{{$x := 2}}{{$x = 3}}{{$x}}", Ok("3")),
    ("{{$x := 2}}{{if true}}{{$x = 3}}{{end}}{{$x}}", Ok("3")),
    ("{{$x := 1}}{{if true}}{{$x := 2}}{{if true}}{{$x = 3}}{{end}}{{end}}{{$x}}", Ok("1")),
    ("{{$x := $.map.deep}}{{$x.er.est}}", Ok("down")),
    ("{{$x := $x}}", Err(r#"template: t:1:8: executing "t" at <$x>: undefined variable: $x"#)),
    ("{{$x = 1}}", Err(r#"template: t:1:7: executing "t" at <1>: undefined variable: $x"#)),
    ("{{$x := 1}}{{$x := 2 | add $x}}{{$x}}", Ok("3")),
    ("{{if $x := .name}}{{$x}}{{else}}{{$x}}{{end}}", Ok("x")),
    ("{{if $x := .empty}}a{{else}}<{{$x}}>{{end}}", Ok("<>")),
    ("{{if $x := .empty}}a{{end}}{{$x}}", Err(r#"template: t:1: undefined variable "$x""#)),
    ("{{with $x := .int}}{{$x}}{{with $x := 2}}{{$x}}{{end}}{{$x}}{{end}}", Ok("17217")),
    ("{{range $i, $e := .list}}{{$i}}{{$e}}{{end}}", Ok("0a1b2c")),
    ("{{range $i, $e := .none}}a{{else}}<{{$i}}{{$e}}>{{end}}", Ok("<[][]>")),
    ("{{$e := 0}}{{range $e = .list}}{{end}}{{$e}}", Ok("c")),
    ("{{$i := 0}}{{$e := 0}}{{range $i, $e = .list}}{{end}}{{$i}}{{$e}}", Ok("2c")),
    ("{{$e := 0}}{{range $e = .none}}{{end}}{{$e}}", Ok("[]")),
    (r#"{{define "v"}}{{$}}{{end}}{{$x := 1}}{{template "v" 2}}"#, Ok("2")),
    (
        r#"{{define "v"}}{{$x}}{{end}}{{$x := 1}}{{template "v" 2}}"#,
        Err(r#"template: t:1: undefined variable "$x""#),
    ),
    ("{{($x := 3)}}{{$x}}", Ok("33")),
    ("{{$x := 1}}{{($x = 3)}}{{$x}}", Ok("33")),
    ("{{$x := .missing}}{{$x}}", Ok("<no value>")),
    ("{{$x := nil}}", Err(r#"template: t:1:8: executing "t" at <nil>: nil is not a command"#)),
    ("{{$x := .null}}{{$x.a}}", Ok("<no value>")),
    ("{{$x := 1}}{{range .numbers}}{{$x = add $x 1}}{{end}}{{$x}}", Ok("4")),
    (
        "{{$a := 1}}{{$b := 2}}{{if true}}{{$c := 3}}{{$a}}{{$b}}{{$c}}{{end}}{{$d := 4}}{{$a}}{{$b}}{{$d}}",
        Ok("123124"),
    ),
    ("{{$x 1}}", Err(r#"template: t:1: undefined variable "$x""#)),
    (
        "{{$x := 1}}{{$x 1}}",
        Err(r#"template: t:1:13: executing "t" at <$x>: can't give argument to non-function $x"#),
    ),
    (
        "{{$x := 1}}{{1 | $x}}",
        Err(r#"template: t:1:17: executing "t" at <$x>: can't give argument to non-function $x"#),
    ),
    (r#"{{template "q" $y := 3}}{{$y}}{{define "q"}}<{{.}}>{{end}}"#, Ok("<3>3")),
];

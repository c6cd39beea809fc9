//! Templates and what Go makes of them: templates.

use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        r#"{{define "x"}}X{{.}}{{end}}{{template "x" 1}}{{template "x"}}{{template "x" .name}}"#,
        Ok("X1X<no value>Xx"),
    ),
    (
        r#"{{template "x"}}"#,
        Err(r#"template: t:1:11: executing "t" at <{{template "x"}}>: template "x" not defined"#),
    ),
    (
        r#"{{template "x" .name.y}}{{define "x"}}{{end}}"#,
        Err(r#"template: t:1:20: executing "t" at <.name.y>: can't evaluate field y in type interface {}"#),
    ),
    (
        r#"{{define "x"}}{{.a.b}}{{end}}{{template "x" .}}"#,
        Err(r#"template: t:1:18: executing "x" at <.a.b>: nil pointer evaluating interface {}.b"#),
    ),
    (
        r#"{{define "x"}}a{{end}}{{define "x"}}b{{end}}"#,
        Err(r#"template: t:1: template: multiple definition of template "x""#),
    ),
    (r#"{{define "x"}}a{{end}}{{define "x"}} {{/* */}} {{end}}{{template "x"}}"#, Ok("a")),
    (r#"{{define "x"}} {{end}}{{define "x"}}b{{end}}{{template "x"}}"#, Ok("b")),
    (r#"{{define "t"}}inner{{end}}"#, Ok("inner")),
    (
        r#"{{define "t"}}inner{{end}}outer"#,
        Err(r#"template: t:1: template: multiple definition of template "t""#),
    ),
    (r#"{{block "b" .name}}[{{.}}]{{end}}"#, Ok("[x]")),
    (r#"{{block "b" .name}}[{{.}}]{{end}}{{template "b" 1}}"#, Ok("[x][1]")),
    (r#"{{block "b"}}x{{end}}"#, Err("template: t:1: missing value for block clause")),
    (
        r#"{{define "b"}}x{{end}}{{block "b" .}}y{{end}}"#,
        Err(r#"template: t:1: template: multiple definition of template "b""#),
    ),
    (r#"{{include "x" .}}{{define "x"}}<{{.name}}>{{end}}"#, Ok("<x>")),
    (
        r#"{{include "nope" .}}"#,
        Err(
            r#"template: t:1:2: executing "t" at <include "nope" .>: error calling include: template: no template "nope" associated with template "gotpl""#,
        ),
    ),
    (
        r#"{{include "x" .}}{{define "x"}}{{include "y" .}}{{end}}{{define "y"}}{{.name.z}}{{end}}"#,
        Err(
            r#"template: t:1:2: executing "t" at <include "x" .>: error calling include: template: t:1:33: executing "x" at <include "y" .>: error calling include: template: t:1:76: executing "y" at <.name.z>: can't evaluate field z in type interface {}"#,
        ),
    ),
    (r#"{{tpl "{{.name}}" .}} {{tpl "plain" .}} {{tpl "" .}}"#, Ok("x plain ")),
    (
        r#"{{tpl "{{.name.x}}" .}}"#,
        Err(
            r#"template: t:1:2: executing "t" at <tpl "{{.name.x}}" .>: error calling tpl: template: gotpl:1:7: executing "gotpl" at <.name.x>: can't evaluate field x in type interface {}"#,
        ),
    ),
    (
        r#"{{tpl "{{" .}}"#,
        Err(
            r#"template: t:1:2: executing "t" at <tpl "{{" .>: error calling tpl: template: gotpl:1: unclosed action"#,
        ),
    ),
    (
        r#"{{tpl "{{nofunc}}" .}}"#,
        Err(
            r#"template: t:1:2: executing "t" at <tpl "{{nofunc}}" .>: error calling tpl: template: gotpl:1: function "nofunc" not defined"#,
        ),
    ),
    (r#"{{tpl "{{define \"q\"}}Q{{end}}{{template \"q\"}}" .}}"#, Ok("Q")),
    (
        r#"{{tpl "{{define \"q\"}}Q{{end}}" .}}{{template "q"}}"#,
        Err(r#"template: t:1:47: executing "t" at <{{template "q"}}>: template "q" not defined"#),
    ),
    (
        r#"{{define "q"}}old{{end}}{{tpl "{{define \"q\"}}new{{end}}{{template \"q\"}}" .}}{{template "q"}}"#,
        Ok("newold"),
    ),
    (r#"{{define "q"}}old{{end}}{{tpl "{{define \"q\"}} {{end}}{{template \"q\"}}" .}}"#, Ok("old")),
    (
        r#"{{define "r"}}{{template "q"}}{{end}}{{define "q"}}old{{end}}{{tpl "{{define \"q\"}}new{{end}}{{template \"r\"}}" .}}{{template "r"}}"#,
        Ok("newold"),
    ),
    (r#"{{tpl "{{tpl \"{{.}}\" 1}}{{.}}" 2}}"#, Ok("12")),
    (r#"{{tpl "{{define \"q\"}}1{{end}}{{tpl \"{{template \\\"q\\\"}}\" .}}" .}}"#, Ok("1")),
    (r#"{{define "x"}}{{define "y"}}{{end}}{{end}}"#, Err("template: t:1: unexpected <define> in command")),
    ("{{template .name}}", Err(r#"template: t:1: unexpected ".name" in template clause"#)),
    (
        r#"{{template "a" 1 2}}"#,
        Err(r#"template: t:1:11: executing "t" at <{{template "a" 1 2}}>: template "a" not defined"#),
    ),
    ("{{define x}}{{end}}", Err(r#"template: t:1: unexpected "x" in define clause"#)),
    ("{{define}}{{end}}", Err(r#"template: t:1: unexpected "}}" in define clause"#)),
    (r#"{{define "a" "b"}}{{end}}"#, Err(r#"template: t:1: unexpected "\"b\"" in define clause"#)),
    (r#"{{define "a"}}{{else}}{{end}}"#, Err("template: t:1: unexpected {{else}} in define clause")),
    (r#"{{define "a"}}"#, Err("template: t:1: unexpected EOF")),
    (r#"{{block "a" .}}"#, Err("template: t:1: unexpected EOF")),
    (r#"{{block "a" .}}{{else}}{{end}}"#, Err("template: t:1: unexpected {{else}} in block clause")),
];

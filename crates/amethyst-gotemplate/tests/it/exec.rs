//! Templates over data.

use crate::support::run;

fn check(text: &str, expected: &str) {
    assert_eq!(run(text).as_deref(), Ok(expected), "{text}");
}

fn check_error(text: &str, expected: &str) {
    assert_eq!(run(text).err().as_deref(), Some(expected), "{text}");
}

#[test]
fn smoke() {
    check("a{{.name}}b{{- .zero }} {{ .map.one | printf \"%v\" | upper }}", "axb0 1");
    check("{{range $i, $e := .list}}{{$i}}={{$e}},{{end}}", "0=a,1=b,2=c,");
    check("{{define \"d\"}}[{{.}}]{{end}}{{include \"d\" .name}}{{template \"d\" .int}}", "[x][17]");
    check("{{tpl \"{{define \\\"q\\\"}}Q{{.name}}{{end}}{{include \\\"q\\\" .}}\" .}}", "Qx");
    check("{{.missing}}|{{.mixed}}", "<no value>|[1 b <nil> map[k:v] [z]]");
    check_error(
        "{{.missing.a}}",
        "template: t:1:10: executing \"t\" at <.missing.a>: nil pointer evaluating interface {}.a",
    );
    check_error(
        "{{include \"d\" .}}{{define \"d\"}}\n {{fail .name}}{{end}}",
        "template: t:1:2: executing \"t\" at <include \"d\" .>: error calling include: template: t:2:3: executing \"d\" at <fail .name>: error calling fail: x",
    );
    check_error(
        "{{.name.x}}",
        "template: t:1:7: executing \"t\" at <.name.x>: can't evaluate field x in type interface {}",
    );
}

//! Templates and what Go makes of them: calls.

use super::Case;

pub(super) const CASES: &[Case] = &[
    (r#"{{upper "a"}} {{"a" | upper}} {{upper .name}}"#, Ok("A A X")),
    ("{{upper 1}}", Err(r#"template: t:1:8: executing "t" at <1>: expected string; found 1"#)),
    ("{{upper 1.5}}", Err(r#"template: t:1:8: executing "t" at <1.5>: expected string; found 1.5"#)),
    ("{{upper true}}", Err(r#"template: t:1:8: executing "t" at <true>: expected string; found true"#)),
    ("{{upper nil}}", Err(r#"template: t:1:8: executing "t" at <nil>: cannot assign nil to string"#)),
    (
        "{{upper .int}}",
        Err(r#"template: t:1:8: executing "t" at <.int>: wrong type for value; expected string; got int"#),
    ),
    (
        "{{upper .missing}}",
        Err(
            r#"template: t:1:8: executing "t" at <.missing>: wrong type for value; expected string; got interface {}"#,
        ),
    ),
    (
        "{{.missing | upper}}",
        Err(r#"template: t:1:13: executing "t" at <upper>: invalid value; expected string"#),
    ),
    (
        "{{upper .null}}",
        Err(
            r#"template: t:1:8: executing "t" at <.null>: wrong type for value; expected string; got interface {}"#,
        ),
    ),
    (
        "{{upper .list}}",
        Err(
            r#"template: t:1:8: executing "t" at <.list>: wrong type for value; expected string; got []interface {}"#,
        ),
    ),
    (
        "{{upper (list)}}",
        Err(
            r#"template: t:1:9: executing "t" at <list>: wrong type for value; expected string; got []interface {}"#,
        ),
    ),
    (
        "{{upper null}}",
        Err(
            r#"template: t:1:8: executing "t" at <null>: wrong type for value; expected string; got interface {}"#,
        ),
    ),
    ("{{upper (null)}}", Err(r#"template: t:1:9: executing "t" at <null>: invalid value; expected string"#)),
    (
        "{{upper}}",
        Err(r#"template: t:1:2: executing "t" at <upper>: wrong number of args for upper: want 1 got 0"#),
    ),
    (
        r#"{{upper "a" "b"}}"#,
        Err(r#"template: t:1:2: executing "t" at <upper>: wrong number of args for upper: want 1 got 2"#),
    ),
    (
        r#"{{"a" | upper "b"}}"#,
        Err(r#"template: t:1:8: executing "t" at <upper>: wrong number of args for upper: want 1 got 2"#),
    ),
    ("{{upper (upper .name | upper)}}", Ok("X")),
    ("{{add 1 2}} {{add 0x10 'a'}} {{add 1e1 2}}", Ok("3 113 12")),
    ("{{add 1 2.5}}", Err(r#"template: t:1:8: executing "t" at <2.5>: expected integer; found 2.5"#)),
    (r#"{{add 1 "2"}}"#, Err(r#"template: t:1:8: executing "t" at <"2">: expected integer; found "2""#)),
    (
        "{{add 1 .int64}}",
        Err(r#"template: t:1:8: executing "t" at <.int64>: wrong type for value; expected int; got int64"#),
    ),
    (
        "{{add 1 .zero}}",
        Err(r#"template: t:1:8: executing "t" at <.zero>: wrong type for value; expected int; got float64"#),
    ),
    (
        "{{add 1}}",
        Err(r#"template: t:1:2: executing "t" at <add>: wrong number of args for add: want 2 got 1"#),
    ),
    ("{{1 | add 2}}", Ok("3")),
    ("{{half 3}} {{half 3.5}} {{half .zero}}", Ok("1.5 1.75 0")),
    (
        "{{half .int}}",
        Err(r#"template: t:1:7: executing "t" at <.int>: wrong type for value; expected float64; got int"#),
    ),
    (r#"{{half "a"}}"#, Err(r#"template: t:1:7: executing "t" at <"a">: expected float; found "a""#)),
    ("{{half nil}}", Err(r#"template: t:1:7: executing "t" at <nil>: cannot assign nil to float64"#)),
    (
        "{{keys .map}} {{keys .nothing}} {{keys nil}} {{keys .missing}}",
        Err(
            r#"template: t:1:52: executing "t" at <.missing>: wrong type for value; expected map[string]interface {}; got interface {}"#,
        ),
    ),
    (
        "{{keys .list}}",
        Err(
            r#"template: t:1:7: executing "t" at <.list>: wrong type for value; expected map[string]interface {}; got []interface {}"#,
        ),
    ),
    (
        r#"{{keys "a"}}"#,
        Err(
            r#"template: t:1:7: executing "t" at <"a">: can't handle "a" for arg of type map[string]interface {}"#,
        ),
    ),
    (
        "{{keys 1}}",
        Err(
            r#"template: t:1:7: executing "t" at <1>: can't handle 1 for arg of type map[string]interface {}"#,
        ),
    ),
    (
        r#"{{joined "-"}} {{joined "-" "a"}} {{joined "-" "a" "b"}} {{"c" | joined "-" "a" "b"}}"#,
        Ok(" a a-b a-b-c"),
    ),
    (
        "{{joined}}",
        Err(
            r#"template: t:1:2: executing "t" at <joined>: wrong number of args for joined: want at least 1 got 0"#,
        ),
    ),
    (r#"{{joined "-" 1}}"#, Err(r#"template: t:1:13: executing "t" at <1>: expected string; found 1"#)),
    (
        r#"{{joined "-" nil}}"#,
        Err(r#"template: t:1:13: executing "t" at <nil>: cannot assign nil to string"#),
    ),
    (
        r#"{{joined "-" .missing}}"#,
        Err(
            r#"template: t:1:13: executing "t" at <.missing>: wrong type for value; expected string; got interface {}"#,
        ),
    ),
    (
        r#"{{1 | joined "-"}}"#,
        Err(r#"template: t:1:13: executing "t" at <"-">: wrong type for value; expected string; got int"#),
    ),
    ("{{null}} {{null | print}} {{list null}}", Ok("<no value> <nil> [<nil>]")),
    (
        r#"{{fail "why not"}}"#,
        Err(r#"template: t:1:2: executing "t" at <fail "why not">: error calling fail: why not"#),
    ),
    (
        r#"{{fail "100%"}}"#,
        Err(r#"template: t:1:2: executing "t" at <fail "100%">: error calling fail: 100%"#),
    ),
    (
        r#"{{fail "100%" | upper}}"#,
        Err(r#"template: t:1:2: executing "t" at <fail "100%">: error calling fail: 100%"#),
    ),
    ("{{.name | fail}}", Err(r#"template: t:1:10: executing "t" at <fail>: error calling fail: x"#)),
    ("{{list 1 2 | len}}", Ok("2")),
    ("{{1 | list 2 | len}}", Ok("2")),
    (r#"{{printf "%d %d %d" (1) (2 | add 3) (add 4 (add 5 6))}}"#, Ok("1 5 15")),
    (r#"{{list nil .missing .null 1 "a"}}"#, Ok("[<nil> <nil> <nil> 1 a]")),
    ("{{printf 3}}", Err(r#"template: t:1:9: executing "t" at <3>: expected string; found 3"#)),
    (
        "{{printf .missing}}",
        Err(
            r#"template: t:1:9: executing "t" at <.missing>: wrong type for value; expected string; got interface {}"#,
        ),
    ),
    (
        "{{printf}}",
        Err(
            r#"template: t:1:2: executing "t" at <printf>: wrong number of args for printf: want at least 1 got 0"#,
        ),
    ),
    ("{{print | print}}", Ok("")),
    (r#"{{upper "a" | upper | printf "%s-%s" "b"}}"#, Ok("b-A")),
];

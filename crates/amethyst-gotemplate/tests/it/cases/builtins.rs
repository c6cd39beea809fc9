//! Templates and what Go makes of them: builtins.

use super::Case;

pub(super) const CASES: &[Case] = &[
    (r#"{{print "hello, print"}}"#, Ok("hello, print")),
    ("{{print 1 2 3}}", Ok("1 2 3")),
    (r#"{{print "a" 1 2 "b" "c" 3 nil}}"#, Ok("a1 2bc3 <nil>")),
    ("{{print nil}}", Ok("<nil>")),
    (
        "{{print .map}} {{print .mixed}}",
        Ok("map[deep:map[er:map[est:down]] one:1 two:zwei] [1 b <nil> map[k:v] [z]]"),
    ),
    ("{{println 1 2 3}}", Ok("1 2 3\n")),
    (r#"{{println "a" "b"}}"#, Ok("a b\n")),
    (
        r#"{{html "<script>alert(\"XSS\");</script>"}}"#,
        Ok("&lt;script&gt;alert(&#34;XSS&#34;);&lt;/script&gt;"),
    ),
    (
        r#"{{printf "<script>alert(\"XSS\");</script>" | html}}"#,
        Ok("&lt;script&gt;alert(&#34;XSS&#34;);&lt;/script&gt;"),
    ),
    ("{{html .null}} {{html .missing}}", Ok("&lt;no value&gt; &lt;no value&gt;")),
    (r#"{{html 1 2 "a"}}"#, Ok("1 2a")),
    (r#"{{html "a\x00b'"}}"#, Ok("a\u{fffd}b&#39;")),
    (
        r#"{{js "It'd be \"nice\" <b>&=\n\t\\ é \u2028"}}"#,
        Ok(r#"It\'d be \"nice\" \u003Cb\u003E\u0026\u003D\u000A\u0009\\ é \u2028"#),
    ),
    (r#"{{"http://www.example.org/ ?é"|urlquery}}"#, Ok("http%3A%2F%2Fwww.example.org%2F+%3F%C3%A9")),
    ("{{not true}} {{not false}} {{not nil}} {{not .list}}", Ok("false true true false")),
    ("{{and false 0}} {{and 1 0}} {{and 0 true}} {{and 1 1}}", Ok("false 0 0 1")),
    ("{{or 0 0}} {{or 1 0}} {{or 0 true}} {{or 1 1}}", Ok("0 1 true 1")),
    (r#"{{or 0 1 (fail "x")}} {{and 1 0 (fail "x")}}"#, Ok("1 0")),
    (
        r#"{{or 0 0 (fail "x")}}"#,
        Err(r#"template: t:1:10: executing "t" at <fail "x">: error calling fail: x"#),
    ),
    ("{{1 | and 1}} {{0 | and 1}} {{1 | or 0}} {{0 | or 0}}", Ok("1 0 1 0")),
    ("{{and 1 .Unknown}} {{or 0 .Unknown}}", Ok("<no value> <no value>")),
    (
        "{{and}}",
        Err(
            r#"template: t:1:2: executing "t" at <and>: wrong number of args for and: want at least 1 got 0"#,
        ),
    ),
    (
        "{{or}}",
        Err(r#"template: t:1:2: executing "t" at <or>: wrong number of args for or: want at least 1 got 0"#),
    ),
    (
        "{{and (and) 1}}",
        Err(
            r#"template: t:1:7: executing "t" at <and>: wrong number of args for and: want at least 1 got 0"#,
        ),
    ),
    ("{{if and true 1 `hi`}}T{{else}}F{{end}}{{if and true 1 `hi` | not}}T{{else}}F{{end}}", Ok("TF")),
    ("{{index .list 0}} {{index .list 1}}", Ok("a b")),
    (
        "{{index .list 10}}",
        Err(
            r#"template: t:1:2: executing "t" at <index .list 10>: error calling index: index out of range: 10"#,
        ),
    ),
    (
        "{{index .list 3}}",
        Err(
            r#"template: t:1:2: executing "t" at <index .list 3>: error calling index: reflect: slice index out of range"#,
        ),
    ),
    (
        "{{index .list -1}}",
        Err(
            r#"template: t:1:2: executing "t" at <index .list -1>: error calling index: index out of range: -1"#,
        ),
    ),
    (
        "{{index .list `hello`}}",
        Err(
            r#"template: t:1:2: executing "t" at <index .list `hello`>: error calling index: cannot index slice/array with type string"#,
        ),
    ),
    (
        "{{index .list nil}}",
        Err(
            r#"template: t:1:2: executing "t" at <index .list nil>: error calling index: cannot index slice/array with nil"#,
        ),
    ),
    (
        "{{index .list 1.0}}",
        Err(
            r#"template: t:1:2: executing "t" at <index .list 1.0>: error calling index: cannot index slice/array with type float64"#,
        ),
    ),
    (
        "{{index .list .uint8}}",
        Err(
            r#"template: t:1:2: executing "t" at <index .list .uint8>: error calling index: index out of range: 8"#,
        ),
    ),
    ("{{index .map `one`}} {{index .map `XXX`}} {{index .map ``}}", Ok("1 <no value> <no value>")),
    (
        "{{index .map nil}}",
        Err(
            r#"template: t:1:2: executing "t" at <index .map nil>: error calling index: value is nil; should be of type string"#,
        ),
    ),
    (
        "{{index .map 10}}",
        Err(
            r#"template: t:1:2: executing "t" at <index .map 10>: error calling index: value has type int; should be string"#,
        ),
    ),
    (r#"{{index .map "deep" "er" "est"}}"#, Ok("down")),
    (
        r#"{{index .map "no" "er"}}"#,
        Err(
            r#"template: t:1:2: executing "t" at <index .map "no" "er">: error calling index: index of nil pointer"#,
        ),
    ),
    (
        "{{index nil 1}}",
        Err(r#"template: t:1:2: executing "t" at <index nil 1>: error calling index: index of untyped nil"#),
    ),
    (
        "{{index .missing 1}}",
        Err(
            r#"template: t:1:2: executing "t" at <index .missing 1>: error calling index: index of untyped nil"#,
        ),
    ),
    (r#"{{index .mixed 3 "k"}} {{index .mixed 4 0}}"#, Ok("v z")),
    (
        "{{index .mixed 2 0}}",
        Err(
            r#"template: t:1:2: executing "t" at <index .mixed 2 0>: error calling index: index of nil pointer"#,
        ),
    ),
    (r#"{{index .name 0}} {{index "é" 1}}"#, Ok("120 169")),
    (
        "{{index .name 1}}",
        Err(
            r#"template: t:1:2: executing "t" at <index .name 1>: error calling index: reflect: string index out of range"#,
        ),
    ),
    (
        "{{index 3 1}}",
        Err(
            r#"template: t:1:2: executing "t" at <index 3 1>: error calling index: can't index item of type int"#,
        ),
    ),
    ("{{index .list}}", Ok("[a b c]")),
    (
        "{{index}}",
        Err(
            r#"template: t:1:2: executing "t" at <index>: wrong number of args for index: want at least 1 got 0"#,
        ),
    ),
    (
        "{{slice .list}} {{slice .list 1}} {{slice .list 1 2}} {{slice .list 1 2 3}}",
        Ok("[a b c] [b c] [b] [b]"),
    ),
    (
        "{{slice .list -1}}",
        Err(
            r#"template: t:1:2: executing "t" at <slice .list -1>: error calling slice: index out of range: -1"#,
        ),
    ),
    (
        "{{slice .list 1 -2}}",
        Err(
            r#"template: t:1:2: executing "t" at <slice .list 1 -2>: error calling slice: index out of range: -2"#,
        ),
    ),
    (
        "{{slice .list 2 1}}",
        Err(
            r#"template: t:1:2: executing "t" at <slice .list 2 1>: error calling slice: invalid slice index: 2 > 1"#,
        ),
    ),
    (
        "{{slice .list 2 2 1}}",
        Err(
            r#"template: t:1:2: executing "t" at <slice .list 2 2 1>: error calling slice: invalid slice index: 2 > 1"#,
        ),
    ),
    (
        "{{slice .list 9 9}}",
        Err(
            r#"template: t:1:2: executing "t" at <slice .list 9 9>: error calling slice: index out of range: 9"#,
        ),
    ),
    ("{{range .list}}{{range $.none}}{{else}}x{{continue}}{{end}}y{{end}}", Ok("xxx")),
    (
        "{{slice .list 0 1 2 3}}",
        Err(
            r#"template: t:1:2: executing "t" at <slice .list 0 1 2 3>: error calling slice: too many slice indexes: 4"#,
        ),
    ),
    (
        "{{slice .list .int}}",
        Err(
            r#"template: t:1:2: executing "t" at <slice .list .int>: error calling slice: cannot index slice/array with type interface {}"#,
        ),
    ),
    (
        "{{slice .list nil}}",
        Err(
            r#"template: t:1:2: executing "t" at <slice .list nil>: error calling slice: cannot index slice/array with nil"#,
        ),
    ),
    (
        r#"{{slice .list "a"}}"#,
        Err(
            r#"template: t:1:2: executing "t" at <slice .list "a">: error calling slice: cannot index slice/array with type string"#,
        ),
    ),
    (
        "{{slice .html}} {{slice .html 0 1}} {{slice .html 1}} {{slice .html 1 2}}",
        Ok(r#"<a href='b'>&"</a> < a href='b'>&"</a> a"#),
    ),
    (
        "{{slice .name 1 5}}",
        Err(
            r#"template: t:1:2: executing "t" at <slice .name 1 5>: error calling slice: index out of range: 5"#,
        ),
    ),
    (
        "{{slice .name 0 1 1}}",
        Err(
            r#"template: t:1:2: executing "t" at <slice .name 0 1 1>: error calling slice: cannot 3-index slice a string"#,
        ),
    ),
    (
        "{{slice 3}}",
        Err(
            r#"template: t:1:2: executing "t" at <slice 3>: error calling slice: can't slice item of type int"#,
        ),
    ),
    (
        "{{slice nil}}",
        Err(r#"template: t:1:2: executing "t" at <slice nil>: error calling slice: slice of untyped nil"#),
    ),
    (
        "{{slice .missing}}",
        Err(
            r#"template: t:1:2: executing "t" at <slice .missing>: error calling slice: slice of untyped nil"#,
        ),
    ),
    (r#"{{slice "é" 1 | printf "%q"}}"#, Ok(r#""\xa9""#)),
    (r#"{{len .list}} {{len .map}} {{len .html}} {{len .strings}} {{len ""}}"#, Ok("3 3 18 2 0")),
    ("{{len 3}}", Err(r#"template: t:1:2: executing "t" at <len 3>: error calling len: len of type int"#)),
    (
        "{{len nil}}",
        Err(
            r#"template: t:1:2: executing "t" at <len nil>: error calling len: reflect: call of reflect.Value.Type on zero Value"#,
        ),
    ),
    (
        "{{len .missing}}",
        Err(r#"template: t:1:2: executing "t" at <len .missing>: error calling len: len of nil pointer"#),
    ),
    (
        "{{len .null}}",
        Err(r#"template: t:1:2: executing "t" at <len .null>: error calling len: len of nil pointer"#),
    ),
    (
        "{{.missing | len}}",
        Err(
            r#"template: t:1:13: executing "t" at <len>: error calling len: reflect: call of reflect.Value.Type on zero Value"#,
        ),
    ),
    (
        "{{len}}",
        Err(r#"template: t:1:2: executing "t" at <len>: wrong number of args for len: want 1 got 0"#),
    ),
    (
        "{{len 1 2}}",
        Err(r#"template: t:1:2: executing "t" at <len>: wrong number of args for len: want 1 got 2"#),
    ),
    ("{{call nil}}", Err(r#"template: t:1:2: executing "t" at <call nil>: error calling call: call of nil"#)),
    (
        "{{call}}",
        Err(
            r#"template: t:1:2: executing "t" at <call>: wrong number of args for call: want at least 1 got 0"#,
        ),
    ),
    (
        "{{1 | call}}",
        Err(
            r#"template: t:1:6: executing "t" at <call>: error calling call: non-function <int Value> of type int"#,
        ),
    ),
    (
        "{{call .name}}",
        Err(
            r#"template: t:1:2: executing "t" at <call .name>: error calling call: non-function .name of type string"#,
        ),
    ),
    (
        "{{call .missing}}",
        Err(r#"template: t:1:2: executing "t" at <call .missing>: error calling call: call of nil"#),
    ),
    (
        "{{call (list 1) 2}}",
        Err(
            r#"template: t:1:2: executing "t" at <call (list 1) 2>: error calling call: non-function list 1 of type []interface {}"#,
        ),
    ),
    (
        "{{eq}}",
        Err(r#"template: t:1:2: executing "t" at <eq>: wrong number of args for eq: want at least 1 got 0"#),
    ),
    (
        "{{eq 1}}",
        Err(r#"template: t:1:2: executing "t" at <eq 1>: error calling eq: missing argument for comparison"#),
    ),
    (
        r#"{{eq true true}} {{eq true false}} {{eq 1 1}} {{eq 1 2}} {{eq 1.5 1.5}} {{eq "a" "a"}} {{eq "a" "b"}}"#,
        Ok("true false true false true true false"),
    ),
    ("{{eq 1 2 3 1}} {{eq 1 2 3}}", Ok("true false")),
    (
        "{{eq 1 1.0}}",
        Err(
            r#"template: t:1:2: executing "t" at <eq 1 1.0>: error calling eq: incompatible types for comparison: int and float64"#,
        ),
    ),
    (
        r#"{{eq 1 "1"}}"#,
        Err(
            r#"template: t:1:2: executing "t" at <eq 1 "1">: error calling eq: incompatible types for comparison: int and string"#,
        ),
    ),
    (
        "{{eq .int .int64}} {{eq .int .uint8}} {{eq 8 .uint8}} {{eq .uint8 8}} {{eq -1 .uint8}}",
        Ok("false false true true false"),
    ),
    (
        "{{eq .zero 0}}",
        Err(
            r#"template: t:1:2: executing "t" at <eq .zero 0>: error calling eq: incompatible types for comparison: float64 and int"#,
        ),
    ),
    ("{{eq .zero 0.0}}", Ok("true")),
    (
        r#"{{eq nil nil}} {{eq .missing nil}} {{eq .null .missing}} {{eq 1 nil}} {{eq nil "a"}} {{eq .map nil}} {{eq nil .list}}"#,
        Ok("true true true false false false false"),
    ),
    (
        "{{eq .map .map}}",
        Err(
            r#"template: t:1:2: executing "t" at <eq .map .map>: error calling eq: non-comparable type map[deep:map[er:map[est:down]] one:%!s(float64=1) two:zwei]: map[string]interface {}"#,
        ),
    ),
    (
        "{{eq .list .list}}",
        Err(
            r#"template: t:1:2: executing "t" at <eq .list .list>: error calling eq: non-comparable type [a b c]: []interface {}"#,
        ),
    ),
    (
        "{{eq .list .map}}",
        Err(
            r#"template: t:1:2: executing "t" at <eq .list .map>: error calling eq: non-comparable types [a b c]: []interface {}, map[string]interface {}: map[deep:map[er:map[est:down]] one:1 two:zwei]"#,
        ),
    ),
    (
        r#"{{eq .map "a"}}"#,
        Err(
            r#"template: t:1:2: executing "t" at <eq .map "a">: error calling eq: incompatible types for comparison: map[string]interface {} and string"#,
        ),
    ),
    (
        r#"{{eq "a" .map}}"#,
        Err(
            r#"template: t:1:2: executing "t" at <eq "a" .map>: error calling eq: incompatible types for comparison: string and map[string]interface {}"#,
        ),
    ),
    (r#"{{eq 1 1 "a"}}"#, Ok("true")),
    (
        r#"{{eq 1 "a" 1}}"#,
        Err(
            r#"template: t:1:2: executing "t" at <eq 1 "a" 1>: error calling eq: incompatible types for comparison: int and string"#,
        ),
    ),
    (r#"{{ne 1 2}} {{ne 1 1}} {{ne "a" "b"}} {{ne nil 1}}"#, Ok("true false true true")),
    (
        "{{ne 1 2 3}}",
        Err(r#"template: t:1:2: executing "t" at <ne>: wrong number of args for ne: want 2 got 3"#),
    ),
    (
        r#"{{lt 1 2}} {{lt 2 1}} {{lt 1.5 2.5}} {{lt "a" "b"}} {{lt -1 .uint8}} {{lt .uint8 9}}"#,
        Ok("true false true true true true"),
    ),
    (
        r#"{{le 1 1}} {{le 2 1}} {{gt 2 1}} {{gt 1 1}} {{ge 1 1}} {{ge 1 2}} {{ge "b" "a"}}"#,
        Ok("true false true false true false true"),
    ),
    (
        "{{lt true false}}",
        Err(
            r#"template: t:1:2: executing "t" at <lt true false>: error calling lt: invalid type for comparison"#,
        ),
    ),
    (
        "{{lt 1 2.0}}",
        Err(
            r#"template: t:1:2: executing "t" at <lt 1 2.0>: error calling lt: incompatible types for comparison: int and float64"#,
        ),
    ),
    (
        "{{lt nil 1}}",
        Err(r#"template: t:1:2: executing "t" at <lt nil 1>: error calling lt: invalid type for comparison"#),
    ),
    (
        "{{lt .list .list}}",
        Err(
            r#"template: t:1:2: executing "t" at <lt .list .list>: error calling lt: invalid type for comparison"#,
        ),
    ),
    (
        "{{gt .missing 1}}",
        Err(
            r#"template: t:1:2: executing "t" at <gt .missing 1>: error calling gt: invalid type for comparison"#,
        ),
    ),
    (
        r#"{{le 1 "a"}}"#,
        Err(
            r#"template: t:1:2: executing "t" at <le 1 "a">: error calling le: incompatible types for comparison: int and string"#,
        ),
    ),
];

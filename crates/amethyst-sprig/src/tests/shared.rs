//! What functions share with what they were given, and what they refuse to follow for ever.

use super::evaluate::{Still, seen, value};

fn text(expression: &str) -> String {
    seen(expression).unwrap_or_else(|error| panic!("{expression}: {error}")).1
}

/// Runs statements, then looks at an expression.
fn after(statements: &str, expression: &str) -> Result<String, String> {
    let body = format!("keep (1)) }}}}{{{{ {statements} }}}}{{{{ keep ({expression}");
    let found = value(&mut Still::default(), &body.replacen("keep (1)", "1", 1))?;
    Ok(String::from_utf8_lossy(&crate::print(&found)).into_owned())
}

#[test]
fn set_is_seen_through_every_name() {
    let made = "$a := dict \"x\" 1 }}{{ $b := $a }}{{ $_ := set $b \"x\" 2 }}{{ $_ = unset $a \"none\"";
    assert_eq!(after(made, "$a").unwrap(), "map[x:2]");
}

#[test]
fn merge_shares_the_maps_it_takes() {
    let made = "$from := dict \"m\" (dict \"x\" 1) }}{{ $into := dict }}{{ $_ := merge $into $from }}\
                {{ $_ = set $into.m \"x\" 2";
    assert_eq!(after(made, "$from").unwrap(), "map[m:map[x:2]]");
    let copied = made.replace("merge $into $from", "merge $into (deepCopy $from)");
    assert_eq!(after(&copied, "$from").unwrap(), "map[m:map[x:1]]");
}

#[test]
fn merge_changes_its_first_argument() {
    let made =
        "$into := dict \"a\" (dict \"x\" 1) }}{{ $_ := merge $into (dict \"a\" (dict \"y\" 2) \"b\" 3)";
    assert_eq!(after(made, "$into").unwrap(), "map[a:map[x:1 y:2] b:3]");
}

#[test]
fn nil_slices_are_null_to_json_and_yaml() {
    assert_eq!(text("toJson (concat (list) (list))"), "null");
    assert_eq!(text("toYaml (rest (list))"), "null");
    assert_eq!(text("toJson (list)"), "[]");
    assert_eq!(text("deepEqual (list) (rest (list))"), "false");
}

#[test]
fn a_map_that_holds_itself_ends() {
    let made = "$a := dict }}{{ $_ := set $a \"x\" $a }}{{ $_ = set $a \"y\" $a";
    assert_eq!(after(made, "toJson $a").unwrap(), "");
    assert_eq!(after(made, "toYaml $a").unwrap(), "");
    assert!(after(made, "mustToJson $a").unwrap_err().contains("encountered a cycle"));
    assert!(after(made, "deepCopy $a").is_err());
    let both = format!("{made} }}}}{{{{ $b := dict }}}}{{{{ $_ = set $b \"x\" $b");
    assert!(after(&both, "mustMerge $a $b").unwrap_err().contains("hold themselves"));
    assert!(after(&both, "deepEqual $a $b").is_ok());
}

#[test]
fn what_doubles_by_sharing_is_refused() {
    let lists = "$d := list 1 }}{{ range until 60 }}{{ $d = list $d $d }}{{ end }}{{ $m := dict \"a\" $d";
    let maps = "$m := dict }}{{ range until 60 }}{{ $m = dict \"a\" $m \"b\" $m }}{{ end }}{{ $d := 1";
    for made in [lists, maps] {
        let functions =
            ["toJson", "toPrettyJson", "mustToJson", "toYaml", "toYamlPretty", "toToml", "deepCopy"];
        for function in functions {
            let error = after(made, &format!("{function} $m | len")).unwrap_err();
            assert!(error.contains("too large to be written or copied"), "{function}: {error}");
        }
    }
    let kept = "$m := dict \"a\" (until 10000) }}{{ $l := list }}{{ range until 2000 }}\
                {{ $l = append $l (deepCopy $m) }}{{ end }}{{ $n := 1";
    assert!(after(kept, "len $l").unwrap_err().contains("exceeded maximum output of templates"));
    let copied = "$l := until 1000 }}{{ range until 20 }}{{ $l = concat $l $l }}{{ end }}{{ $m := 1";
    assert!(after(copied, "len $l").unwrap_err().contains("exceeded maximum output of templates"));
}

#[test]
fn uniq_of_many_ends() {
    let texts =
        "$l := list }}{{ range until 4 }}{{ $l = concat $l (toStrings (until 50000)) }}{{ end }}{{ $m := 1";
    assert_eq!(after(texts, "uniq $l | len").unwrap(), "50000");
    assert!(after("$l := until 50000", "uniq $l | len").unwrap_err().contains("too large"));
    assert_eq!(text("uniq (list 1 \"1\" 1.0 1 \"1\" nil (list 1) nil (list 1))"), "[1 1 1 <nil> [1]]");
}

#[test]
fn what_is_read_can_be_written() {
    let nested = "(printf \"%s1%s\" (repeat 500 \"[\") (repeat 500 \"]\"))";
    assert_eq!(text(&format!("fromJsonArray {nested} | toJson | len")), "1001");
    assert_eq!(
        text(&format!("fromJsonArray {nested} | deepCopy | toYaml | fromYamlArray | uniq | len")),
        "1"
    );
    let deeper = nested.replace("500", "501");
    assert_eq!(text(&format!("fromJsonArray {deeper}")), "[exceeded max depth]");
}

#[test]
fn sizes_are_bounded() {
    for expression in [
        "repeat 1000000000 \"abc\"",
        "indent 1000000000000 \"a\"",
        "until 1000000000",
        "seq 1 1000000000000",
        "randBytes 100000000000",
        "randAlphaNum 100000000000",
    ] {
        assert!(seen(expression).is_err(), "{expression}");
    }
}

#[test]
fn the_host_is_told_what_is_not_reproducible() {
    let mut host = Still::default();
    for expression in
        ["now", "uuidv4", "randAlpha 3", "shuffle \"abc\"", "date \"2006\" \"not a date\"", "ago 5"]
    {
        value(&mut host, expression).unwrap();
    }
    assert_eq!(host.told, ["now", "uuidv4", "randAlpha", "shuffle", "date", "ago"]);
    let mut host = Still::default();
    value(&mut host, "date \"2006\" 0").unwrap();
    assert!(host.told.is_empty());
}

#[test]
fn randomness_comes_from_the_host() {
    let twice = |expression: &str| {
        assert_eq!(text(expression), text(expression), "{expression}");
        text(expression)
    };
    assert_eq!(twice("randAlphaNum 12").len(), 12);
    assert!(twice("randNumeric 40").bytes().all(|byte| byte.is_ascii_digit()));
    assert!(twice("randAscii 40").bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    let id = twice("uuidv4");
    assert_eq!((id.len(), &id[14..15]), (36, "4"));
    assert!(matches!(twice("randInt 3 5").as_str(), "3" | "4"));
}

#[test]
fn what_is_read_again_is_read_anew() {
    let texts = [
        "a: 1",
        "a: [1, 2.5, {b: 0x10}]",
        "{}",
        "",
        "null",
        "[]",
        "- 1",
        "x",
        "a: yes",
        "a: \"yes\"",
        "1: 2",
        "a: ~",
        "a: &x 1",
        "a: &x [1]\nb: *x",
        "a: 2001-01-01",
        "a: |\n  b\n   c\n",
        "a: b: c",
        "a: {",
        "\u{7f}",
        "a: 1\na: 2",
        "? [a]\n: b",
    ];
    for text in texts {
        let text = crate::print::quoted(text);
        for function in ["fromYaml", "fromYamlArray"] {
            let read = format!("{function} {text}");
            let look = |from: &str| format!("printf \"%T %#v %s\" {from} {from} (toYaml {from})");
            let first = after(&format!("$a := {read}"), &look("$a")).unwrap();
            let statements = format!("$a := {read} }}}}{{{{ $b := {read}");
            assert_eq!(after(&statements, &look("$b")).unwrap(), first, "{read}");
        }
    }
}

#[test]
fn what_is_read_again_shares_nothing() {
    let read = "fromYaml \"a: {b: [{c: 1}]}\"";
    let made = format!(
        "$a := {read} }}}}{{{{ $_ := set (first $a.a.b) \"c\" 2 }}}}{{{{ $_ = set $a \"x\" 3 }}}}{{{{ $b := {read} \
         }}}}{{{{ $_ = set $b.a \"y\" 4 }}}}{{{{ $c := {read}"
    );
    assert_eq!(
        after(&made, "list $a $b $c").unwrap(),
        "[map[a:map[b:[map[c:2]]] x:3] map[a:map[b:[map[c:1]] y:4]] map[a:map[b:[map[c:1]]]]]"
    );
}

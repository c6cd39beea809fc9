//! The operators, after the cases of fluxcd/pkg `envsubst/eval_test.go`, and what Flux does around them.

use amethyst_object::{Object, value};

use super::{Substitution, expand, substitute};

fn with(pairs: &[(&str, &str)]) -> Substitution {
    let variables = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Substitution { variables, ..Substitution::default() }
}

#[test]
fn operators_do_what_upstream_does() {
    let set =
        with(&[("v", "abcdEFGH28ij"), ("p", "/usr/local/bin"), ("one", "1"), ("e", ""), ("x", "aaxbb")]);
    for (text, expect) in [
        ("${v}", "abcdEFGH28ij"),
        ("a ${one} b $one $ {one}", "a 1 b $one $ {one}"),
        ("$${v} $$ $$$${v}", "${v} $ $${v}"),
        ("${#v}", "12"),
        ("${v^}", "AbcdEFGH28ij"),
        ("${v^^}", "ABCDEFGH28IJ"),
        ("${v,,}", "abcdefgh28ij"),
        ("${v:4}", "EFGH28ij"),
        ("${v:4:4}", "EFGH"),
        ("${v:-2}", "abcdEFGH28ij"),
        ("${v:0:-100}", ""),
        ("${v:abc}", "abcdEFGH28ij"),
        ("${p#*/}", "usr/local/bin"),
        ("${p##*/}", "bin"),
        ("${p%/*}", "/usr/local"),
        ("${p%%/l*}", "/usr"),
        ("${x/a/z}", "zaxbb"),
        ("${x//a/z}", "zzxbb"),
        ("${x//a/}", "xbb"),
        ("${x/#aa/z}", "zxbb"),
        ("${x/%bb/z}", "aaxz"),
        ("${p//\\//_}", "_usr_local_bin"),
        ("${nope}", ""),
        ("${nope:=default}", "default"),
        ("${nope:-a ${one} b}", "a 1 b"),
        ("${nope=x}", "x"),
        ("${e:=}", ""),
        ("${nope:=${nope2:=deep}}", "deep"),
    ] {
        assert_eq!(expand(text, &set).as_deref(), Ok(expect), "{text}");
    }
}

#[test]
fn patterns_are_those_of_shells() {
    let set = with(&[("v", "abc/äbc"), ("s", "a*b")]);
    for (text, expect) in [
        ("${v#?}", "bc/äbc"),
        ("${v##*}", ""),
        ("${v#*}", "bc/äbc"),
        ("${v#[a-c][^a]}", "c/äbc"),
        ("${v#[]a]}", "bc/äbc"),
        ("${v%[ä]*}", "abc/"),
        ("${v%%b*}", "a"),
        ("${v%b*}", "abc/ä"),
        ("${v##*b}", "c"),
        ("${v#[a}", "abc/äbc"),
        ("${v#*[a}", "abc/äbc"),
        ("${s%\\*b}", "a"),
        ("${s#a\\}", "a*b"),
    ] {
        assert_eq!(expand(text, &set).as_deref(), Ok(expect), "{text}");
    }
}

#[test]
fn no_pattern_takes_more_than_its_length_times_that_of_the_text() {
    let set = with(&[("v", &"some text, 日本".repeat(100))]);
    let value = &set.variables["v"];
    let stars = "*z".repeat(40);
    assert_eq!(expand(&format!("${{v##{stars}}}"), &set).as_ref(), Ok(value));
    assert_eq!(expand(&format!("${{v##{}4}}", "*".repeat(60)), &set).as_ref(), Ok(value));
    assert_eq!(expand(&format!("${{v%%4{}}}", "*".repeat(60)), &set).as_ref(), Ok(value));
    let long = "x".repeat(200_000);
    assert_eq!(expand(&format!("${{v#{long}}}"), &with(&[("v", &long)])).as_deref(), Ok(""));
}

#[test]
fn what_expressions_give_is_bounded() {
    let mut nested = "e".to_owned();
    for _ in 0..40 {
        nested = format!("${{v//e/{nested}}}");
    }
    let set = with(&[("v", "eee"), ("long", &"x".repeat(1 << 20))]);
    for text in [nested, "${long}".repeat(65), format!("${{nope:={}}}", "${long}".repeat(33))] {
        let error = expand(&text, &set).unwrap_err().to_string();
        assert!(error.contains("more than 64 MiB"), "{error}");
    }
    assert_eq!(expand(&"${long}".repeat(64), &set).map(|text| text.len()), Ok(64 << 20));
}

#[test]
fn what_cannot_be_read_is_refused_in_upstreams_words() {
    for (text, expect) in [
        ("${", "unable to parse variable name"),
        ("${}", "unable to parse variable name"),
        ("${a", "missing closing brace"),
        ("${a.b}", "missing closing brace"),
        ("${a/b}", "bad substitution"),
        ("${a:=b", "unable to parse substitution within function"),
    ] {
        let error = expand(text, &with(&[])).unwrap_err().to_string();
        assert_eq!(error, format!("variable substitution failed: {expect}"), "{text}");
    }
    let strict = Substitution { strict: true, ..with(&[]) };
    let error = expand("${a} ", &strict).unwrap_err().to_string();
    assert_eq!(error, "variable substitution failed: variable not set (strict mode): \"a\"");
    assert_eq!(expand("${a:=b}", &strict).as_deref(), Ok("b"));
}

#[test]
fn objects_lose_quotes_and_can_opt_out() {
    let object =
        value!({"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"n": "${N}", "t": "x\n${T}"}});
    let mut plain = Object::from_value(object.clone()).unwrap();
    substitute(&mut plain, &with(&[("N", "5"), ("T", "a\nb")])).unwrap();
    assert_eq!(plain.at(&["data"]), Some(&value!({"n": 5, "t": "x\nab"})));

    let mut out = Object::from_value(object).unwrap();
    out.metadata_mut().insert("annotations", value!({"kustomize.toolkit.fluxcd.io/substitute": "disabled"}));
    let before = out.clone();
    substitute(&mut out, &with(&[("N", "5")])).unwrap();
    assert_eq!(out, before);
    let mut bad = Object::from_value(value!({"a": "b"})).unwrap();
    assert!(substitute(&mut bad, &with(&[("1a", "5")])).is_err());
}

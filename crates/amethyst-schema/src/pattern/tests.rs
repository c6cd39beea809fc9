//! Go's patterns.

use super::matches;

fn check(pattern: &str, good: &[&str], bad: &[&str]) {
    for text in good {
        assert_eq!(matches(pattern, text), Ok(true), "{pattern} should match {text:?}");
    }
    for text in bad {
        assert_eq!(matches(pattern, text), Ok(false), "{pattern} should not match {text:?}");
    }
}

#[test]
fn differences_from_the_regex_crate() {
    check(r"^\d\w\s$", &["1a "], &["٣a ", "1é "]);
    check(r"\bé", &["aé"], &["é"]);
    check(r"^\Qa.b\E$", &["a.b"], &["axb"]);
    check(r"^[a&&b]$", &["&", "a", "b"], &["c"]);
    check(r"^[[a]$", &["[", "a"], &["]"]);
    check(r"^[]a]$", &["]", "a"], &["b"]);
    check(r"^[+--]$", &["+", ",", "-"], &["."]);
    check(r"^a{,3}$", &["a{,3}"], &["aaa"]);
    check(r"^\101\x{42}$", &["AB"], &["ab"]);
    check(r"^\<\_$", &["<_"], &["_"]);
    check(r"^[^\D]$", &["1"], &["a"]);
    check(r"^\p{^L}\pL$", &["1a"], &["aa"]);
    check(r"^a$", &["a"], &["a\n"]);
    check(r"(?P<x>a)(?<y>b)", &["ab"], &["a"]);
}

#[test]
fn refused_in_words_of_go() {
    for (pattern, expect) in [
        ("(", "missing closing ): `(`"),
        (")", "unexpected ): `)`"),
        ("*a", "missing argument to repetition operator: `*`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("[a", "missing closing ]: `[a`"),
        ("[z-a]", "invalid character class range: `z-a`"),
        (r"\y", r"invalid escape sequence: `\y`"),
        (r"\1", r"invalid escape sequence: `\1`"),
        ("(?!a)", "invalid or unsupported Perl syntax: `(?!`"),
        ("(?-)", "invalid or unsupported Perl syntax: `(?-)`"),
        (r"\p{Foo}", r"invalid character class range: `\p{Foo}`"),
        ("\\", "trailing backslash at end of expression: ``"),
    ] {
        assert_eq!(matches(pattern, ""), Err(format!("error parsing regexp: {expect}")), "{pattern}");
    }
}

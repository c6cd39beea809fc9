//! Patterns: Go's and gobwas' tables.

use super::{BadPattern, Glob, path_match};

#[test]
fn paths_match_as_in_go() {
    // From Go's path/match_test.go.
    let cases: &[(&str, &str, Result<bool, BadPattern>)] = &[
        ("abc", "abc", Ok(true)),
        ("*", "abc", Ok(true)),
        ("*c", "abc", Ok(true)),
        ("a*", "a", Ok(true)),
        ("a*", "ab/c", Ok(false)),
        ("a*/b", "abc/b", Ok(true)),
        ("a*/b", "a/c/b", Ok(false)),
        ("a*b*c*d*e*/f", "axbxcxdxe/f", Ok(true)),
        ("a*b*c*d*e*/f", "axbxcxdxexxx/f", Ok(true)),
        ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", Ok(false)),
        ("a*b*c*d*e*/f", "axbxcxdxexxx/fff", Ok(false)),
        ("a*b?c*x", "abxbbxdbxebxczzx", Ok(true)),
        ("a*b?c*x", "abxbbxdbxebxczzy", Ok(false)),
        ("ab[c]", "abc", Ok(true)),
        ("ab[b-d]", "abc", Ok(true)),
        ("ab[e-g]", "abc", Ok(false)),
        ("ab[^c]", "abc", Ok(false)),
        ("ab[^e-g]", "abc", Ok(true)),
        ("a\\*b", "a*b", Ok(true)),
        ("a\\*b", "ab", Ok(false)),
        ("a?b", "a☺b", Ok(true)),
        ("a[^a]b", "a☺b", Ok(true)),
        ("a?b", "a/b", Ok(false)),
        ("a*b", "a/b", Ok(false)),
        ("[\\]a]", "]", Ok(true)),
        ("[x\\-]", "x", Ok(true)),
        ("[]a]", "]", Err(BadPattern)),
        ("[-]", "-", Err(BadPattern)),
        ("[x-]", "x", Err(BadPattern)),
        ("[", "a", Err(BadPattern)),
        ("[^bc", "a", Err(BadPattern)),
        ("a[", "ab", Err(BadPattern)),
        ("*x", "xxx", Ok(true)),
        ("", "", Ok(true)),
        ("", "a", Ok(false)),
    ];
    for (pattern, name, expected) in cases {
        assert_eq!(path_match(pattern, name), *expected, "{pattern} on {name}");
    }
}

#[test]
fn globs_match_as_gobwas_does() {
    let cases = [
        ("story/**", "story/author.txt", true),
        ("story/**", "story/a/b.txt", true),
        ("story/*", "story/a/b.txt", false),
        ("**.txt", "ship/captain.txt", true),
        ("*.txt", "ship/captain.txt", false),
        ("ship/{captain,stowaway}.txt", "ship/stowaway.txt", true),
        ("a?c", "a/c", false),
        ("[!a]b", "ab", false),
        ("[a-c]b", "bb", true),
        ("a\\*", "a*", true),
        // What is no glob matches everything.
        ("{", "anything/at/all", true),
    ];
    for (pattern, name, expected) in cases {
        assert_eq!(Glob::new(pattern).matches(name), expected, "{pattern} on {name}");
    }
}

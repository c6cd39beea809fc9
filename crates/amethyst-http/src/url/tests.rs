//! URLs that are read, refused, resolved and printed.

use super::{Url, UrlError, without_secrets};

fn whole(text: &str) -> String {
    Url::parse(text).unwrap().whole()
}

#[test]
fn urls_come_out_as_they_are_fetched() {
    assert_eq!(whole("https://Charts.Example.org"), "https://charts.example.org/");
    assert_eq!(whole("http://h:81/a b/\u{e4}?q=1#frag"), "http://h:81/a%20b/%C3%A4?q=1");
    assert_eq!(whole("https://h?x=1"), "https://h/?x=1");
    assert_eq!(Url::parse("https://[::1]:5000/v2/").unwrap().host(), "::1");
    assert_eq!(Url::parse("http://h/").unwrap().origin(), "http://h:80");
}

#[test]
fn what_cannot_be_fetched_is_refused() {
    for text in
        ["", "charts", "/a/b", "https:/x", "https://", "https://h:x/", "https://h:99999/", "https://a b/"]
    {
        assert!(matches!(Url::parse(text), Err(UrlError::Syntax(_))), "{text}");
    }
    for text in ["file:///etc/passwd", "ftp://h/x", "oci://ghcr.io/x", "data:text/plain,x"] {
        assert!(matches!(Url::parse(text), Err(UrlError::Scheme { .. })), "{text}");
    }
}

#[test]
fn secrets_do_not_print() {
    let url = Url::parse("https://me:pa%40ss@h/x?X-Amz-Signature=abc").unwrap();
    assert_eq!(format!("{url} {url:?}"), "https://h/x?... Url(https://h/x?...)");
    let (name, password) = url.user().unwrap();
    assert_eq!((name.as_str(), password.expose().as_str()), ("me", "pa@ss"));
    assert_eq!(without_secrets("oci://me:pw@h/x?a=b"), "oci://h/x");
}

#[test]
fn references_resolve_as_the_rfc_says() {
    let base = Url::parse("http://a/b/c/d;p?q").unwrap();
    let cases = [
        ("g", "http://a/b/c/g"),
        ("./g", "http://a/b/c/g"),
        ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"),
        ("//g", "http://g/"),
        ("?y", "http://a/b/c/d;p?y"),
        ("g?y", "http://a/b/c/g?y"),
        ("", "http://a/b/c/d;p?q"),
        (".", "http://a/b/c/"),
        ("..", "http://a/b/"),
        ("../g", "http://a/b/g"),
        ("../../../g", "http://a/g"),
        ("/./g", "http://a/g"),
        ("g;x=1/../y", "http://a/b/c/y"),
        ("https://x/y#z", "https://x/y"),
    ];
    for (reference, expect) in cases {
        assert_eq!(base.join(reference).unwrap().whole(), expect, "{reference}");
    }
    assert!(base.join("file:///etc/passwd").is_err());
}

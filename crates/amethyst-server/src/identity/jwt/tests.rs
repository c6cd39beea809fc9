//! Text that is no token is none, and no text makes the reader panic.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;

use super::{InvalidDate, audiences, date, parse};

fn token(header: &str, claims: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", part(header), part(claims), part("signature"))
}

#[test]
fn what_is_a_token() {
    let good = token(r#"{"alg":"RS256","kid":"k"}"#, r#"{"iss":"i"}"#);
    let read = parse(&good).unwrap();
    assert_eq!((read.algorithm.as_str(), read.key_id.as_str()), ("RS256", "k"));
    assert_eq!((read.claims.str("iss"), read.signature.as_slice()), (Some("i"), b"signature".as_slice()));
    assert_eq!(read.signed, good.rsplit_once('.').unwrap().0);
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100), "]".repeat(100));
    let wrong = [
        String::new(),
        "..".to_owned(),
        "a.b".to_owned(),
        format!("{good}.x"),
        format!("{good}="),
        good.replacen('.', "\n.", 1),
        token("{}", "{}"),
        token(r#"{"alg":1}"#, "{}"),
        token(r#"{"alg":"RS256"}"#, "[]"),
        token(r#"{"alg":"RS256"}"#, r#"{"iss":"a","iss":"b"}"#),
        token(r#"{"alg":"RS256","alg":"none"}"#, "{}"),
        token(r#"{"alg":"RS256","crit":["exp"]}"#, "{}"),
        token(r#"{"alg":"RS256"}"#, &deep),
        token(r#"{"alg":"RS256"}"#, &format!("{{\"a\":\"{}\"}}", "x".repeat(70_000))),
    ];
    for text in wrong {
        assert!(parse(&text).is_none(), "{text}");
    }
}

#[test]
fn claims_are_read_as_go_reads_them() {
    let claims = |text: &str| parse(&token(r#"{"alg":"x"}"#, text)).unwrap().claims;
    assert_eq!(date(&claims(r#"{"exp":12}"#), "exp"), Ok(Some(12)));
    assert_eq!(date(&claims(r#"{"exp":12.9}"#), "exp"), Ok(Some(12)));
    assert_eq!(date(&claims(r#"{"exp":1e400}"#), "exp"), Ok(Some(i64::MAX)));
    assert_eq!(date(&claims("{}"), "exp"), Ok(None));
    assert_eq!(date(&claims(r#"{"exp":"12"}"#), "exp"), Err(InvalidDate));
    assert_eq!(audiences(&claims(r#"{"aud":"a"}"#)), Some(vec!["a".to_owned()]));
    assert_eq!(audiences(&claims(r#"{"aud":["a","b"]}"#)).unwrap().len(), 2);
    assert_eq!(audiences(&claims(r#"{"aud":[1]}"#)), None);
    assert_eq!(audiences(&claims(r#"{"aud":{}}"#)), None);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_parts_make_it_panic(header in any::<Vec<u8>>(), claims in any::<Vec<u8>>(), signature in any::<Vec<u8>>()) {
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let _ = parse(&format!("{}.{}.{}", part(&header), part(&claims), part(&signature)));
    }

    #[test]
    fn a_changed_byte_is_no_panic_and_no_other_token(at in 0_usize..60, byte in any::<u8>()) {
        let good = token(r#"{"alg":"RS256","kid":"k"}"#, r#"{"iss":"i","exp":1}"#);
        let mut bytes = good.clone().into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(text) = String::from_utf8(bytes)
            && let Some(read) = parse(&text)
        {
            prop_assert_eq!(format!("{}.{}", read.signed, URL_SAFE_NO_PAD.encode(&read.signature)), text);
        }
    }
}

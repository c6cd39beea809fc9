//! Quantities in and out.

use super::{Quantity, QuantityError, canonical_quantity};

fn check(text: &str, expect: &str) {
    assert_eq!(canonical_quantity(text).as_deref(), Ok(expect), "{text}");
    assert_eq!(canonical_quantity(expect).as_deref(), Ok(expect), "{expect} again");
}

#[test]
fn canonical() {
    for (text, expect) in [
        ("0", "0"),
        ("00", "0"),
        ("-0", "0"),
        ("0Gi", "0"),
        ("1", "1"),
        ("1000m", "1"),
        ("1024Mi", "1Gi"),
        ("1024Ki", "1Mi"),
        ("1025Ki", "1025Ki"),
        ("0.5", "500m"),
        (".5", "500m"),
        ("1.5", "1500m"),
        ("1.5Gi", "1536Mi"),
        ("0.5Ki", "512"),
        ("1.1Ki", "1126400m"),
        ("1000", "1k"),
        ("1024", "1024"),
        ("2000000", "2M"),
        ("100m", "100m"),
        ("1e3", "1e3"),
        ("1e2", "100"),
        ("12e4", "120e3"),
        ("1E6", "1E6"),
        ("1n", "1n"),
        ("0.1n", "1n"),
        ("1.0000000001", "1000000001n"),
        ("-1.5", "-1500m"),
        ("-1Gi", "-1Gi"),
        ("100Ti", "100Ti"),
        ("16Ei", "9223372036854775807"),
        ("1.500", "1.500"),
        ("100E", "100E"),
        ("123456789012345678901", "123456789012345678901"),
    ] {
        check(text, expect);
    }
}

#[test]
fn refused() {
    for (text, expect) in [
        ("", QuantityError::Format),
        ("aoeu", QuantityError::Format),
        (" 1", QuantityError::Format),
        ("1.1.M", QuantityError::Format),
        ("1+1.0M", QuantityError::Format),
        ("1i", QuantityError::Suffix),
        ("0.1mi", QuantityError::Suffix),
        ("1e99999", QuantityError::Suffix),
        ("3.01e-", QuantityError::Suffix),
    ] {
        assert_eq!(canonical_quantity(text), Err(expect), "{text}");
    }
}

#[test]
fn sums_and_differences_keep_a_notation() {
    let quantity = |text: &str| Quantity::parse(text).unwrap();
    for (a, b, sum, difference) in [
        ("0", "252Mi", "252Mi", "-252Mi"),
        ("1Gi", "1Gi", "2Gi", "0"),
        ("500m", "500m", "1", "0"),
        ("1", "100m", "1100m", "900m"),
        ("100m", "1", "1100m", "-900m"),
        ("-1", "3", "2", "-4"),
        ("1Gi", "1M", "1074741824", "1072741824"),
        ("999", "1", "1k", "998"),
        ("1000", "999", "1999", "1"),
        ("9223372036854775807", "1", "9223372036854775808", "9223372036854775806"),
    ] {
        let (mut added, mut taken) = (quantity(a), quantity(a));
        added.add(&quantity(b));
        taken.subtract(&quantity(b));
        assert_eq!((added.to_string().as_str(), taken.to_string().as_str()), (sum, difference), "{a} {b}");
        assert_eq!(taken.is_negative(), quantity(a) < quantity(b), "{a} {b}");
    }
}

#[test]
fn worth_is_compared_whatever_the_notation() {
    let quantity = |text: &str| Quantity::parse(text).unwrap();
    let rising = ["-2", "-1500m", "-1", "0", "1m", "999m", "1", "1k", "1Ki", "1M", "1Mi", "1e9", "1Gi"];
    for pair in rising.windows(2) {
        assert!(quantity(pair[0]) < quantity(pair[1]) && quantity(pair[1]) > quantity(pair[0]), "{pair:?}");
    }
    assert_eq!(quantity("1024Ki"), quantity("1Mi"));
    let mut rounded = quantity("1500m");
    rounded.round_up();
    assert_eq!(rounded.to_string(), "2");
    assert_eq!((Quantity::of(-3).to_string(), Quantity::of(0).is_zero()), ("-3".to_owned(), true));
}

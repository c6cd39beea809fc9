//! Scalars as the two dialects of Go read them.

use super::{Scalar, resolve, rewrite_timestamp};
use crate::Dialect::{GoV2, GoV3};

#[test]
fn plain_scalars_mean_what_go_makes_of_them() {
    let both = |text: &str, expect: Scalar| {
        assert_eq!(resolve(text, GoV2), expect, "{text:?} in v2");
        assert_eq!(resolve(text, GoV3), expect, "{text:?} in v3");
    };
    both("", Scalar::Null);
    both("~", Scalar::Null);
    both("0775", Scalar::Int(509));
    both("0o775", Scalar::Int(509));
    both("0x1F", Scalar::Int(31));
    both("-0x1F", Scalar::Int(-31));
    both("0b11", Scalar::Int(3));
    both("1_000", Scalar::Int(1000));
    both("+12", Scalar::Int(12));
    both("08", Scalar::Float(8.0));
    both(".5", Scalar::Float(0.5));
    both("1e3", Scalar::Float(1000.0));
    both("18446744073709551615", Scalar::Int(18_446_744_073_709_551_615));
    both("18446744073709551616", Scalar::Float(18_446_744_073_709_551_616.0));
    both("1e400", Scalar::String);
    both("12:30:45", Scalar::String);
    both("2020-01-01", Scalar::Timestamp);
    both("2020-02-30", Scalar::String);
    both("2020-01-01 10:20:30.5", Scalar::Timestamp);
    both("2020-01-01T10:20:30", Scalar::String);
    both("1.2.3", Scalar::String);
    both("-", Scalar::String);
    both("<<", Scalar::String);
    for (text, value) in
        [("on", true), ("YES", true), ("y", true), ("off", false), ("No", false), ("n", false)]
    {
        assert_eq!(resolve(text, GoV2), Scalar::Bool(value));
        assert_eq!(resolve(text, GoV3), Scalar::String);
    }
}

#[test]
fn timestamps_are_rewritten_as_go_prints_them() {
    for (text, expect) in [
        ("2020-1-2", "2020-01-02T00:00:00Z"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14T21:59:43.1-05:00"),
        ("2001-12-15 2:59:43.10", "2001-12-15T02:59:43.1Z"),
    ] {
        assert_eq!(rewrite_timestamp(text).as_deref(), Some(expect));
    }
}

//! Formats, good and bad.

use super::has_format;

#[test]
fn formats() {
    for (format, good, bad) in [
        ("bsonobjectid", "507f1f77bcf86cd799439011", "507f1f77"),
        ("byte", "Zm8=", ""),
        ("cidr", "010.0.0.0/8", "10.0.0.0/33"),
        ("creditcard", "4111-1111-1111-1111", "4111-1111-1111-1112"),
        ("date", "2020-02-29", "2021-02-29"),
        ("date-time", "2014-12-15t19:30:20+02:00", "2014-12-15T24:30:20Z"),
        ("duration", "3 days", "1 fortnight"),
        ("email", "Barry <b@c.d>", "a@b."),
        ("hexcolor", "#abc", "#abcd"),
        ("hostname", "münchen.de", "a_b.c"),
        ("ipv4", "::ffff:1.2.3.4", "256.1.1.1"),
        ("ipv6", "fe80::1", "fe80::1%eth0"),
        ("isbn", "978-0321751041", "978-0321751040"),
        ("isbn10", "080442957X", "0804429570"),
        ("k8s-short-name", "a-b", "a.b"),
        ("k8s-long-name", "a.b", "a..b"),
        ("mac", "0123.4567.89ab", "01:23:45-67:89:ab"),
        ("rgbcolor", "rgb( 1 , 2 , 255 )", "rgb(256,0,0)"),
        ("ssn", "111-11-1111", "111111111"),
        ("uri", "http://[fe80::1%25en0]:80/", "http://ex%41mple.com"),
        ("uuid4", "025b0d74-00a2-4048-bf57-227c5111bb34", "025b0d74-00a2-3048-bf57-227c5111bb34"),
    ] {
        assert!(has_format(good, format), "{good} is no {format}");
        assert!(!has_format(bad, format), "{bad} is a {format}");
    }
    assert!(has_format("anything", "password"));
    assert!(has_format("anything", "no-such-format"));
}

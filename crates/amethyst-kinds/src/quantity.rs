//! Quantities in the spelling Kubernetes writes them: `0.5` is `500m`, `1024Mi` is `1Gi`.
//!
//! Upstream rewrites a quantity when it reads one, unless it is nearly in that form already; the exceptions
//! (`1.500` stays) are part of the behaviour (`apimachinery/pkg/api/resource/quantity.go`).

/// The number of decimal places that are kept.
const NANO: i64 = 9;
/// The most that quantities with binary suffixes hold: the largest 64-bit integer.
const NANOS_MAX: u128 = i64::MAX as u128 * 1_000_000_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Decimal,
    Exponent,
    Binary,
}

/// A quantity in its parts.
struct Parts<'a> {
    negative: bool,
    /// Before the point, without leading zeros; `0` when that leaves nothing.
    whole: &'a str,
    /// After the point.
    fraction: &'a str,
    format: Format,
    /// The power of ten, or of two, that the suffix stands for.
    exponent: i64,
}

/// The canonical spelling of a quantity; nothing when it is none.
pub fn canonical(text: &str) -> Option<String> {
    let parts = Parts::read(text)?;
    if parts.is_kept() {
        return Some(text.to_owned());
    }
    let nanos = match (parts.nanos(), parts.format) {
        (Some(nanos), _) => nanos,
        (None, Format::Binary) => NANOS_MAX,
        // Beyond reckoning; upstream's own spelling of `11000E` is `11`.
        (None, _) => return Some(text.to_owned()),
    };
    let sign = if parts.negative && nanos != 0 { "-" } else { "" };
    Some(format!("{sign}{}", write(nanos, parts.format)))
}

impl<'a> Parts<'a> {
    fn read(text: &'a str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let negative = text.starts_with('-');
        let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
        let zeros = rest.trim_start_matches('0');
        let digits =
            |text: &'a str| text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
        let (whole, rest) = digits(zeros);
        let (fraction, suffix) = rest.strip_prefix('.').map_or(("", rest), digits);
        let (format, exponent) = suffix_of(suffix)?;
        Some(Self { negative, whole: if whole.is_empty() { "0" } else { whole }, fraction, format, exponent })
    }

    /// Whether upstream keeps the text: small enough for its fast path, and not obviously another number's.
    fn is_kept(&self) -> bool {
        let (whole, fraction) = (self.whole.len() as i64, self.fraction.len() as i64);
        if self.whole == "0" && self.fraction.is_empty() {
            return false;
        }
        if self.format == Format::Binary {
            let fast = self.fraction.is_empty() && 15 - whole - self.exponent * 3 / 10 > 0;
            return fast && self.whole.parse::<i64>().is_ok_and(|value| value & 7 != 0);
        }
        let scale = self.exponent - fraction;
        let shifted = [self.whole, self.fraction].concat();
        let fast = whole + fraction <= 18 && scale >= -NANO;
        fast && scale % 3 == 0 && !shifted.ends_with("000") && !shifted.starts_with('0')
    }

    /// The amount in billionths, rounded away from zero; nothing when it does not fit.
    fn nanos(&self) -> Option<u128> {
        let mut digits: u128 = [self.whole, self.fraction].concat().parse().ok()?;
        let mut shift = NANO - self.fraction.len() as i64;
        if self.format == Format::Binary {
            digits = digits.checked_mul(1 << self.exponent)?;
        } else {
            shift += self.exponent;
        }
        let power = 10u128.checked_pow(u32::try_from(shift.unsigned_abs()).ok()?);
        let nanos = match (shift >= 0, power) {
            (true, power) => digits.checked_mul(power?)?,
            (false, Some(power)) => digits.div_ceil(power),
            (false, None) => u128::from(digits != 0),
        };
        Some(if self.format == Format::Binary { nanos.min(NANOS_MAX) } else { nanos })
    }
}

fn suffix_of(suffix: &str) -> Option<(Format, i64)> {
    const DECIMAL: [(&str, i64); 10] = [
        ("n", -9),
        ("u", -6),
        ("m", -3),
        ("", 0),
        ("k", 3),
        ("M", 6),
        ("G", 9),
        ("T", 12),
        ("P", 15),
        ("E", 18),
    ];
    const BINARY: [(&str, i64); 6] = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];
    if let Some((_, exponent)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
        return Some((Format::Decimal, *exponent));
    }
    if let Some((_, exponent)) = BINARY.iter().find(|(name, _)| *name == suffix) {
        return Some((Format::Binary, *exponent));
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?.parse::<i32>().ok()?;
    Some((Format::Exponent, i64::from(exponent)))
}

fn write(nanos: u128, format: Format) -> String {
    const BILLION: u128 = 1_000_000_000;
    if nanos == 0 {
        return "0".to_owned();
    }
    if format == Format::Binary && nanos >= 1024 * BILLION && nanos.is_multiple_of(BILLION) {
        let (mut value, mut power) = (nanos / BILLION, 0);
        while value.is_multiple_of(1024) && power < 6 {
            (value, power) = (value / 1024, power + 1);
        }
        return format!("{value}{}", ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][power]);
    }
    let (mut value, mut exponent) = (nanos, -NANO);
    while value.is_multiple_of(1000) && (exponent < 18 || format == Format::Exponent) {
        (value, exponent) = (value / 1000, exponent + 3);
    }
    match (format, exponent) {
        (_, 0) => value.to_string(),
        (Format::Exponent, exponent) => format!("{value}e{exponent}"),
        (_, exponent) => {
            let at = usize::try_from((exponent + NANO) / 3).expect("the exponent is at least that of nano");
            format!("{value}{}", ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"][at])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn quantities_have_one_spelling() {
        let check = |text, wanted: Option<&str>| assert_eq!(canonical(text).as_deref(), wanted, "{text}");
        for same in ["1", "500m", "1Gi", "100Mi", "1025Ki", "1.500", "1e3", "+5", "250u", "0"] {
            check(same, Some(same));
        }
        check("0.5", Some("500m"));
        check("1000m", Some("1"));
        check("1000", Some("1k"));
        check("1024Mi", Some("1Gi"));
        check("1.5Gi", Some("1536Mi"));
        check("0.5Ki", Some("512"));
        check("1000Ki", Some("1000Ki"));
        check("0.0000000001", Some("1n"));
        check("-0.5", Some("-500m"));
        check("1e4", Some("10e3"));
        check("9Ei", Some("9223372036854775807"));
        check("00", Some("0"));
        check("", None);
        check("1Xi", None);
        check("1.2.3", None);
        check("abc", None);
    }
}

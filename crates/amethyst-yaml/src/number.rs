//! Numbers as Go's `strconv` and `encoding/json` read and print them.

/// Prints a finite float as `encoding/json` does: without exponent from 1e-6 up to 1e21.
pub fn json_float(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        match text.split_once('e') {
            Some((mantissa, exponent)) if !exponent.starts_with('-') => format!("{mantissa}e+{exponent}"),
            _ => text,
        }
    } else {
        format!("{value}")
    }
}

/// Prints a float as Go writes it in YAML: `strconv.FormatFloat(value, 'g', -1, 64)`, which has an exponent
/// below 1e-4 and from 1e+06 (written `1e+06`) up; `.inf`, `-.inf` and `.nan`.
pub fn go_float(value: f64) -> String {
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf".to_owned() } else { "-.inf".to_owned() };
    }
    general(&format!("{value:e}"), || format!("{value}"))
}

/// Prints a float as `strconv.FormatFloat(value, 'g', -1, 32)` does: how map keys are printed.
pub(crate) fn general_float_of_32_bits(value: f64) -> String {
    let value = value as f32;
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf".to_owned() } else { "-.inf".to_owned() };
    }
    general(&format!("{value:e}"), || format!("{value}"))
}

/// From this power of ten on, `'g'` prints an exponent when the shortest digits are wanted.
const GENERAL_POWER_MAX: i32 = 6;

fn general(scientific: &str, decimal: impl FnOnce() -> String) -> String {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or_default();
    if (-4..GENERAL_POWER_MAX).contains(&power) {
        decimal()
    } else if power < 0 {
        format!("{mantissa}e-{:02}", -power)
    } else {
        format!("{mantissa}e+{power:02}")
    }
}

/// Reads an integer as `strconv.ParseInt(text, 0, 64)` or `ParseUint` does, underscores taken out before.
pub(crate) fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| char::from(byte).is_digit(radix)) {
        return None;
    }
    let value = i128::from(u64::from_str_radix(digits, radix).ok()?);
    if negative {
        (value <= -i128::from(i64::MIN)).then_some(-value)
    } else if text.starts_with('+') && value > i128::from(i64::MAX) {
        None
    } else {
        Some(value)
    }
}

/// Reads a float of YAML 1.2's shape, as go-yaml's `yamlStyleFloat` admits it; too large is no float.
pub(crate) fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_holds = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    let exponent_holds = exponent.is_none_or(|text| digits(text.strip_prefix(['-', '+']).unwrap_or(text)));
    if !mantissa_holds || !exponent_holds {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// Reads a float that begins with a dot as `strconv.ParseFloat` does: underscores may stand between digits.
pub(crate) fn dotted_float(text: &str) -> Option<f64> {
    if !text.contains('_') {
        return float(text);
    }
    let between_digits = text.bytes().zip(text.bytes().skip(1)).zip(text.bytes().skip(2));
    let inner = between_digits.filter(|((_, middle), _)| *middle == b'_');
    let all_are_between =
        inner.clone().all(|((before, _), after)| (before.is_ascii_digit()) && (after.is_ascii_digit()));
    let count = text.bytes().filter(|byte| *byte == b'_').count();
    (all_are_between && inner.count() == count).then(|| float(&text.replace('_', "")))?
}

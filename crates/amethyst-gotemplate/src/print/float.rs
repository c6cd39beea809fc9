//! `strconv.FormatFloat`.

/// No float has more digits than this, before and behind its point: the rest is zeros.
const DIGITS_MAX: usize = 1100;

/// The decimal digits of a number, and where its point stands: `0.d1d2... * 10^point`.
struct Digits {
    digits: Vec<u8>,
    point: i32,
}

/// `strconv.FormatFloat` for 64 bits, by one of the letters `b`, `e`, `E`, `f`, `g`, `G`, `x` and `X`. No
/// precision stands for as many digits as tell the number apart.
pub fn format_float(value: f64, letter: char, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf".into() } else { "-Inf".into() };
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let magnitude = value.abs();
    let text = match letter {
        'e' | 'E' => exponent_form(&digits(magnitude, precision.map(|digits| digits + 1)), precision, letter),
        'f' => fixed_form(magnitude, precision),
        'g' | 'G' => general_form(magnitude, precision, letter),
        'b' => binary_form(magnitude),
        'x' | 'X' => hexadecimal_form(magnitude, precision, letter),
        other => format!("%{other}"),
    };
    format!("{sign}{text}")
}

/// A number as encoding/json writes it; `None` for what JSON has no number for.
pub(crate) fn json_number(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        // `e-09` is written `e-9`.
        let text = format_float(value, 'e', None);
        return Some(match text.strip_suffix(|char: char| char.is_ascii_digit()) {
            Some(head) if head.ends_with("e-0") => {
                format!("{}{}", &head[..head.len() - 1], &text[text.len() - 1..])
            }
            _ => text,
        });
    }
    Some(format_float(value, 'f', None))
}

/// The shortest digits, or `count` of them, rounded to even.
fn digits(magnitude: f64, count: Option<usize>) -> Digits {
    let text = match count {
        Some(count) => format!("{magnitude:.*e}", (count.max(1) - 1).min(DIGITS_MAX)),
        None => format!("{magnitude:e}"),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if magnitude == 0.0 {
        return Digits { digits, point: 1 };
    }
    Digits { digits, point: exponent + 1 }
}

fn exponent_form(number: &Digits, precision: Option<usize>, letter: char) -> String {
    let mut out = String::new();
    out.push(char::from(number.digits[0]));
    let fraction = &number.digits[1..];
    let wanted = precision.unwrap_or(fraction.len());
    if wanted > 0 {
        out.push('.');
        out.extend(fraction.iter().take(wanted).map(|digit| char::from(*digit)));
        out.extend(std::iter::repeat_n('0', wanted.saturating_sub(fraction.len())));
    }
    let exponent = number.point - 1;
    let sign = if exponent < 0 { '-' } else { '+' };
    out.push_str(&format!("{letter}{sign}{:02}", exponent.abs()));
    out
}

fn fixed_form(magnitude: f64, precision: Option<usize>) -> String {
    match precision {
        Some(precision) => {
            let shown = precision.min(DIGITS_MAX);
            let mut text = format!("{magnitude:.shown$}");
            text.extend(std::iter::repeat_n('0', precision - shown));
            text
        }
        None => fixed_digits(&digits(magnitude, None), None),
    }
}

fn fixed_digits(number: &Digits, precision: Option<usize>) -> String {
    let mut out = String::new();
    let point = number.point;
    let digit = |at: i32| {
        let found = usize::try_from(at).ok().and_then(|at| number.digits.get(at));
        char::from(found.copied().unwrap_or(b'0'))
    };
    if point > 0 {
        out.extend((0..point).map(digit));
    } else {
        out.push('0');
    }
    let rest = (number.digits.len() as i32 - point).max(0);
    let wanted = precision.map_or(rest, |precision| precision as i32);
    if wanted > 0 {
        out.push('.');
        out.extend((point..point + wanted).map(digit));
    }
    out
}

fn general_form(magnitude: f64, precision: Option<usize>, letter: char) -> String {
    let mut number = digits(magnitude, precision);
    // Trailing zeros are no digits.
    while number.digits.len() > 1 && number.digits.last() == Some(&b'0') {
        number.digits.pop();
    }
    let mut bound = precision.unwrap_or(6).max(1) as i32;
    let count = number.digits.len() as i32;
    if precision.is_some() && bound > count && count >= number.point {
        bound = count;
    }
    let exponent = number.point - 1;
    if exponent < -4 || exponent >= bound {
        let shown = number.digits.len() - 1;
        return exponent_form(&number, Some(shown), if letter == 'G' { 'E' } else { 'e' });
    }
    if magnitude == 0.0 {
        return "0".into();
    }
    fixed_digits(&number, None)
}

/// The mantissa as an integer, and the power of two.
fn parts(magnitude: f64) -> (u64, i32) {
    let bits = magnitude.to_bits();
    let exponent = (bits >> 52) as i32 & 0x7ff;
    let fraction = bits & ((1 << 52) - 1);
    if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) }
}

fn binary_form(magnitude: f64) -> String {
    let (mantissa, exponent) = parts(magnitude);
    format!("{mantissa}p{exponent:+}")
}

fn hexadecimal_form(magnitude: f64, precision: Option<usize>, letter: char) -> String {
    let (mut mantissa, mut exponent) = parts(magnitude);
    if mantissa == 0 {
        exponent = 0;
    } else {
        // The leading digit is 1, and thirteen digits follow.
        let shift = mantissa.leading_zeros() as i32 - 11;
        mantissa <<= shift;
        exponent += 52 - shift;
    }
    let mut shown = 13;
    if let Some(precision) = precision
        && precision < 13
    {
        shown = precision;
        let dropped = 52 - 4 * precision as u32;
        let (rest, half) = (mantissa & ((1 << dropped) - 1), 1 << (dropped - 1));
        mantissa >>= dropped;
        if rest > half || (rest == half && mantissa & 1 == 1) {
            mantissa += 1;
        }
        mantissa <<= dropped;
        if mantissa >> 53 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let mut fraction: String = format!("{:013x}", mantissa & ((1 << 52) - 1));
    fraction.truncate(shown);
    match precision {
        None => fraction.truncate(fraction.trim_end_matches('0').len()),
        Some(precision) => fraction.extend(std::iter::repeat_n('0', precision.saturating_sub(13))),
    }
    let dot = if fraction.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    let text = format!("0x{}{dot}{fraction}p{sign}{:02}", mantissa >> 52, exponent.abs());
    if letter == 'X' { text.to_ascii_uppercase() } else { text }
}

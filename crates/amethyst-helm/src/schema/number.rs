//! Numbers in messages, as Go's `x/text` prints them in English.

/// From this power of ten on, and below the fourth part of one, there is an exponent.
const POWERS: std::ops::Range<i32> = -4..6;

/// A float: digits in groups of three, exponents raised.
pub(super) fn float(value: f64) -> String {
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or_default();
    if value == 0.0 || POWERS.contains(&power) || (value.fract() == 0.0 && value.abs() < 1e6) {
        return group(&format!("{value}"));
    }
    let digits = format!("{:02}", power.abs());
    let raised: String = digits.chars().map(raise).collect();
    format!("{mantissa}×10{}{raised}", if power < 0 { "⁻" } else { "" })
}

/// A count.
pub(super) fn count(value: usize) -> String {
    group(&value.to_string())
}

fn raise(digit: char) -> char {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    digit.to_digit(10).map_or(digit, |digit| RAISED[digit as usize])
}

fn group(text: &str) -> String {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = text.find('.').map_or((text, ""), |at| text.split_at(at));
    let mut out = String::from(sign);
    for (at, digit) in whole.char_indices() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out.push_str(fraction);
    out
}

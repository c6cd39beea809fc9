//! Character classes and escapes.

use super::translate::{Reader, error};

/// Reads a class from behind its bracket and writes it out.
pub(super) fn read(reader: &mut Reader<'_>, start: usize) -> Result<(), String> {
    let mut body = String::new();
    let negated = reader.eat("^");
    let mut first = true;
    loop {
        let Some(c) = reader.rest().chars().next() else {
            return Err(error("missing closing ]", &reader.pattern[start..]));
        };
        if c == ']' && !first {
            reader.at += 1;
            break;
        }
        first = false;
        if reader.rest().starts_with("[:") && reader.rest()[2..].contains(":]") {
            body.push_str(posix(reader)?);
            continue;
        }
        let item = reader.at;
        if c == '\\' {
            reader.at += 1;
            if let Some(class) = escape(reader, item)? {
                body.push_str(&class);
                continue;
            }
            reader.at = item;
        }
        let low = character(reader, start)?;
        let is_range = reader.rest().starts_with('-') && !reader.rest().starts_with("-]");
        let high = if is_range {
            reader.at += 1;
            let high = character(reader, start)?;
            if high < low {
                return Err(error("invalid character class range", &reader.pattern[item..reader.at]));
            }
            high
        } else {
            low
        };
        body.push_str(&spelled(low));
        if high != low {
            body.push('-');
            body.push_str(&spelled(high));
        }
    }
    reader.out.push_str(if negated { "[^" } else { "[" });
    reader.out.push_str(&body);
    reader.out.push(']');
    Ok(())
}

fn spelled(c: char) -> String {
    format!("\\x{{{:x}}}", c as u32)
}

fn character(reader: &mut Reader<'_>, start: usize) -> Result<char, String> {
    let at = reader.at;
    match reader.next() {
        None => Err(error("missing closing ]", &reader.pattern[start..])),
        Some('\\') => escaped_char(reader, at),
        Some(c) => Ok(c),
    }
}

fn posix(reader: &mut Reader<'_>) -> Result<&'static str, String> {
    const NAMES: [&str; 14] = [
        "[:alnum:]",
        "[:alpha:]",
        "[:ascii:]",
        "[:blank:]",
        "[:cntrl:]",
        "[:digit:]",
        "[:graph:]",
        "[:lower:]",
        "[:print:]",
        "[:punct:]",
        "[:space:]",
        "[:upper:]",
        "[:word:]",
        "[:xdigit:]",
    ];
    const NEGATED: [&str; 14] = [
        "[:^alnum:]",
        "[:^alpha:]",
        "[:^ascii:]",
        "[:^blank:]",
        "[:^cntrl:]",
        "[:^digit:]",
        "[:^graph:]",
        "[:^lower:]",
        "[:^print:]",
        "[:^punct:]",
        "[:^space:]",
        "[:^upper:]",
        "[:^word:]",
        "[:^xdigit:]",
    ];
    let end = reader.rest().find(":]").map_or(reader.rest().len(), |end| end + 2);
    let name = &reader.rest()[..end];
    reader.at += end;
    let known = NAMES.into_iter().chain(NEGATED).find(|known| *known == name);
    known.ok_or_else(|| error("invalid character class range", name))
}

/// Reads a class escape (`\d`, `\pL`) from behind the backslash; gives what stands for it inside brackets.
pub(super) fn escape(reader: &mut Reader<'_>, start: usize) -> Result<Option<String>, String> {
    let Some(c) = reader.rest().chars().next() else {
        return Err(error("trailing backslash at end of expression", ""));
    };
    let perl = match c {
        'd' => "0-9",
        'D' => "[^0-9]",
        'w' => "0-9A-Za-z_",
        'W' => "[^0-9A-Za-z_]",
        's' => r"\t\n\x0c\r\x20",
        'S' => r"[^\t\n\x0c\r\x20]",
        'p' | 'P' => return unicode(reader, start).map(Some),
        _ => return Ok(None),
    };
    reader.at += 1;
    Ok(Some(perl.to_owned()))
}

fn unicode(reader: &mut Reader<'_>, start: usize) -> Result<String, String> {
    let mut negated = reader.next() == Some('P');
    let name = if reader.eat("{") {
        let end = reader
            .rest()
            .find('}')
            .ok_or_else(|| error("invalid character class range", &reader.pattern[start..]))?;
        let name = &reader.rest()[..end];
        reader.at += end + 1;
        name
    } else {
        let rest = reader.rest();
        reader.next();
        &rest[..rest.len() - reader.rest().len()]
    };
    let name = name.strip_prefix('^').map_or(name, |name| {
        negated = !negated;
        name
    });
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let class = format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' });
    if !is_name || regex::Regex::new(&class).is_err() {
        return Err(error("invalid character class range", &reader.pattern[start..reader.at]));
    }
    Ok(class)
}

/// Reads an escaped character from behind the backslash.
pub(super) fn escaped_char(reader: &mut Reader<'_>, start: usize) -> Result<char, String> {
    let Some(c) = reader.next() else {
        return Err(error("trailing backslash at end of expression", ""));
    };
    let invalid = |reader: &Reader<'_>| error("invalid escape sequence", &reader.pattern[start..reader.at]);
    match c {
        'a' => Ok('\u{7}'),
        'f' => Ok('\u{c}'),
        'n' => Ok('\n'),
        'r' => Ok('\r'),
        't' => Ok('\t'),
        'v' => Ok('\u{b}'),
        '0'..='7' => octal(reader, c).ok_or_else(|| invalid(reader)),
        'x' => hex(reader).ok_or_else(|| invalid(reader)),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok(c),
        _ => Err(invalid(reader)),
    }
}

/// Up to three octal digits; one digit but zero would refer back, which RE2 does not do.
fn octal(reader: &mut Reader<'_>, first: char) -> Option<char> {
    let is_octal = |c: Option<char>| c.and_then(|c| c.to_digit(8));
    if first != '0' && is_octal(reader.rest().chars().next()).is_none() {
        return None;
    }
    let mut value = first.to_digit(8)?;
    for _ in 0..2 {
        let Some(digit) = is_octal(reader.rest().chars().next()) else { break };
        reader.at += 1;
        value = value * 8 + digit;
    }
    char::from_u32(value)
}

fn hex(reader: &mut Reader<'_>) -> Option<char> {
    let digits = if reader.eat("{") {
        let end = reader.rest().find('}')?;
        let digits = &reader.rest()[..end];
        reader.at += end + 1;
        digits
    } else {
        let digits = reader.rest().get(..2)?;
        reader.at += 2;
        digits
    };
    let value =
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?;
    char::from_u32(value?)
}

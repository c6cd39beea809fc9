//! Patterns of names: Go's `path.Match`, and gobwas' globs with `/` as separator.

use regex::Regex;

/// A pattern that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("syntax error in pattern")]
pub struct BadPattern;

/// Go's `path.Match`: `*` and `?` stay within one part of the path; the whole name must match.
pub fn path_match(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    // Most patterns are a name, or a star and the end of one.
    let is_plain = |text: &str| !text.contains(['*', '?', '[', '\\']);
    if is_plain(pattern) {
        return Ok(pattern == name);
    }
    if let Some(end) = pattern.strip_prefix('*').filter(|end| is_plain(end)) {
        return Ok(name.strip_suffix(end).is_some_and(|starred| !starred.contains('/')));
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    validate(&pattern)?;
    // The last star, and where in the name it was tried last: one of each is enough.
    let mut retry: Option<(usize, usize)> = None;
    let (mut at, mut on) = (0, 0);
    loop {
        if pattern.get(at) == Some(&'*') {
            retry = Some((at + 1, on));
            at += 1;
            continue;
        }
        if at == pattern.len() && on == name.len() {
            return Ok(true);
        }
        if let (true, Some(character)) = (at < pattern.len(), name.get(on))
            && let Some(width) = one(&pattern[at..], *character)
        {
            at += width;
            on += 1;
            continue;
        }
        match retry {
            Some((after, from)) if from < name.len() && name[from] != '/' => {
                retry = Some((after, from + 1));
                (at, on) = (after, from + 1);
            }
            _ => return Ok(false),
        }
    }
}

/// How much of the pattern the character takes up, when it matches.
fn one(pattern: &[char], character: char) -> Option<usize> {
    match pattern[0] {
        '?' => (character != '/').then_some(1),
        '[' => {
            let (negated, mut at) = if pattern.get(1) == Some(&'^') { (true, 2) } else { (false, 1) };
            let (mut found, mut first) = (false, true);
            while first || pattern.get(at) != Some(&']') {
                first = false;
                let (low, width) = class_character(&pattern[at..]).ok()?;
                at += width;
                let mut high = low;
                if pattern.get(at) == Some(&'-') {
                    let (end, width) = class_character(&pattern[at + 1..]).ok()?;
                    high = end;
                    at += 1 + width;
                }
                found |= (low..=high).contains(&character);
            }
            (found != negated).then_some(at + 1)
        }
        '\\' => (pattern.get(1) == Some(&character)).then_some(2),
        plain => (plain == character).then_some(1),
    }
}

fn class_character(pattern: &[char]) -> Result<(char, usize), BadPattern> {
    match pattern {
        [] | ['-' | ']', ..] | ['\\'] => Err(BadPattern),
        ['\\', character, ..] => Ok((*character, 2)),
        [character, ..] => Ok((*character, 1)),
    }
}

fn validate(pattern: &[char]) -> Result<(), BadPattern> {
    let mut at = 0;
    while let Some(character) = pattern.get(at) {
        match character {
            '\\' if pattern.get(at + 1).is_none() => return Err(BadPattern),
            '\\' => at += 2,
            '[' => {
                at += if pattern.get(at + 1) == Some(&'^') { 2 } else { 1 };
                let mut first = true;
                while first || pattern.get(at) != Some(&']') {
                    first = false;
                    at += class_character(pattern.get(at..).unwrap_or_default())?.1;
                    if pattern.get(at) == Some(&'-') {
                        at += 1 + class_character(pattern.get(at + 1..).unwrap_or_default())?.1;
                    }
                    if at >= pattern.len() {
                        return Err(BadPattern);
                    }
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
    Ok(())
}

/// A glob of gobwas: `*` stays within one part of the path, `**` does not; `{a,b}` are alternatives.
pub(crate) struct Glob(Regex);

impl Glob {
    /// Compiles a pattern; one that is none matches everything, as in `.Files.Glob`.
    pub(crate) fn new(pattern: &str) -> Self {
        let everything = || Regex::new("").expect("the empty expression compiles");
        Self(translate(pattern).and_then(|text| Regex::new(&text).ok()).unwrap_or_else(everything))
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

fn translate(pattern: &str) -> Option<String> {
    let mut out = String::from("^(?s:");
    let mut characters = pattern.chars().peekable();
    let mut open = 0_usize;
    while let Some(character) = characters.next() {
        match character {
            '*' if characters.peek() == Some(&'*') => {
                while characters.next_if_eq(&'*').is_some() {}
                out.push_str(".*");
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '\\' => out.push_str(&regex::escape(characters.next()?.encode_utf8(&mut [0; 4]))),
            '{' => {
                open += 1;
                out.push_str("(?:");
            }
            '}' if open > 0 => {
                open -= 1;
                out.push(')');
            }
            ',' if open > 0 => out.push('|'),
            '[' => out.push_str(&class(&mut characters)?),
            plain => out.push_str(&regex::escape(plain.encode_utf8(&mut [0; 4]))),
        }
    }
    out.push_str(")$");
    (open == 0).then_some(out)
}

fn class(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let mut out = String::from("[");
    if characters.next_if_eq(&'!').is_some() {
        out.push('^');
    }
    let mut any = false;
    loop {
        match characters.next()? {
            ']' if any => break,
            ']' => return None,
            '-' if any && characters.peek() != Some(&']') => out.push('-'),
            '\\' => out.push_str(&regex::escape(characters.next()?.encode_utf8(&mut [0; 4]))),
            plain => out.push_str(&regex::escape(plain.encode_utf8(&mut [0; 4]))),
        }
        any = true;
    }
    out.push(']');
    Some(out)
}

#[cfg(test)]
mod tests;

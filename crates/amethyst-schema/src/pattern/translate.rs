//! From Go's syntax to that of the `regex` crate.

use super::class;

/// Reads a pattern from left to right.
pub(super) struct Reader<'a> {
    pub(super) pattern: &'a str,
    pub(super) at: usize,
    pub(super) out: String,
    depth: usize,
}

/// What may stand before a repetition.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    Nothing,
    Atom,
    Repetition,
}

const REPEAT_MAX: u32 = 1000;
/// Go's limit on the nesting of a pattern.
const DEPTH_MAX: usize = 250;

pub(super) fn error(reason: &str, shown: &str) -> String {
    format!("error parsing regexp: {reason}: `{shown}`")
}

/// Translates `pattern`, or says in Go's words what is wrong with it.
pub(crate) fn translate(pattern: &str) -> Result<String, String> {
    let mut reader = Reader { pattern, at: 0, out: String::with_capacity(pattern.len() + 8), depth: 0 };
    reader.run()?;
    Ok(reader.out)
}

impl<'a> Reader<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.pattern[self.at..]
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub(super) fn eat(&mut self, text: &str) -> bool {
        let eaten = self.rest().starts_with(text);
        if eaten {
            self.at += text.len();
        }
        eaten
    }

    /// Writes a character that means itself.
    pub(super) fn literal(&mut self, c: char) {
        let mut buffer = [0; 4];
        self.out.push_str(&regex::escape(c.encode_utf8(&mut buffer)));
    }

    fn run(&mut self) -> Result<(), String> {
        let mut last = Last::Nothing;
        while !self.rest().is_empty() {
            let start = self.at;
            let Some(c) = self.next() else { break };
            last = match c {
                '(' => {
                    self.open(start)?;
                    Last::Nothing
                }
                ')' => {
                    let Some(depth) = self.depth.checked_sub(1) else {
                        return Err(error("unexpected )", self.pattern));
                    };
                    self.depth = depth;
                    self.out.push(')');
                    Last::Atom
                }
                '|' => {
                    self.out.push('|');
                    Last::Nothing
                }
                '^' | '$' | '.' => {
                    self.out.push(c);
                    Last::Atom
                }
                '[' => {
                    class::read(self, start)?;
                    Last::Atom
                }
                '*' | '+' | '?' => self.repeat(start, last, c)?,
                '{' if self.count()? => self.repeat(start, last, c)?,
                '\\' => self.escape(start)?,
                c => {
                    self.literal(c);
                    Last::Atom
                }
            };
        }
        if self.depth > 0 {
            return Err(error("missing closing )", self.pattern));
        }
        Ok(())
    }

    fn open(&mut self, start: usize) -> Result<(), String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(error("expression nests too deeply", self.pattern));
        }
        self.out.push('(');
        if !self.eat("?") {
            return Ok(());
        }
        if self.rest().starts_with("P<")
            || (self.rest().starts_with('<')
                && !self.rest().starts_with("<=")
                && !self.rest().starts_with("<!"))
        {
            let end = self
                .rest()
                .find('>')
                .ok_or_else(|| error("invalid named capture", &self.pattern[start..]))?;
            let whole = &self.rest()[..=end];
            let name = whole.trim_start_matches('P').trim_start_matches('<').trim_end_matches('>');
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                return Err(error("invalid named capture", &self.pattern[start..=self.at + end]));
            }
            self.at += end + 1;
            // Names are not used; a plain group spares the differences in what names may be.
            return Ok(());
        }
        self.flags(start)
    }

    fn flags(&mut self, start: usize) -> Result<(), String> {
        let flags = self.at;
        while let Some(c) = self.next() {
            match c {
                'i' | 'm' | 's' | 'U' | '-' => {}
                ':' | ')' => {
                    let text = &self.pattern[flags..self.at];
                    let body = text.trim_end_matches([':', ')']);
                    if body.ends_with('-') || body.matches('-').count() > 1 {
                        return Err(error(
                            "invalid or unsupported Perl syntax",
                            &self.pattern[start..self.at],
                        ));
                    }
                    if text == ")" {
                        // `(?)` sets nothing, which Go allows.
                        self.out.pop();
                        self.depth -= 1;
                        return Ok(());
                    }
                    self.out.push('?');
                    self.out.push_str(text);
                    if c == ')' {
                        self.depth -= 1;
                    }
                    return Ok(());
                }
                _ => return Err(error("invalid or unsupported Perl syntax", &self.pattern[start..self.at])),
            }
        }
        Err(error("missing closing )", self.pattern))
    }

    fn repeat(&mut self, start: usize, last: Last, c: char) -> Result<Last, String> {
        if c == '{' {
            // `count` has moved past it.
            self.out.push_str(&self.pattern[start..self.at]);
        } else {
            self.out.push(c);
        }
        if self.eat("?") {
            self.out.push('?');
        }
        let own = &self.pattern[start..self.at];
        match last {
            Last::Nothing => Err(error("missing argument to repetition operator", own)),
            Last::Repetition => {
                let before = self.pattern[..start].rfind(['*', '+', '?', '{']).unwrap_or(start);
                Err(error("invalid nested repetition operator", &self.pattern[before..self.at]))
            }
            Last::Atom => Ok(Last::Repetition),
        }
    }

    /// Reads `n}`, `n,}` or `n,m}` behind a brace; anything else leaves the brace a literal.
    fn count(&mut self) -> Result<bool, String> {
        let start = self.at - 1;
        let Some(end) = self.rest().find('}') else { return Ok(false) };
        let body = &self.rest()[..end];
        let (low, high) = body.split_once(',').map_or((body, body), |(low, high)| (low, high));
        let is_number = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_digit())
                && (text == "0" || !text.starts_with('0'))
        };
        if !is_number(low) || !(high.is_empty() || is_number(high)) {
            return Ok(false);
        }
        self.at += end + 1;
        let number = |text: &str| text.parse::<u32>().unwrap_or(u32::MAX);
        let (low, high) = (number(low), if high.is_empty() { None } else { Some(number(high)) });
        if low > REPEAT_MAX || high.is_some_and(|high| high > REPEAT_MAX || high < low) {
            return Err(error("invalid repeat count", &self.pattern[start..self.at]));
        }
        Ok(true)
    }

    fn escape(&mut self, start: usize) -> Result<Last, String> {
        let Some(c) = self.rest().chars().next() else {
            return Err(error("trailing backslash at end of expression", ""));
        };
        match c {
            'A' | 'z' => {
                self.at += 1;
                self.out.push('\\');
                self.out.push(c);
                return Ok(Last::Atom);
            }
            'b' | 'B' => {
                self.at += 1;
                self.out.push_str(if c == 'b' { r"(?-u:\b)" } else { r"(?-u:\B)" });
                return Ok(Last::Atom);
            }
            'Q' => {
                self.at += 1;
                let end = self.rest().find("\\E");
                let text = &self.rest()[..end.unwrap_or(self.rest().len())];
                self.at += text.len() + if end.is_some() { 2 } else { 0 };
                text.chars().for_each(|c| self.literal(c));
                return Ok(if text.is_empty() { Last::Nothing } else { Last::Atom });
            }
            _ => {}
        }
        if let Some(class) = class::escape(self, start)? {
            self.out.push('[');
            self.out.push_str(&class);
            self.out.push(']');
            return Ok(Last::Atom);
        }
        let c = class::escaped_char(self, start)?;
        self.literal(c);
        Ok(Last::Atom)
    }
}

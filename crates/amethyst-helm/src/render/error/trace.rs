//! Helm's rewriting of Go's errors.

use super::{WARNING_END, WARNING_START};

/// One link of Go's chain of errors, as Helm takes it apart.
#[derive(Debug, PartialEq, Eq)]
struct Link<'a> {
    location: &'a str,
    message: &'a str,
    executed: Option<(&'a str, &'a str)>,
    /// All of the message, with what it wraps.
    whole: &'a str,
}

/// The text of an error in a template that is none, its line, and what is wrong.
pub(super) fn parse_error(name: &str, message: &str) -> (String, u32, String) {
    let tokens: Vec<&str> = message.split(": ").collect();
    if tokens.len() == 1 {
        return (format!("parse error in ({name}): {message}"), 0, message.to_owned());
    }
    let (location, last) = (tokens[1], tokens[tokens.len() - 1]);
    let line = location.rsplit(':').next().and_then(|line| line.parse().ok()).unwrap_or(0);
    (format!("parse error at ({location}): {last}"), line, last.to_owned())
}

/// The text of an error of a template that failed.
pub(super) fn execution_error(name: &str, message: &str) -> String {
    let mut tokens = message.splitn(3, ": ");
    let (Some(_), Some(location), Some(rest)) = (tokens.next(), tokens.next(), tokens.next()) else {
        return format!("execution error in ({name}): {message}");
    };
    if let Some(warning) = warning(rest) {
        return format!("execution error at ({location}): {warning}");
    }
    let mut links: Vec<Link<'_>> = Vec::new();
    let mut current = Some(message);
    while let Some(text) = current {
        let Some(link) = link(text) else { return message.to_owned() };
        current = wrapped(&link);
        links.push(link);
    }
    let text: String = links.iter().map(Link::text).collect();
    text.trim().to_owned()
}

/// What `required` or `fail` said.
fn warning(text: &str) -> Option<&str> {
    let start = text.find(WARNING_START)? + WARNING_START.len();
    let end = text.rfind(WARNING_END)?;
    text.get(start..end)
}

/// What went wrong in the innermost template.
pub(super) fn innermost(message: &str) -> String {
    if let Some(warning) = warning(message) {
        return warning.to_owned();
    }
    // The context of each link stands in `<>`, which texts may hold too: the last one is the innermost.
    let last = message.rfind(": executing ").map_or(message, |at| &message[at..]);
    let last = last.find(">: ").map_or(last, |at| &last[at + 3..]);
    last.to_owned()
}

/// Reads one link.
fn link(text: &str) -> Option<Link<'_>> {
    let rest = text.strip_prefix("template: ")?;
    if rest.starts_with("no template ") {
        return Some(Link { location: "", message: text, executed: None, whole: text });
    }
    if let Some((location, after)) = rest.split_once(": executing ")
        && let Some(quoted) = after.strip_prefix('"')
    {
        let found = quoted.find('"').and_then(|end| {
            let at = quoted[end + 1..].strip_prefix(" at <")?;
            let (node, message) = at.split_once(">: ")?;
            Some((&quoted[..end], node, message))
        });
        if let Some((function, node, message)) = found {
            return Some(Link {
                location,
                message: cut(message),
                executed: Some((function, node)),
                whole: message,
            });
        }
    }
    let at = rest.rfind(": ")?;
    let message = &rest[at + 2..];
    Some(Link { location: &rest[..at], message: cut(message), executed: None, whole: message })
}

fn cut(message: &str) -> &str {
    message.find(" template:").map_or(message, |at| &message[..at])
}

/// The error that a link wraps: what a function that was called said.
fn wrapped<'a>(link: &Link<'a>) -> Option<&'a str> {
    link.executed?;
    let (_, inner) = link.whole.strip_prefix("error calling ")?.split_once(": ")?;
    Some(inner)
}

impl Link<'_> {
    fn text(&self) -> String {
        let mut out = String::new();
        if !self.location.is_empty() {
            out.push_str(&format!("{}\n  ", self.location));
        }
        if let Some((function, node)) = self.executed {
            out.push_str(&format!("executing \"{function}\" at <{node}>:\n    "));
        }
        if !self.message.is_empty() {
            out.push_str(&format!("{}\n", self.message));
        }
        out
    }
}

/// Go's `%q`.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0b' => out.push_str("\\v"),
            '\x0c' => out.push_str("\\f"),
            '\0'..'\x20' | '\x7f' => out.push_str(&format!("\\x{:02x}", character as u32)),
            '\u{80}'..'\u{a1}'
            | '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}'
            | '\u{feff}' => {
                out.push_str(&format!("\\u{:04x}", character as u32));
            }
            character => out.push(character),
        }
    }
    out.push('"');
    out
}

//! What upstream says about its types and their fields, for `kubectl explain`.
//!
//! The text is no part of this repository: `build.rs` takes it from the source of the dependency `k8s_openapi`.
//! It lies compressed in the program, a block for each package of types, and is unpacked by who writes a
//! document and dropped with it: nothing is kept in memory. Types without a schema there (lists above all) have
//! none here.

use std::collections::HashMap;
use std::ops::Range;

/// Package and compressed block, sorted by package.
static BLOCKS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/descriptions.rs"));

/// The descriptions of the packages that were asked for.
#[derive(Debug, Default)]
pub struct Descriptions {
    packages: HashMap<String, Package>,
}

#[derive(Debug, Default)]
struct Package {
    text: String,
    /// The lines of each type by its short name.
    types: HashMap<String, Range<usize>>,
}

/// The descriptions of one type.
#[derive(Clone, Copy, Debug)]
pub struct Described<'a>(&'a str);

impl Descriptions {
    /// The descriptions of a type by upstream's name: `io.k8s.api.core.v1.Pod`.
    pub fn of(&mut self, name: &str) -> Option<Described<'_>> {
        let (package, short) = name.rsplit_once('.')?;
        if !self.packages.contains_key(package) {
            self.packages.insert(package.to_owned(), Package::unpack(package));
        }
        let package = self.packages.get(package)?;
        let lines = package.types.get(short)?.clone();
        Some(Described(&package.text[lines]))
    }
}

impl Package {
    fn unpack(name: &str) -> Self {
        let Ok(at) = BLOCKS.binary_search_by(|(package, _)| (*package).cmp(name)) else {
            return Self::default();
        };
        let bytes = lz4_flex::decompress_size_prepended(BLOCKS[at].1).expect("the build compressed it");
        let text = String::from_utf8(bytes).expect("the build compressed text");
        let mut types = HashMap::new();
        let starts: Vec<usize> = text
            .match_indices('=')
            .map(|(at, _)| at)
            .filter(|at| *at == 0 || text.as_bytes()[at - 1] == b'\n')
            .collect();
        for (place, start) in starts.iter().enumerate() {
            let end = starts.get(place + 1).copied().unwrap_or(text.len());
            let short = text[start + 1..end].split(' ').next().unwrap_or_default();
            types.insert(short.to_owned(), *start..end);
        }
        Self { text, types }
    }
}

impl Described<'_> {
    /// What is said of the type itself.
    pub fn own(&self) -> Option<String> {
        let (_, text) = self.0.lines().next()?.split_once(' ')?;
        (!text.is_empty()).then(|| unescape(text))
    }

    /// What is said of a field.
    pub fn field(&self, name: &str) -> Option<String> {
        let found = self.0.lines().skip(1).find_map(|line| {
            let (field, text) = line.strip_prefix(' ')?.split_once(' ')?;
            (field == name).then_some(text)
        });
        found.map(unescape)
    }
}

/// The value of a Rust literal without its quotes.
fn unescape(literal: &str) -> String {
    let mut out = String::with_capacity(literal.len());
    let mut characters = literal.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('u') => {
                let code: String = characters.by_ref().skip(1).take_while(|next| *next != '}').collect();
                out.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Descriptions, unescape};

    #[test]
    fn most_types_are_described_and_so_are_their_fields() {
        let mut descriptions = Descriptions::default();
        let (mut described, mut all) = (0, 0);
        for (name, _) in crate::schemas().names() {
            all += 1;
            described += usize::from(descriptions.of(name).is_some_and(|words| words.own().is_some()));
        }
        assert!(described * 100 > all * 75, "{described} of {all}");
        let pod = descriptions.of("io.k8s.api.core.v1.Pod").unwrap();
        assert!(pod.field("spec").is_some_and(|text| text.len() > 20));
        assert_eq!(pod.field("nothing"), None);
        assert!(descriptions.of("io.k8s.api.core.v1.Nothing").is_none());
        assert!(descriptions.of("org.example.Nothing").is_none());
    }

    #[test]
    fn literals_are_read_as_rust_reads_them() {
        assert_eq!(unescape(r#"a \"b\"\n\tc\\ \u{e9}\'"#), "a \"b\"\n\tc\\ é'");
    }
}

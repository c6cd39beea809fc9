//! The first document of a body, as `sigs.k8s.io/yaml` reads one: what follows it is not looked at.

use amethyst_object::Value;

use super::build::{Builder, Finished};
use super::events::{control_character_at, fault_at_end};
use super::{Document, Item, Stream, YamlFault, finish, unreadable};
use crate::Dialect;
use crate::make::Values;
use crate::node::Trees;

/// go-yaml's reader takes this many bytes at once, and refuses all of them for one that may not be there.
const CHUNK_BYTES: usize = 512;
/// How far its scanner looks ahead.
const AHEAD_BYTES: usize = 4;

/// Reads the first document, and nothing of those that follow: whatever is wrong with them is not seen. An
/// empty one is null. Bytes that are no text count as far as go-yaml's reader would have come.
pub fn parse_first(bytes: &[u8], dialect: Dialect) -> Result<Document, YamlFault> {
    let (text, no_text) = readable(bytes);
    let mut stream = Stream::new(text, dialect);
    let mut values = Values;
    let mut builder = Builder::new(dialect, &mut values, None);
    let (mut is_broken, mut found) = (false, None);
    loop {
        match stream.next() {
            Some(Item::Start) => builder.begin(),
            Some(Item::Event(event, place)) => builder.event(event, place),
            Some(Item::End(index)) => {
                found = Some(finish(&mut builder, || Trees::new(text, dialect).document(index)));
                break;
            }
            Some(Item::Broken(index, fault)) => {
                let fault = unreadable(&mut builder, || Trees::new(text, dialect).document(index), fault);
                (is_broken, found) = (true, Some(Err(fault)));
                break;
            }
            None => break,
        }
    }
    // A stream that broke stands at the next document already: then all counts as read.
    let read = if is_broken { text.len() } else { stream.read_bytes() };
    if let Some(fault) = no_text
        && text.len() < (read + AHEAD_BYTES).next_multiple_of(CHUNK_BYTES)
    {
        return Err(fault);
    }
    let Finished { value, line, duplicates } = found.transpose()?.flatten().unwrap_or_else(empty);
    Ok(Document { value, line, index: 0, duplicates })
}

fn empty() -> Finished<Value> {
    Finished { value: Value::Null, line: 1, duplicates: Vec::new() }
}

/// The text up to the first thing that libyaml does not read, and what that is.
fn readable(bytes: &[u8]) -> (&str, Option<YamlFault>) {
    let (text, is_cut) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, false),
        Err(error) => {
            let (text, _) = bytes.split_at(error.valid_up_to());
            (std::str::from_utf8(text).unwrap_or_default(), true)
        }
    };
    match control_character_at(text) {
        Some((at, fault)) => (&text[..at], Some(fault)),
        None => (text, is_cut.then(|| fault_at_end(text, "invalid leading UTF-8 octet"))),
    }
}

#[cfg(test)]
mod tests {
    use amethyst_object::json;

    use super::parse_first;
    use crate::Dialect;

    fn read(bytes: &[u8]) -> String {
        match parse_first(bytes, Dialect::GoV2) {
            Ok(document) => json::to_string(&document.value),
            Err(fault) => fault.to_string(),
        }
    }

    /// Observed of `YAMLToJSON` of sigs.k8s.io/yaml 1.6.0.
    #[test]
    fn only_the_first_document_counts() {
        let first = "apiVersion: v1\nkind: ConfigMap\n";
        let object = r#"{"apiVersion":"v1","kind":"ConfigMap"}"#;
        let long = "y".repeat(600);
        for later in [
            "---\na: [\n",
            "---\n\t- x: :\n  y",
            "--- {a: b",
            "---\na: &x *y\n",
            "---\na: b\na: c\n",
            "...\ngarbage: [\n",
            "... x\n",
            "---\n%YAML 9.9\n",
            "...\n%YAML 9.9\n---\n",
            "...\n%TAG ! x\n---\n",
            "---\n@bad\n",
            "--- @bad\n",
            "--- |\n x\n--- [",
            &format!("---\n# {long}\nx: \u{1}\n"),
        ] {
            assert_eq!(read(format!("{first}{later}").as_bytes()), object, "{later:?}");
        }
        let cut = [first, "---\n# ", &long, "\nx: "].concat().into_bytes();
        assert_eq!(read(&[cut, vec![0xff]].concat()), object);
        for (text, expect) in [
            (&b"---\n---\na: b\n"[..], "null"),
            (b"---\n\n---\na: [", "null"),
            (b"---\n# only\n---\n[", "null"),
            (b"# c\n---\na: b\n---\n[", r#"{"a":"b"}"#),
            (b"", "null"),
            (b"{\"a\": 1}\n---\n[", r#"{"a":1}"#),
            (b"{\"a\": 1} x", r#"{"a":1}"#),
            (b"- a\n---\n[", r#"["a"]"#),
            (b"a: b\n---\nx: \x01\n", "yaml: control characters are not allowed"),
            (b"a: b\n---\nx: \xff\n", "yaml: invalid leading UTF-8 octet"),
            (b"...\na: b\n", "yaml: did not find expected node content"),
            (b"a: [\n---\nb: c\n", "yaml: line 1: did not find expected node content"),
        ] {
            assert_eq!(read(text), expect, "{:?}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn keys_that_stand_twice_are_told_of_the_first_document_alone() {
        let keys = |text: &str| parse_first(text.as_bytes(), Dialect::GoV2).unwrap().duplicates.len();
        assert_eq!((keys("a: b\na: c\n---\n["), keys("a: b\n---\na: b\na: c\n")), (1, 0));
    }
}

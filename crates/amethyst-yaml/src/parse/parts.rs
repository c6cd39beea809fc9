//! A bound on how much a text may unfold into.
//!
//! Text is small beside what is made of it: `{a},` are four bytes and a map with a key and a value. So what
//! could be a value is counted before anything is read.

use super::YamlFault;

/// How many values one text may hold, about. Read, they take some 250 bytes each at worst: a gigabyte.
const PARTS_MAX: usize = 4_000_000;

/// What is said of a text that may hold more values than that: every value but the first comes after a comma,
/// an opening bracket, a dash or a new line. Those in texts count too, of which no file has so many.
pub(super) fn too_many(text: &str) -> Option<YamlFault> {
    if text.len() <= PARTS_MAX {
        return None;
    }
    let bytes = text.as_bytes();
    let mut count = usize::from(bytes.last() == Some(&b'-'));
    for pair in bytes.windows(2) {
        count += usize::from(matches!(pair, [b',' | b'[' | b'{' | b'\n', _] | [b'-', b' ']));
    }
    let message = format!("the text holds more than {PARTS_MAX} values");
    (count > PARTS_MAX).then_some(YamlFault { message, line: 1, column: 1, go_line: None })
}

#[cfg(test)]
mod tests {
    use super::{PARTS_MAX, too_many};
    use crate::{Dialect, parse_all, parse_one, parse_raw};

    #[test]
    fn a_text_of_too_many_values_is_one_fault() {
        for (begin, part, end) in [("a: [", "1,", "1]\n"), ("", "- - 1\n", ""), ("a: [", "{b},", "]\n")] {
            let text = format!("{begin}{}{end}", part.repeat(PARTS_MAX));
            let fault = parse_one(&text, Dialect::GoV2).unwrap_err();
            assert_eq!(fault.to_string(), "yaml: the text holds more than 4000000 values");
            assert_eq!((fault.line, fault.column), (1, 1));
            for (documents, faults) in [parse_all(&text, Dialect::GoV3), parse_raw(&text)] {
                assert_eq!((documents.len(), faults.len()), (0, 1));
            }
        }
    }

    #[test]
    fn a_long_text_is_no_bomb() {
        let text = format!("a: |\n{}", "  some words, and more words of a text\n".repeat(500_000));
        assert!(text.len() > 4 * PARTS_MAX);
        assert_eq!(too_many(&text), None);
    }
}

//! What was seen of a tree as bytes: each question by its number and path, each answer by its kind.

use super::{Answer, Question, Seen};
use crate::{BlobId, FileKind, TreePath};

const QUESTIONS: [Question; 4] = [Question::File, Question::IsFolder, Question::Children, Question::Below];

const KINDS: [FileKind; 3] = [FileKind::Regular, FileKind::Executable, FileKind::Symlink];

pub(super) fn write(seen: &Seen) -> Vec<u8> {
    let mut out = Vec::new();
    number(&mut out, seen.len());
    for ((question, path), answer) in seen {
        out.push(*question as u8);
        text(&mut out, path);
        match answer {
            Answer::Blob(None) => out.push(0),
            Answer::Blob(Some((kind, blob))) => {
                out.extend([1, *kind as u8]);
                text(&mut out, &blob.0);
            }
            Answer::Is(is) => out.extend([2, u8::from(*is)]),
            Answer::Listing(first, second, count) => {
                out.push(3);
                out.extend(first.to_le_bytes());
                out.extend(second.to_le_bytes());
                number(&mut out, *count);
            }
        }
    }
    out
}

fn number(out: &mut Vec<u8>, number: usize) {
    out.extend((number as u64).to_le_bytes());
}

fn text(out: &mut Vec<u8>, text: &str) {
    number(out, text.len());
    out.extend(text.as_bytes());
}

pub(super) fn read(bytes: &[u8]) -> Option<Seen> {
    let mut reader = Reader(bytes);
    let count = reader.number()?;
    let mut seen = Seen::new();
    for _ in 0..count {
        let question = *QUESTIONS.get(usize::from(reader.byte()?))?;
        let path = TreePath::from(reader.text()?);
        let answer = match reader.byte()? {
            0 => Answer::Blob(None),
            1 => {
                let kind = *KINDS.get(usize::from(reader.byte()?))?;
                Answer::Blob(Some((kind, BlobId(reader.text()?.into()))))
            }
            2 => Answer::Is(reader.byte()? == 1),
            3 => {
                let (first, second) = (reader.number()?, reader.number()?);
                Answer::Listing(first, second, usize::try_from(reader.number()?).ok()?)
            }
            _ => return None,
        };
        seen.insert((question, path), answer);
    }
    reader.0.is_empty().then_some(seen)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn number(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        std::str::from_utf8(self.take(length)?).ok()
    }
}

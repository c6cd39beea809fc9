//! All results of a memo as bytes, for the caller to keep where it likes.

use bytes::Bytes;

use super::{Key, Left, Memo};
use crate::repository::stored::{Reader, Stored, Writer};

/// After so many runs that did not ask for a result it is dropped.
const AGE_MAX: u8 = 20;

/// How many bytes a key takes.
const KEY_LENGTH: usize = size_of::<Key>();

impl<T: Stored> Memo<T> {
    /// Appends what was used in this run, and what earlier ones left and may be asked for again, newest first, as
    /// long as there is room for it.
    pub(in crate::repository) fn write(&self, out: &mut Writer, mut room: usize) {
        let inner = self.lock();
        let mut all: Vec<(Key, u8, Bytes, Vec<Bytes>)> = Vec::new();
        for (key, variants) in &inner.results {
            for kept in variants {
                if let Some(left) = &kept.left {
                    all.push((*key, 0, left.trace.clone(), vec![left.result.clone()]));
                    continue;
                }
                let mut result = Writer::default();
                if kept.result.write(&mut result) {
                    all.push((*key, 0, kept.trace.to_bytes().into(), result.into_parts()));
                }
            }
        }
        for (key, left) in &inner.left {
            // What was asked for stands among the results.
            if !inner.results.contains_key(key) {
                let aged = left.iter().filter(|one| one.age < AGE_MAX);
                all.extend(aged.map(|one| (*key, one.age + 1, one.trace.clone(), vec![one.result.clone()])));
            }
        }
        all.sort_by_key(|(key, age, ..)| (*age, *key));
        let size = |parts: &[Bytes]| parts.iter().map(Bytes::len).sum::<usize>();
        all.retain(|(_, _, trace, result)| {
            let bytes = KEY_LENGTH + trace.len() + size(result);
            let fits = bytes <= room;
            room -= if fits { bytes } else { 0 };
            fits
        });
        out.list(&all, |out, (key, age, trace, result)| {
            out.raw(key);
            out.byte(*age);
            out.bytes(trace);
            out.number(size(result));
            for part in result {
                out.raw_shared(part);
            }
        });
    }

    /// Takes in what was appended by [`Memo::write`]; `None` when it was something else.
    pub(in crate::repository) fn read(&self, reader: &mut Reader) -> Option<()> {
        let all = reader.list(|reader| {
            let key: Key = reader.take(KEY_LENGTH)?.as_ref().try_into().ok()?;
            let age = reader.byte()?;
            Some((key, Left { trace: reader.bytes()?, result: reader.bytes()?, age }))
        })?;
        let mut inner = self.lock();
        for (key, left) in all {
            inner.left.entry(key).or_default().push(left);
        }
        Some(())
    }
}

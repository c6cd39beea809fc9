//! All results of a memo as bytes, for the caller to keep where it likes.

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
        let mut all: Vec<(Key, Left)> = Vec::new();
        for (key, variants) in &inner.results {
            for kept in variants {
                if let Some(left) = &kept.left {
                    all.push((*key, Left { age: 0, ..left.clone() }));
                    continue;
                }
                let mut result = Writer::default();
                if kept.result.write(&mut result) {
                    let (trace, result) = (kept.trace.to_bytes().into(), result.0.into());
                    all.push((*key, Left { trace, result, age: 0 }));
                }
            }
        }
        for (key, left) in &inner.left {
            // What was asked for stands among the results.
            if !inner.results.contains_key(key) {
                let aged = left.iter().map(|one| Left { age: one.age.saturating_add(1), ..one.clone() });
                all.extend(aged.filter(|one| one.age <= AGE_MAX).map(|one| (*key, one)));
            }
        }
        all.sort_by_key(|(key, left)| (left.age, *key));
        all.retain(|(_, left)| {
            let size = KEY_LENGTH + left.trace.len() + left.result.len();
            let fits = size <= room;
            room -= if fits { size } else { 0 };
            fits
        });
        out.list(&all, |out, (key, left)| {
            out.0.extend_from_slice(key);
            out.byte(left.age);
            out.bytes(&left.trace);
            out.bytes(&left.result);
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

//! Entries as bytes for the log: a version byte, then length-prefixed parts. The index is written too, so
//! that opening a store parses no JSON.

use amethyst_object::Str;
use bytes::Bytes;

use super::{Entry, Index, Owner};

const VERSION: u8 = 1;

pub(super) fn encode(entry: &Entry, out: &mut Vec<u8>) {
    out.push(VERSION);
    out.extend_from_slice(&entry.metadata_at.to_le_bytes());
    part(&entry.body, out);
    part(&entry.managed, out);
    let index = &entry.index;
    out.push(u8::from(index.deleting));
    out.extend_from_slice(&index.generation.to_le_bytes());
    text(&index.uid, out);
    count(index.labels.len(), out);
    for (key, value) in index.labels.iter() {
        text(key, out);
        text(value, out);
    }
    count(index.owners.len(), out);
    for owner in index.owners.iter() {
        for field in [&owner.api_version, &owner.kind, &owner.name, &owner.uid] {
            text(field, out);
        }
        out.push(u8::from(owner.controller) | u8::from(owner.block_owner_deletion) << 1);
    }
    count(index.finalizers.len(), out);
    for finalizer in index.finalizers.iter() {
        text(finalizer, out);
    }
}

pub(super) fn decode(bytes: &[u8]) -> Option<Entry> {
    let mut input = Input(bytes);
    if input.byte()? != VERSION {
        return None;
    }
    let metadata_at = input.u32()?;
    let body = Bytes::copy_from_slice(input.part()?);
    let managed = Bytes::copy_from_slice(input.part()?);
    let deleting = input.byte()? == 1;
    let generation = i64::from_le_bytes(input.take(8)?.try_into().ok()?);
    let uid = input.text()?;
    let labels: Option<_> = (0..input.u32()?).map(|_| Some((input.text()?, input.text()?))).collect();
    let labels: Vec<(Str, Str)> = labels?;
    let owners: Option<Vec<Owner>> = (0..input.u32()?).map(|_| input.owner()).collect();
    let finalizers: Option<Vec<Str>> = (0..input.u32()?).map(|_| input.text()).collect();
    let index = Index {
        uid,
        labels: labels.into(),
        owners: owners?.into(),
        finalizers: finalizers?.into(),
        deleting,
        generation,
    };
    input.0.is_empty().then_some(Entry { body, managed, index, metadata_at })
}

fn count(number: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}

fn part(bytes: &[u8], out: &mut Vec<u8>) {
    count(bytes.len(), out);
    out.extend_from_slice(bytes);
}

fn text(text: &str, out: &mut Vec<u8>) {
    part(text.as_bytes(), out);
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(head)
    }

    fn byte(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn part(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()? as usize;
        self.take(length)
    }

    fn text(&mut self) -> Option<Str> {
        Some(std::str::from_utf8(self.part()?).ok()?.into())
    }

    fn owner(&mut self) -> Option<Owner> {
        let (api_version, kind, name, uid) = (self.text()?, self.text()?, self.text()?, self.text()?);
        let flags = self.byte()?;
        let (controller, block_owner_deletion) = (flags & 1 != 0, flags & 2 != 0);
        Some(Owner { api_version, kind, name, uid, controller, block_owner_deletion })
    }
}

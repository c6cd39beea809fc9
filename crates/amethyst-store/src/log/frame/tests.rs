//! Laws of the frame codec: round trip, and no damage goes unseen.

use proptest::prelude::*;

use crate::{
    key::Revision,
    log::frame::{Entries, Entry, Frame, FrameBuilder, FrameHead},
};

#[derive(Clone, Debug)]
enum Change {
    Put(String, u64, u64, Vec<u8>),
    Delete(String),
}

fn change() -> impl Strategy<Value = Change> {
    let bytes = proptest::collection::vec(any::<u8>(), 0..200);
    prop_oneof![
        ("\\PC{0,40}", any::<u64>(), any::<u64>(), bytes).prop_map(|(k, c, m, r)| Change::Put(k, c, m, r)),
        "\\PC{0,40}".prop_map(Change::Delete),
    ]
}

fn head() -> impl Strategy<Value = FrameHead> {
    any::<(bool, u64, u64, u64, u64)>().prop_map(|(clean, sequence, revision, reserved, base)| FrameHead {
        clean,
        sequence,
        revision: Revision(revision),
        reserved: Revision(reserved),
        base,
    })
}

fn build(head: &FrameHead, changes: &[Change]) -> Vec<u8> {
    let mut frame = FrameBuilder::new();
    for change in changes {
        match change {
            Change::Put(key, created, modified, record) => {
                frame.put(key, Revision(*created), Revision(*modified), |out| out.extend(record));
            }
            Change::Delete(key) => frame.delete(key),
        }
    }
    frame.finish(head, None).expect("far below the limit")
}

proptest! {
    #[test]
    fn what_was_written_is_read(
        head in head(),
        changes in proptest::collection::vec(change(), 0..8),
        behind in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut bytes = build(&head, &changes);
        let size = bytes.len();
        bytes.extend(behind);
        let frame = Frame::parse(&bytes).unwrap();
        prop_assert_eq!(frame.head, head);
        prop_assert_eq!((frame.size, frame.count as usize), (size, changes.len()));
        let opened = frame.open(None).unwrap();
        let entries: Vec<_> = Entries::of(&opened).map(Option::unwrap).collect();
        prop_assert_eq!(entries.len(), changes.len());
        for (entry, change) in entries.iter().zip(&changes) {
            match (entry, change) {
                (Entry::Put { key, created, modified, record, .. }, Change::Put(k, c, m, r)) => {
                    prop_assert_eq!((*key, created.0, modified.0, *record), (k.as_str(), *c, *m, r.as_slice()));
                }
                (Entry::Delete { key }, Change::Delete(k)) => prop_assert_eq!(*key, k.as_str()),
                _ => prop_assert!(false, "{:?} became {:?}", change, entry),
            }
        }
    }

    #[test]
    fn a_changed_bit_is_seen(
        head in head(),
        changes in proptest::collection::vec(change(), 0..4),
        at in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let mut bytes = build(&head, &changes);
        let padding = bytes.len() - Frame::parse(&bytes).unwrap().entries.len() - super::HEAD_BYTES;
        let at = at.index(bytes.len() - padding);
        bytes[at] ^= 1 << bit;
        prop_assert!(Frame::parse(&bytes).is_err());
    }

    #[test]
    fn a_cut_is_seen(head in head(), changes in proptest::collection::vec(change(), 0..4), at in any::<prop::sample::Index>()) {
        let bytes = build(&head, &changes);
        prop_assert!(Frame::parse(&bytes[..at.index(bytes.len())]).is_err());
    }

    #[test]
    fn noise_is_no_frame_and_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Frame::parse(&bytes).is_err());
        // Entries behind a checksum that happens to be right must not panic either.
        super::Entries { rest: &bytes }.for_each(drop);
    }
}

#[test]
fn zeros_are_no_frame() {
    assert_eq!(Frame::parse(&[0; 4096]).unwrap_err(), "there is no frame");
}

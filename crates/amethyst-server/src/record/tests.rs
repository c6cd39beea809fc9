//! Entries survive the log, and what is kept apart stays apart.

use amethyst_object::{Value, value};
use amethyst_store::Record;
use bytes::Bytes;

use super::{Entry, Index};

fn entry(object: Value) -> Entry {
    let Value::Object(map) = object else { panic!("an object") };
    Entry::new(map, Bytes::from_static(b"[]"))
}

#[test]
fn an_entry_comes_back_from_its_bytes() {
    let entry = entry(value!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {
            "name": "a", "uid": "u", "resourceVersion": "9", "managedFields": [], "generation": 3,
            "labels": {"b": "c"}, "finalizers": ["x/y"], "deletionTimestamp": "2026-01-01T00:00:00Z",
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": "o",
                "controller": true, "blockOwnerDeletion": true}],
        },
    }));
    let mut bytes = Vec::new();
    entry.encode(&mut bytes);
    assert_eq!(Entry::decode(&bytes).unwrap(), entry);
    assert!(Entry::decode(&bytes[..bytes.len() - 1]).is_err());
    assert_eq!(entry.index.label("b"), Some("c"));
    assert!(entry.index.deleting && entry.index.owners[0].block_owner_deletion);
    assert_eq!(&entry.body[entry.metadata_at as usize - 12..][..12], b"\"metadata\":{");
    assert!(!entry.body.windows(15).any(|window| window == b"resourceVersion"));
}

#[test]
fn an_object_without_metadata_has_an_empty_index() {
    assert_eq!(entry(value!({"kind": "X"})).index, Index::default());
}

//! Protobuf bodies: what decodes is encoded again, and from then on nothing changes any more. The first document
//! may hold a null where the second holds nothing: an empty message of a time is Go's null.
#![no_main]

use amethyst_kinds::protobuf::{Encoder, decode};
use amethyst_object::{GroupVersion, json};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = decode(bytes) else { return };
    let text = |key: &str| document.str_at(&[key]).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let home = GroupVersion::parse(api_version);
    let Some(encoder) = Encoder::of(&home.group, &home.version, kind) else { return };
    let mut encoded = Vec::new();
    if encoder.write_enveloped(api_version, kind, &json::to_vec(&document), &mut encoded).is_err() {
        return;
    }
    let again = decode(&encoded).expect("what we encode can be decoded");
    let mut twice = Vec::new();
    encoder
        .write_enveloped(api_version, kind, &json::to_vec(&again), &mut twice)
        .expect("what was encoded once can be encoded again");
    assert_eq!(encoded, twice);
});

//! Documents that sops encrypted: their values are not known here, and stand-ins take their places.
//!
//! A stand-in has the type of what it stands for. The one of a string names the ciphertext by a digest, so
//! that a difference between two revisions is seen without a key.

use amethyst_object::{Map, Object, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Whether sops encrypted the object.
pub(crate) fn is_encrypted(object: &Object) -> bool {
    object.0.get("sops").is_some_and(|sops| sops.get("mac").is_some() || sops.get("lastmodified").is_some())
}

/// Puts stand-ins for what is encrypted, and takes sops' own field out, as Flux does when it decrypts.
pub(crate) fn replace(object: &mut Object) {
    object.0.remove("sops");
    let is_secret = object.kind() == "Secret";
    for (key, value) in object.0.iter_mut() {
        stand_in(value, is_secret && key.as_str() == "data");
    }
}

fn stand_in(value: &mut Value, is_base64: bool) {
    match value {
        Value::String(text) => {
            if let Some(found) = replacement(text, is_base64) {
                *value = found;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| stand_in(item, is_base64)),
        Value::Object(map) => map.iter_mut().for_each(|(_, value)| stand_in(value, is_base64)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Bytes in hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut digits, byte| {
        let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
        digits.extend([digit(byte >> 4), digit(byte & 15)]);
        digits
    })
}

fn replacement(text: &str, is_base64: bool) -> Option<Value> {
    let inside = text.strip_prefix("ENC[AES256_GCM,")?.strip_suffix(']')?;
    let kind = inside.rsplit(',').find_map(|part| part.strip_prefix("type:")).unwrap_or("str");
    let name = || {
        let digest = Sha256::digest(text.as_bytes());
        format!("encrypted-{}", hex(&digest[..4]))
    };
    Some(match kind {
        "int" | "float" => Value::from(0_i64),
        "bool" => Value::Bool(false),
        _ if is_base64 => Value::from(STANDARD.encode(name())),
        _ => Value::from(name()),
    })
}

/// The strings of a ConfigMap's or Secret's data; a Secret's are decoded, and what is no text is left out.
pub(crate) fn strings(object: &Object) -> Vec<(String, String)> {
    let is_secret = object.kind() == "Secret";
    let pairs = |key: &str| {
        let map = object.0.get(key).and_then(Value::as_object);
        map.into_iter()
            .flat_map(Map::iter)
            .filter_map(|(key, value)| Some((key.to_string(), value.as_str()?)))
    };
    let decoded = pairs("data").filter_map(|(key, value)| {
        if !is_secret {
            return Some((key, value.to_owned()));
        }
        let bytes = STANDARD.decode(value.split_whitespace().collect::<String>()).ok()?;
        Some((key, String::from_utf8(bytes).ok()?))
    });
    let plain = pairs("stringData").filter(|_| is_secret).map(|(key, value)| (key, value.to_owned()));
    decoded.chain(plain).collect()
}

#[cfg(test)]
mod tests {
    use amethyst_object::{Object, value};

    use super::{is_encrypted, replace, strings};

    #[test]
    fn stand_ins_have_the_type_of_what_they_stand_for() {
        let secret = "ENC[AES256_GCM,data:qqq=,iv:aaa=,tag:bbb=,type:str]";
        let mut object = Object::from_value(value!({
            "kind": "Secret", "data": {"a": secret}, "stringData": {"b": secret, "c": "plain"},
            "spec": {"n": "ENC[AES256_GCM,data:q=,iv:a=,tag:b=,type:int]", "t": "ENC[AES256_GCM,data:q=,iv:a=,tag:b=,type:bool]"},
            "sops": {"mac": "x"},
        }))
        .unwrap();
        assert!(is_encrypted(&object));
        replace(&mut object);
        assert!(!is_encrypted(&object));
        let found = strings(&object);
        assert_eq!(found[0].1, found[1].1);
        assert!(found[0].1.starts_with("encrypted-") && found[0].1.len() == 18, "{found:?}");
        assert_eq!(found[2], ("c".to_owned(), "plain".to_owned()));
        assert_eq!(object.at(&["spec"]), Some(&value!({"n": 0, "t": false})));
    }
}

//! What differs from run to run. Bytes come from the host, which is told of each call.

use amethyst_gotemplate::{Engine, Function, Value};

use crate::arguments::{Answer, INT, SIZE_MAX, STRING, bytes, fixed, int};
use crate::encode::base64_of;
use crate::unicode::runes;

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("randAlphaNum", &[INT], |e, a| characters(e, "randAlphaNum", int(a, 0), ALPHANUMERIC)),
    fixed("randAlpha", &[INT], |e, a| characters(e, "randAlpha", int(a, 0), &ALPHANUMERIC[10..])),
    fixed("randNumeric", &[INT], |e, a| characters(e, "randNumeric", int(a, 0), &ALPHANUMERIC[..10])),
    fixed("randAscii", &[INT], |e, a| {
        let all: Vec<u8> = (b' '..=b'~').collect();
        characters(e, "randAscii", int(a, 0), &all)
    }),
    fixed("randBytes", &[INT], |e, a| {
        e.host().not_reproducible("randBytes");
        let count = usize::try_from(int(a, 0)).ok().filter(|count| *count <= SIZE_MAX);
        let count = count.ok_or_else(|| "runtime error: makeslice: len out of range".to_owned())?;
        let mut out = vec![0; count];
        e.host().random(&mut out);
        Ok(Value::from(base64_of(&out)))
    }),
    fixed("randInt", &[INT, INT], |e, a| {
        e.host().not_reproducible("randInt");
        let width = int(a, 1).wrapping_sub(int(a, 0));
        let width = u64::try_from(width).ok().filter(|width| *width > 0);
        let width = width.ok_or_else(|| "invalid argument to Intn".to_owned())?;
        Ok(Value::int(int(a, 0).wrapping_add(below(e, width) as i64)))
    }),
    fixed("shuffle", &[STRING], |e, a| {
        e.host().not_reproducible("shuffle");
        let mut runes = runes(bytes(a, 0));
        for last in (1..runes.len()).rev() {
            runes.swap(last, below(e, last as u64 + 1) as usize);
        }
        Ok(Value::from(runes.into_iter().collect::<String>()))
    }),
    fixed("uuidv4", &[], |e, _| {
        e.host().not_reproducible("uuidv4");
        let mut id = [0; 16];
        e.host().random(&mut id);
        id[6] = id[6] & 0x0f | 0x40;
        id[8] = id[8] & 0x3f | 0x80;
        let hex = format!("{:032x}", u128::from_be_bytes(id));
        let groups = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
        Ok(Value::from(groups.join("-")))
    }),
];

const ALPHANUMERIC: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A number below `bound`, each as likely as the others.
pub(crate) fn below(engine: &mut Engine<'_>, bound: u64) -> u64 {
    let bound = bound.max(1);
    // Numbers from the last, incomplete row of `bound` would make the first ones likelier.
    let rest = u64::MAX % bound;
    loop {
        let mut word = [0; 8];
        engine.host().random(&mut word);
        let number = u64::from_le_bytes(word);
        if rest == bound - 1 || number < u64::MAX - rest {
            return number % bound;
        }
    }
}

fn characters(engine: &mut Engine<'_>, name: &'static str, count: i64, from: &[u8]) -> Answer {
    engine.host().not_reproducible(name);
    let Ok(count) = usize::try_from(count) else { return Ok(Value::from("")) };
    if count > SIZE_MAX {
        return Err("runtime error: makeslice: len out of range".into());
    }
    let text: String =
        (0..count).map(|_| char::from(from[below(engine, from.len() as u64) as usize])).collect();
    Ok(Value::from(text))
}

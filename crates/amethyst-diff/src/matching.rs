//! Which object of one side is which of the other.
//!
//! Objects are the same when group, kind, namespace and name are: another version of the API is a change of the
//! object, another producer a move. ConfigMaps, Secrets and Jobs whose names end in a hash of their content are
//! the same when the rest of their names is.

use std::collections::HashMap;

use crate::secret::split_api_version;
use crate::side::{Rendered, Side};

/// The places of an object on both sides.
pub(crate) type Pair = (Option<usize>, Option<usize>);

/// The length of the hash that kustomize appends.
const KUSTOMIZE_HASH_LENGTH: usize = 10;
/// The letters and digits of that hash.
const KUSTOMIZE_HASH_ALPHABET: &[u8] = b"2456789bcdfghkmt";
/// Shorter ends of names are no hashes.
const HEX_HASH_LENGTH_MIN: usize = 6;

type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

/// Pairs up the objects that `wanted` wants, in the order of the side after, then those that are gone.
pub(crate) fn pairs(before: &Side, after: &Side, wanted: &dyn Fn(&Rendered) -> bool) -> Vec<Pair> {
    let mut index: HashMap<Key<'_>, Places, foldhash::fast::RandomState> =
        HashMap::with_capacity_and_hasher(before.objects.len(), foldhash::fast::RandomState::default());
    for (at, rendered) in before.objects.iter().enumerate().filter(|(_, rendered)| wanted(rendered)) {
        index.entry(key(rendered)).and_modify(|places| places.push(at)).or_insert(Places::One(at));
    }
    let mut pairs: Vec<Pair> = Vec::new();
    let mut taken = vec![false; before.objects.len()];
    let mut second_round = Vec::new();
    for (at, rendered) in after.objects.iter().enumerate().filter(|(_, rendered)| wanted(rendered)) {
        // An object that several producers apply is first looked for with the same producer.
        let same = |old: &usize| !taken[*old] && before.objects[*old].producer.is(&rendered.producer);
        let found = index.get(&key(rendered)).and_then(|places| places.as_slice().iter().copied().find(same));
        if let Some(old) = found {
            taken[old] = true;
            pairs.push((Some(old), Some(at)));
        } else {
            second_round.push(at);
        }
    }
    let mut new = Vec::new();
    second_round.sort_by(|left, right| after.objects[*left].producer.cmp(&after.objects[*right].producer));
    for at in second_round {
        let places = index.get(&key(&after.objects[at]));
        let free = places.into_iter().flat_map(Places::as_slice).copied().filter(|old| !taken[*old]);
        match free.min_by(|left, right| before.objects[*left].producer.cmp(&before.objects[*right].producer))
        {
            Some(old) => {
                taken[old] = true;
                pairs.push((Some(old), Some(at)));
            }
            None => new.push(at),
        }
    }
    let gone = |old: &usize| !taken[*old] && wanted(&before.objects[*old]);
    let gone: Vec<usize> = (0..before.objects.len()).filter(gone).collect();
    renamed(before, after, gone, new, &mut pairs);
    pairs
}

/// Pairs what is gone with what is new by the names without their hashes; the rest stays single.
fn renamed(before: &Side, after: &Side, gone: Vec<usize>, new: Vec<usize>, pairs: &mut Vec<Pair>) {
    let mut stems: HashMap<Key<'_>, Vec<usize>> = HashMap::new();
    for at in &new {
        if let Some(stem) = stem(&after.objects[*at]) {
            stems.entry(stem).or_default().push(*at);
        }
    }
    let mut partner: HashMap<usize, usize> = HashMap::new();
    for old in gone {
        let rendered = &before.objects[old];
        let candidates = stem(rendered).and_then(|stem| stems.get_mut(&stem));
        let found = candidates.and_then(|candidates| {
            let same = candidates.iter().position(|at| after.objects[*at].producer.is(&rendered.producer));
            same.map(|place| candidates.remove(place))
        });
        match found {
            Some(at) => {
                partner.insert(at, old);
            }
            None => pairs.push((Some(old), None)),
        }
    }
    pairs.extend(new.into_iter().map(|at| (partner.get(&at).copied(), Some(at))));
}

/// The places of one key: nearly always one.
enum Places {
    One(usize),
    More(Vec<usize>),
}

impl Places {
    fn push(&mut self, at: usize) {
        match self {
            Self::One(first) => *self = Self::More(vec![*first, at]),
            Self::More(places) => places.push(at),
        }
    }

    fn as_slice(&self) -> &[usize] {
        match self {
            Self::One(at) => std::slice::from_ref(at),
            Self::More(places) => places,
        }
    }
}

fn key(rendered: &Rendered) -> Key<'_> {
    let object = &rendered.object;
    (split_api_version(object.api_version()).0, object.kind(), object.namespace(), object.name())
}

/// The key with the hash at the end of the name cut off, for objects that get one.
fn stem(rendered: &Rendered) -> Option<Key<'_>> {
    let (group, kind, namespace, name) = key(rendered);
    if !matches!((group, kind), ("", "ConfigMap" | "Secret") | ("batch", "Job")) {
        return None;
    }
    let (stem, hash) = name.rsplit_once('-')?;
    is_hash(hash).then_some((group, kind, namespace, stem))
}

fn is_hash(text: &str) -> bool {
    let of_kustomize = text.len() == KUSTOMIZE_HASH_LENGTH
        && text.bytes().all(|byte| KUSTOMIZE_HASH_ALPHABET.contains(&byte));
    let is_hex = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    let hexadecimal = text.len() >= HEX_HASH_LENGTH_MIN
        && text.bytes().all(is_hex)
        && text.bytes().any(|byte| byte.is_ascii_digit());
    of_kustomize || hexadecimal
}

#[cfg(test)]
mod tests {
    use super::is_hash;

    #[test]
    fn hashes_are_told_from_words() {
        for hash in ["8b77dkt9mf", "5c9d8fbb8", "a1b2c3"] {
            assert!(is_hash(hash), "{hash}");
        }
        for word in ["config", "settings", "v1", "default", "decade", ""] {
            assert!(!is_hash(word), "{word}");
        }
    }
}

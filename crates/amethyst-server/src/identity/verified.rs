//! Tokens whose signatures were found right, so that a client that asks often costs one verification.
//!
//! Only what never changes is remembered: that these claims were signed by a key of ours. Times, audiences
//! and whether anything still exists are looked at each time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use amethyst_object::Map;
use sha2::{Digest, Sha256};

/// Tokens of one generation; two generations are kept.
const GENERATION_MAX: usize = 1024;

/// The memory of verified tokens: bounded, what was not used for a generation is forgotten.
#[derive(Debug, Default)]
pub(super) struct Verified(Mutex<Generations>);

type Claims = HashMap<[u8; 32], Arc<Map>>;

#[derive(Debug, Default)]
struct Generations {
    young: Claims,
    old: Claims,
}

impl Verified {
    /// The claims of a token, if it was verified before.
    pub(super) fn get(&self, token: &str) -> Option<Arc<Map>> {
        let key = key(token);
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(claims) = generations.young.get(&key) {
            return Some(Arc::clone(claims));
        }
        let claims = generations.old.remove(&key)?;
        generations.keep(key, Arc::clone(&claims));
        Some(claims)
    }

    /// Remembers a token that was verified.
    pub(super) fn put(&self, token: &str, claims: Map) -> Arc<Map> {
        let claims = Arc::new(claims);
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        generations.keep(key(token), Arc::clone(&claims));
        claims
    }
}

impl Generations {
    fn keep(&mut self, key: [u8; 32], claims: Arc<Map>) {
        if self.young.len() >= GENERATION_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, claims);
    }
}

fn key(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use amethyst_object::Map;

    use super::{GENERATION_MAX, Verified};

    #[test]
    fn what_is_used_stays_and_the_rest_goes() {
        let verified = Verified::default();
        verified.put("used", Map::new());
        for number in 0..GENERATION_MAX * 5 {
            verified.put(&number.to_string(), Map::new());
            assert!(verified.get("used").is_some(), "{number}");
        }
        assert!(verified.get("0").is_none());
        let generations = verified.0.lock().unwrap();
        assert!(generations.young.len() + generations.old.len() <= GENERATION_MAX * 2);
    }
}

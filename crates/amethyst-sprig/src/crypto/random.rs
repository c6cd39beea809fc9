//! The host's randomness as the `rsa` crate wants it.

use amethyst_gotemplate::Engine;
use rsa::rand_core::{CryptoRng, Error, RngCore};

/// Bytes from the host.
pub(super) struct Random<'a, 'b>(pub(super) &'a mut Engine<'b>);

impl RngCore for Random<'_, '_> {
    fn next_u32(&mut self) -> u32 {
        let mut word = [0; 4];
        self.fill_bytes(&mut word);
        u32::from_le_bytes(word)
    }

    fn next_u64(&mut self) -> u64 {
        let mut word = [0; 8];
        self.fill_bytes(&mut word);
        u64::from_le_bytes(word)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        self.0.host().random(out);
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Random<'_, '_> {}

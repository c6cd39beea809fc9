//! RSA keys, made fast: the library that reads, writes and uses them takes six times as long to find their primes.
//!
//! A key depends on nothing but the random bytes that it is made from. The search takes a time that tells about
//! the primes, as everybody's does.

mod montgomery;
mod prime;
mod sieve;

use montgomery::{WORD_BITS, Words};
use rsa::{BigUint, Error, RsaPrivateKey};

/// Fills a slice with random bytes.
pub type Random<'a> = dyn FnMut(&mut [u8]) + 'a;

/// How many bits a modulus has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// 2048.
    Bits2048,
    /// 4096.
    Bits4096,
}

const EXPONENT: u64 = 65_537;

/// Makes a key of two primes, with the public exponent 65537, as FIPS 186-5 (A.1.3) has it but for where the next
/// candidate comes from. Fails if the randomness repeats itself.
pub fn generate(size: Size, random: &mut Random<'_>) -> Result<RsaPrivateKey, Error> {
    match size {
        Size::Bits2048 => generate_of::<18>(1024, random),
        Size::Bits4096 => generate_of::<36>(2048, random),
    }
}

fn generate_of<const N: usize>(bits: usize, random: &mut Random<'_>) -> Result<RsaPrivateKey, Error> {
    let mut prime = || prime::random_prime::<N>(bits, random).ok_or(Error::InvalidPrime);
    let (p, q) = (number(&prime()?), number(&prime()?));
    let (p, q) = if p > q { (p, q) } else { (q, p) };
    // Closer than this they could be found from their product; random ones never are.
    if (&p - &q).bits() <= bits - 100 {
        return Err(Error::InvalidPrime);
    }
    RsaPrivateKey::from_p_q(p, q, BigUint::from(EXPONENT))
}

fn number<const N: usize>(words: &Words<N>) -> BigUint {
    words.iter().rev().fold(BigUint::default(), |number, word| (number << WORD_BITS) + BigUint::from(*word))
}

#[cfg(test)]
mod tests;

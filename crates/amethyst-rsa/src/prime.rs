//! The search for a random prime.

use crate::Random;
use crate::montgomery::{Modulus, Residue, WORD_BITS, Words, is_less};
use crate::sieve::Window;

/// A random prime of so many bits, in N words of 60, whose two highest bits are set and that is not 1 modulo 65537.
///
/// Odd numbers are tried upwards from a random one, so that a sieve rules most of them out; a prime after a
/// long gap is therefore likelier than others, which costs less than a bit of the search's entropy. `None` if the
/// randomness is none.
pub(crate) fn random_prime<const N: usize>(bits: usize, random: &mut Random<'_>) -> Option<Words<N>> {
    for _ in 0..STARTS_MAX {
        let mut start = random_words(bits, random);
        start[0] |= 1;
        for bit in [bits - 1, bits - 2] {
            start[bit / WORD_BITS] |= 1 << (bit % WORD_BITS);
        }
        // Past the highest number of this size, or in a desert: from another one then.
        for _ in 0..WINDOWS_MAX {
            for offset in Window::new(&start).candidates() {
                let candidate = plus(&start, offset);
                if bit(&candidate, bits) {
                    break;
                }
                if is_prime(&Modulus::new(candidate, bits), bits, random)? {
                    return Some(candidate);
                }
            }
            start = plus(&start, Window::WIDTH);
        }
    }
    None
}

const STARTS_MAX: usize = 16;
const WINDOWS_MAX: usize = 16;
/// A random number is a base for more than half of the moduli that there are.
const DRAWS_MAX: usize = 256;

/// A random number of at most so many bits.
fn random_words<const N: usize>(bits: usize, random: &mut Random<'_>) -> Words<N> {
    let mut words = [0; N];
    for (at, word) in words.iter_mut().enumerate() {
        let wanted = bits.saturating_sub(at * WORD_BITS).min(WORD_BITS);
        let mut bytes = [0; 8];
        random(&mut bytes);
        *word = u64::from_le_bytes(bytes) & ((1 << wanted) - 1);
    }
    words
}

fn plus<const N: usize>(number: &Words<N>, small: u64) -> Words<N> {
    let mut out = *number;
    let mut carry = small;
    for word in &mut out {
        let sum = *word + carry;
        (*word, carry) = (sum & ((1 << WORD_BITS) - 1), sum >> WORD_BITS);
    }
    out
}

fn bit<const N: usize>(number: &Words<N>, at: usize) -> bool {
    number[at / WORD_BITS] >> (at % WORD_BITS) & 1 == 1
}

/// How many random bases FIPS 186-5 (table B.1) wants for random numbers of so many bits, as Go's
/// `crypto/rsa` counts them.
fn rounds(bits: usize) -> usize {
    match bits {
        3747.. => 3,
        1345.. => 4,
        _ => 5,
    }
}

/// Miller-Rabin: to the base 2, which costs the least and rules out all that are not prime but very few; then to
/// random bases.
fn is_prime<const N: usize>(modulus: &Modulus<N>, bits: usize, random: &mut Random<'_>) -> Option<bool> {
    let exponent = Exponent::of(modulus, bits);
    if !exponent.is_followed(modulus, exponent.power_of_two(modulus)) {
        return Some(false);
    }
    let mut left = rounds(bits);
    for _ in 0..DRAWS_MAX {
        // A random residue stands for a random base.
        let words = random_words(bits, random);
        let base = Modulus::some(words);
        let is_trivial = words == [0; N] || modulus.is_one(&base) || modulus.is_minus_one(&base);
        if is_trivial || !is_less(&words, modulus.words()) {
            continue;
        }
        if !exponent.is_followed(modulus, exponent.power(modulus, &base)) {
            return Some(false);
        }
        left -= 1;
        if left == 0 {
            return Some(true);
        }
    }
    None
}

/// A modulus less one, without its factors of two.
struct Exponent<const N: usize> {
    /// The modulus less one.
    number: Words<N>,
    twos: usize,
    bits: usize,
}

impl<const N: usize> Exponent<N> {
    fn of(modulus: &Modulus<N>, bits: usize) -> Self {
        let mut number = *modulus.words();
        number[0] -= 1;
        let twos = (0..bits).find(|at| bit(&number, *at)).unwrap_or(bits);
        Self { number, twos, bits }
    }

    /// Two to this power: squares, doubled or not.
    fn power_of_two(&self, modulus: &Modulus<N>) -> Residue<N> {
        let mut power = modulus.one();
        for at in (self.twos..self.bits).rev() {
            power = if bit(&self.number, at) { modulus.twice_square(&power) } else { modulus.square(&power) };
        }
        power
    }

    /// A base to this power, four bits at a time.
    fn power(&self, modulus: &Modulus<N>, base: &Residue<N>) -> Residue<N> {
        let mut powers = [modulus.one(); 16];
        for at in 1..powers.len() {
            powers[at] = modulus.multiply(&powers[at - 1], base);
        }
        let mut power = modulus.one();
        let mut end = self.bits;
        while end > self.twos {
            let start = end.saturating_sub(4).max(self.twos);
            let mut digit = 0;
            for at in (start..end).rev() {
                power = modulus.square(&power);
                digit = digit << 1 | usize::from(bit(&self.number, at));
            }
            power = modulus.multiply(&power, &powers[digit]);
            end = start;
        }
        power
    }

    /// Whether the powers from this on are what they are for a prime.
    fn is_followed(&self, modulus: &Modulus<N>, mut power: Residue<N>) -> bool {
        if modulus.is_one(&power) || modulus.is_minus_one(&power) {
            return true;
        }
        for _ in 1..self.twos {
            power = modulus.square(&power);
            if modulus.is_minus_one(&power) {
                return true;
            }
        }
        false
    }
}

//! Arithmetic and primes against the library's, and keys that sign.

use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BigUint, Error, Pkcs1v15Sign};

use crate::montgomery::{Modulus, WORD_BITS, Words};
use crate::sieve::Window;
use crate::{Random, Size, generate, number, prime};

/// Bytes that repeat with the seed.
fn seeded(seed: u64) -> impl FnMut(&mut [u8]) {
    let mut state = seed;
    move |out| {
        for byte in out {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (state >> 56) as u8;
        }
    }
}

fn random_odd<const N: usize>(bits: usize, random: &mut Random<'_>) -> Words<N> {
    let mut words = [0; N];
    for word in &mut words {
        let mut bytes = [0; 8];
        random(&mut bytes);
        *word = u64::from_le_bytes(bytes) >> 4;
    }
    words[0] |= 1;
    words[N - 1] &= (1 << (bits - 1 - (N - 1) * WORD_BITS)) - 1;
    words[(bits - 1) / WORD_BITS] |= 1 << ((bits - 1) % WORD_BITS);
    words
}

#[test]
fn products_are_the_librarys() {
    let mut random = seeded(1);
    for round in 0..200 {
        let mut modulus = random_odd::<18>(1024, &mut random);
        if round % 4 == 0 {
            // As large as it can be: what is carried the furthest.
            modulus = [(1 << WORD_BITS) - 1; 18];
            modulus[17] = 15;
        }
        let divisor = number(&modulus);
        let mut below = random_odd::<18>(1024, &mut random);
        below[17] = 7;
        let mut other = below;
        other[0] ^= 2;
        if round % 8 == 0 {
            // One less than the modulus.
            below = modulus;
            below[0] -= 1;
            other = below;
        }
        let shifted = BigUint::from(1_u32) << (18 * WORD_BITS);
        let (first, second) = (number(&below), number(&other));
        let is_product =
            |words: &Words<18>, wanted: BigUint| number(words) * &shifted % &divisor == wanted % &divisor;
        let modulus = Modulus::new(modulus, 1024);
        let (left, right) = (Modulus::some(below), Modulus::some(other));
        assert!(is_product(&modulus.multiply(&left, &right).0, &first * &second));
        assert!(is_product(&modulus.square(&left).0, &first * &first));
        assert!(is_product(&modulus.twice_square(&left).0, &first * &first * BigUint::from(2_u32)));
        assert!(modulus.is_one(&modulus.one()) && !modulus.is_minus_one(&modulus.one()));
        // Chains stay below twice the modulus.
        let last = (0..40).fold(left, |power, _| modulus.twice_square(&modulus.square(&power)));
        assert!(number(&last.0) < &divisor * BigUint::from(2_u32));
    }
}

#[test]
fn the_sieve_rules_out_what_has_a_small_factor() {
    let start = random_odd::<18>(1024, &mut seeded(2));
    let first = number(&start);
    let kept: Vec<u64> = Window::new(&start).candidates().collect();
    let small = [3_u32, 5, 7, 11, 13, 251, 257, 32_749, 65_521];
    for offset in (0..Window::WIDTH).step_by(2) {
        let candidate = &first + BigUint::from(offset);
        let is_out = small.iter().any(|prime| &candidate % *prime == BigUint::default())
            || &candidate % 65_537_u32 == BigUint::from(1_u32);
        assert!(!(is_out && kept.contains(&offset)), "{offset}");
    }
    // 4096 * 2 e^-gamma / ln 2^16, about.
    assert!((350..480).contains(&kept.len()), "{}", kept.len());
}

#[test]
fn primes_are_found_where_they_are() {
    // 2^1024 - 105 is the greatest prime below 2^1024; the one before it is 2^1024 - 179.
    let mut calls = 0;
    let mut random = seeded(3);
    let mut from_the_end = |out: &mut [u8]| {
        calls += 1;
        if calls <= 18 { out.fill(0xff) } else { random(out) }
    };
    let found = prime::random_prime::<18>(1024, &mut from_the_end).unwrap();
    // Nothing is left above 2^1024 - 1, so the search starts anew.
    let number = number(&found);
    assert_eq!(number.bits(), 1024);
    assert!(rsa_says_prime(&number));
    let from = |distance: u64| {
        let (mut calls, mut random) = (0, seeded(3));
        let mut bytes = move |out: &mut [u8]| {
            calls += 1;
            match calls {
                1 => out.copy_from_slice(&(u64::MAX - distance + 1).to_le_bytes()),
                2..=18 => out.fill(0xff),
                _ => random(out),
            }
        };
        let found = crate::number(&prime::random_prime::<18>(1024, &mut bytes).unwrap());
        (BigUint::from(1_u32) << 1024) - found
    };
    assert_eq!(from(179), BigUint::from(179_u32));
    assert_eq!(from(177), BigUint::from(105_u32));
    assert_eq!(from(105), BigUint::from(105_u32));
}

/// Fermat's test with the library's arithmetic.
fn rsa_says_prime(number: &BigUint) -> bool {
    let one = BigUint::from(1_u32);
    [3_u32, 5, 7].iter().all(|base| BigUint::from(*base).modpow(&(number - &one), number) == one)
}

#[test]
fn keys_are_whole_and_repeat() {
    for seed in 0..3 {
        let key = generate(Size::Bits2048, &mut seeded(seed)).unwrap();
        assert_eq!(key.n().bits(), 2048);
        assert_eq!(key.e(), &BigUint::from(65_537_u32));
        key.validate().unwrap();
        let [p, q] = key.primes() else { panic!("two primes") };
        assert!(p > q && p.bits() == 1024 && q.bits() == 1024);
        assert!(rsa_says_prime(p) && rsa_says_prime(q));
        assert_eq!(key, generate(Size::Bits2048, &mut seeded(seed)).unwrap());
        let scheme = || Pkcs1v15Sign { hash_len: Some(32), prefix: Box::default() };
        let signature = key.sign(scheme(), &[7; 32]).unwrap();
        key.to_public_key().verify(scheme(), &[7; 32], &signature).unwrap();
        assert!(key.to_public_key().verify(scheme(), &[8; 32], &signature).is_err());
    }
}

#[test]
fn randomness_that_is_none_is_told() {
    for byte in [0, 1, 0xff] {
        assert_eq!(generate(Size::Bits2048, &mut |out| out.fill(byte)).unwrap_err(), Error::InvalidPrime);
    }
}

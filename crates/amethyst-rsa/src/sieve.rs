//! Odd numbers from a large one on, without those that a small prime divides.

use std::sync::LazyLock;

use crate::EXPONENT;
use crate::montgomery::WORD_BITS;

/// The odd numbers from a start on that are no multiple of a small prime.
pub(crate) struct Window {
    is_ruled_out: Vec<bool>,
}

const LENGTH: usize = 4096;
const PRIME_MAX: usize = 1 << 16;

/// Small primes, as many to a row as a word holds the product of.
struct Row {
    product: u64,
    primes: Vec<u32>,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(rows);

fn rows() -> Vec<Row> {
    let mut is_composite = vec![false; PRIME_MAX];
    let mut rows = Vec::new();
    let mut row = Row { product: 1, primes: Vec::new() };
    for number in (3..PRIME_MAX).step_by(2) {
        if is_composite[number] {
            continue;
        }
        for multiple in (number * number..PRIME_MAX).step_by(number) {
            is_composite[multiple] = true;
        }
        let product = if let Some(product) = row.product.checked_mul(number as u64) {
            product
        } else {
            rows.push(std::mem::replace(&mut row, Row { product: 1, primes: Vec::new() }));
            number as u64
        };
        row.product = product;
        row.primes.push(number as u32);
    }
    rows.push(row);
    rows
}

impl Window {
    /// From one start to the next.
    pub(crate) const WIDTH: u64 = 2 * LENGTH as u64;

    /// The start, in words of 60 bits, must be odd and larger than the small primes.
    pub(crate) fn new(start: &[u64]) -> Self {
        let mut is_ruled_out = vec![false; LENGTH];
        for row in ROWS.iter() {
            let rest = remainder(start, row.product);
            for prime in &row.primes {
                rule_out(&mut is_ruled_out, rest % u64::from(*prime), u64::from(*prime), 0);
            }
        }
        // Their multiples plus one: the public exponent must have an inverse.
        rule_out(&mut is_ruled_out, remainder(start, EXPONENT), EXPONENT, 1);
        Self { is_ruled_out }
    }

    /// How far from the start the numbers are.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = u64> {
        (0..).step_by(2).zip(&self.is_ruled_out).filter(|(_, is_out)| !**is_out).map(|(offset, _)| offset)
    }
}

fn remainder(number: &[u64], by: u64) -> u64 {
    let by = u128::from(by);
    number
        .iter()
        .rev()
        .fold(0, |rest, word| ((u128::from(rest) << WORD_BITS | u128::from(*word)) % by) as u64)
}

/// Rules out those that leave `wanted` when divided by a prime; the start leaves `rest`.
fn rule_out(is_ruled_out: &mut [bool], rest: u64, prime: u64, wanted: u64) {
    // How far the next such number is; if it is odd, that is an even number away, or else one prime further.
    let gap = (prime + wanted - rest) % prime;
    let gap = if gap.is_multiple_of(2) { gap } else { gap + prime };
    for at in (gap / 2..is_ruled_out.len() as u64).step_by(prime as usize) {
        is_ruled_out[at as usize] = true;
    }
}

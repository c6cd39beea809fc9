//! Arithmetic modulo an odd number of a fixed size, in Montgomery's form.
//!
//! A word holds 60 bits of a number. The products of two such words, a whole column of them, sum up in 128 bits
//! without a carry, which is what takes the time with words that are full.

/// A number, its lowest word first.
pub(crate) type Words<const N: usize> = [u64; N];

/// Bits of a word.
pub(crate) const WORD_BITS: usize = 60;

const MASK: u64 = (1 << WORD_BITS) - 1;

/// An odd modulus of at most 60 N - 8 bits; N is even.
pub(crate) struct Modulus<const N: usize> {
    words: Words<N>,
    /// Minus the inverse of the lowest word, modulo 2^60.
    inverse: u64,
    one: Words<N>,
    minus_one: Words<N>,
}

/// A number modulo another, multiplied by 2^(60 N): not less than it perhaps, but than twice as much.
#[derive(Clone, Copy)]
pub(crate) struct Residue<const N: usize>(pub(crate) Words<N>);

impl<const N: usize> Modulus<N> {
    /// Of an odd number of exactly so many bits.
    pub(crate) fn new(modulus: Words<N>, bits: usize) -> Self {
        const { assert!(N.is_multiple_of(2), "a quotient is made of two words at a time") };
        // An odd number is its own inverse in three bits; Newton's iteration doubles those that are right.
        let mut inverse = modulus[0];
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(modulus[0].wrapping_mul(inverse)));
        }
        let mut out =
            Self { words: modulus, inverse: inverse.wrapping_neg() & MASK, one: [0; N], minus_one: modulus };
        // 2^(60 N), from the highest power of two that is less.
        let mut one = [0; N];
        one[(bits - 1) / WORD_BITS] = 1 << ((bits - 1) % WORD_BITS);
        for _ in bits - 1..WORD_BITS * N {
            double(&mut one);
            if !is_less(&one, &modulus) {
                subtract(&mut one, &modulus);
            }
        }
        subtract(&mut out.minus_one, &one);
        out.one = one;
        out
    }

    pub(crate) fn words(&self) -> &Words<N> {
        &self.words
    }

    pub(crate) fn one(&self) -> Residue<N> {
        Residue(self.one)
    }

    /// The residue of some number, a random one of a random one; the words are less than the modulus.
    pub(crate) fn some(words: Words<N>) -> Residue<N> {
        Residue(words)
    }

    pub(crate) fn is_one(&self, number: &Residue<N>) -> bool {
        self.reduced(number) == self.one
    }

    pub(crate) fn is_minus_one(&self, number: &Residue<N>) -> bool {
        self.reduced(number) == self.minus_one
    }

    fn reduced(&self, number: &Residue<N>) -> Words<N> {
        let mut words = number.0;
        if !is_less(&words, &self.words) {
            subtract(&mut words, &self.words);
        }
        words
    }

    pub(crate) fn multiply(&self, a: &Residue<N>, b: &Residue<N>) -> Residue<N> {
        let mut columns = [[0; N]; 2];
        for (at, word) in a.0.iter().enumerate() {
            for (column, other) in columns.as_flattened_mut()[at..].iter_mut().zip(&b.0) {
                *column += wide(*word, *other);
            }
        }
        self.divide(columns)
    }

    pub(crate) fn square(&self, a: &Residue<N>) -> Residue<N> {
        self.divide(squared(&a.0))
    }

    /// Twice the square.
    pub(crate) fn twice_square(&self, a: &Residue<N>) -> Residue<N> {
        let mut columns = squared(&a.0);
        for column in columns.as_flattened_mut() {
            *column <<= 1;
        }
        self.divide(columns)
    }

    /// A product by its columns, divided by 2^(60 N).
    ///
    /// The modulus m is less than 2^(60 N - 8) and residues than 2 m, twice their product then than 2^(60 N - 5) m:
    /// the quotient is less than 2 m again, and nothing is to be subtracted. A column sums up at most N products
    /// below 2^120, twice, and N more: less than 2^128 up to N = 85.
    fn divide(&self, mut columns: [[u128; N]; 2]) -> Residue<N> {
        let n = &self.words;
        let columns = columns.as_flattened_mut();
        let mut carry = 0_u128;
        // Two at a time: half as many columns are read and written.
        for at in (0..N).step_by(2) {
            let Some(row) = columns[at..].first_chunk_mut::<N>() else { break };
            let sum = row[0] + carry;
            let first = (sum as u64).wrapping_mul(self.inverse) & MASK;
            let sum = (sum + wide(first, n[0])) >> WORD_BITS;
            let sum = sum + row[1] + wide(first, n[1]);
            let second = (sum as u64).wrapping_mul(self.inverse) & MASK;
            carry = (sum + wide(second, n[0])) >> WORD_BITS;
            for (column, pair) in row[2..].iter_mut().zip(n[1..].array_windows()) {
                let [lower, word] = *pair;
                *column += wide(first, word) + wide(second, lower);
            }
            columns[at + N] += wide(second, n[N - 1]);
        }
        let mut out = [0; N];
        for (out, column) in out.iter_mut().zip(&columns[N..]) {
            let sum = column + carry;
            *out = sum as u64 & MASK;
            carry = sum >> WORD_BITS;
        }
        Residue(out)
    }
}

/// The whole product.
fn wide(a: u64, b: u64) -> u128 {
    u128::from(a) * u128::from(b)
}

/// The columns of a square.
fn squared<const N: usize>(a: &Words<N>) -> [[u128; N]; 2] {
    let mut columns = [[0; N]; 2];
    let flat = columns.as_flattened_mut();
    for (at, word) in a.iter().enumerate() {
        flat[2 * at] += wide(*word, *word);
        let twice = *word << 1;
        for (column, other) in flat[2 * at + 1..].iter_mut().zip(&a[at + 1..]) {
            *column += wide(twice, *other);
        }
    }
    columns
}

fn double<const N: usize>(number: &mut Words<N>) {
    let mut carry = 0;
    for word in number {
        let twice = *word << 1 | carry;
        (*word, carry) = (twice & MASK, twice >> WORD_BITS);
    }
}

pub(crate) fn is_less<const N: usize>(a: &Words<N>, b: &Words<N>) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// From what is not less.
fn subtract<const N: usize>(a: &mut Words<N>, b: &Words<N>) {
    let mut borrow = 0;
    for (a, b) in a.iter_mut().zip(b) {
        let difference = a.wrapping_sub(*b).wrapping_sub(borrow);
        (*a, borrow) = (difference & MASK, difference >> 63);
    }
}

//! The curve P-256: public keys and signatures, from randomness that the caller gives. `ring` would take its
//! own. Nothing here runs in constant time: keys that are made while rendering are not used there.

use rsa::BigUint;

fn number(hex: &str) -> BigUint {
    BigUint::parse_bytes(hex.as_bytes(), 16).unwrap_or_default()
}

struct Curve {
    prime: BigUint,
    order: BigUint,
    base: Point,
}

/// A point that is not the one at infinity.
#[derive(Clone, PartialEq)]
struct Point {
    x: BigUint,
    y: BigUint,
}

fn curve() -> Curve {
    Curve {
        prime: number("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"),
        order: number("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
        base: Point {
            x: number("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
            y: number("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
        },
    }
}

fn inverse(value: &BigUint, prime: &BigUint) -> BigUint {
    value.modpow(&(prime - BigUint::from(2u8)), prime)
}

impl Curve {
    fn add(&self, left: &Point, right: &Point) -> Option<Point> {
        let prime = &self.prime;
        let slope = if left.x == right.x {
            if left.y != right.y || left.y == BigUint::from(0u8) {
                return None;
            }
            let three = BigUint::from(3u8);
            // The coefficient of x is -3.
            let upper = (&left.x * &left.x * &three + prime - &three) % prime;
            upper * inverse(&((&left.y + &left.y) % prime), prime) % prime
        } else {
            let upper = (&right.y + prime - &left.y) % prime;
            let lower = (&right.x + prime - &left.x) % prime;
            upper * inverse(&lower, prime) % prime
        };
        let x = (&slope * &slope + prime + prime - &left.x - &right.x) % prime;
        let y = (slope * ((&left.x + prime - &x) % prime) + prime - &left.y) % prime;
        Some(Point { x, y })
    }

    fn multiply(&self, scalar: &BigUint) -> Option<Point> {
        let mut result: Option<Point> = None;
        for byte in scalar.to_bytes_be() {
            for bit in (0..8).rev() {
                result = result.and_then(|point| self.add(&point, &point));
                if byte >> bit & 1 == 1 {
                    result = match result {
                        Some(point) => self.add(&point, &self.base),
                        None => Some(self.base.clone()),
                    };
                }
            }
        }
        result
    }
}

/// 32 bytes, the most significant first.
fn padded(value: &BigUint) -> [u8; 32] {
    let bytes = value.to_bytes_be();
    let mut out = [0; 32];
    let length = bytes.len().min(32);
    out[32 - length..].copy_from_slice(&bytes[bytes.len() - length..]);
    out
}

/// The private number that random bytes make; enough of them that none is likelier.
pub(super) fn scalar(random: &[u8; 48]) -> [u8; 32] {
    let one = BigUint::from(1u8);
    let order = curve().order;
    padded(&(BigUint::from_bytes_be(random) % (order - &one) + one))
}

/// The public key of a private number, uncompressed; none for a number that is none of this curve.
pub(super) fn public_key(private: &[u8]) -> Option<Vec<u8>> {
    let curve = curve();
    let private = BigUint::from_bytes_be(private);
    if private >= curve.order {
        return None;
    }
    let point = curve.multiply(&private)?;
    Some([&[4], padded(&point.x).as_slice(), &padded(&point.y)].concat())
}

/// An ECDSA signature: `r` and `s`. None when the nonce does not do: take another.
pub(super) fn sign(private: &[u8], digest: &[u8], random: &[u8; 48]) -> Option<([u8; 32], [u8; 32])> {
    let curve = curve();
    let order = &curve.order;
    let nonce = BigUint::from_bytes_be(&scalar(random));
    let r = curve.multiply(&nonce)?.x % order;
    let private = BigUint::from_bytes_be(private);
    let s = inverse(&nonce, order) * (BigUint::from_bytes_be(digest) + &r * private) % order;
    let zero = BigUint::from(0u8);
    (r != zero && s != zero).then(|| (padded(&r), padded(&s)))
}

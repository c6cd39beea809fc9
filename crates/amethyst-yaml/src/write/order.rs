//! The natural order of keys: letters after everything else, runs of digits by their number.

use std::cmp::Ordering;

use crate::Dialect;

/// The order in which go-yaml v2 (and so `sigs.k8s.io/yaml`) writes the keys of a map.
///
/// It is not a total order for odd mixtures of digits and signs: sort with [`sort_by_key`], which needs
/// none, where keys may be anything.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    compare(a, b, Dialect::GoV2)
}

/// As [`natural_order`], but go-yaml v3's: a letter behind a digit comes first.
pub fn natural_order_of_v3(a: &str, b: &str) -> Ordering {
    compare(a, b, Dialect::GoV3)
}

/// go-yaml's `keyList.Less` for strings, asked both ways round.
fn compare(a: &str, b: &str, dialect: Dialect) -> Ordering {
    let common = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    if common == a.len() || common == b.len() {
        return a.len().cmp(&b.len());
    }
    let start = (0..=common).rev().find(|at| a.is_char_boundary(*at) && b.is_char_boundary(*at)).unwrap_or(0);
    let (a_rest, b_rest) = (&a[start..], &b[start..]);
    let (Some(a_char), Some(b_char)) = (a_rest.chars().next(), b_rest.chars().next()) else {
        return a.len().cmp(&b.len());
    };
    match (is_letter(a_char), is_letter(b_char)) {
        (true, true) => return a_char.cmp(&b_char),
        (false, false) => {}
        (a_letter, _) => {
            let after_digit = a[..start].ends_with(|last: char| last.is_ascii_digit());
            let letters_first = dialect == Dialect::GoV3 && after_digit;
            return if a_letter == letters_first { Ordering::Less } else { Ordering::Greater };
        }
    }
    // Behind other digits a zero is a digit like any other.
    let in_number = (a_char == '0' || b_char == '0')
        && a[..start].bytes().rev().take_while(u8::is_ascii_digit).any(|digit| digit != b'0');
    let seed = i64::from(in_number);
    let (a_number, a_digits) = number(a_rest, seed);
    let (b_number, b_digits) = number(b_rest, seed);
    a_number.cmp(&b_number).then(a_digits.cmp(&b_digits)).then(a_char.cmp(&b_char))
}

fn is_letter(character: char) -> bool {
    character.is_alphabetic()
}

fn number(text: &str, seed: i64) -> (i64, usize) {
    let digits = text.bytes().take_while(u8::is_ascii_digit);
    digits.fold((seed, 0), |(number, count), digit| {
        (number.wrapping_mul(10).wrapping_add(i64::from(digit - b'0')), count + 1)
    })
}

/// Whether keys stand in natural order already.
pub(crate) fn is_sorted<'a>(mut keys: impl Iterator<Item = &'a str>, dialect: Dialect) -> bool {
    let Some(mut before) = keys.next() else { return true };
    keys.all(|key| compare(std::mem::replace(&mut before, key), key, dialect) != Ordering::Greater)
}

/// Sorts by key in natural order. It asks for no total order, so it never panics as the library's sort may.
pub fn sort_by_key<T>(items: &mut Vec<T>, dialect: Dialect, key: impl Fn(&T) -> &str + Copy) {
    if items.len() < 2 || is_sorted(items.iter().map(key), dialect) {
        return;
    }
    let sorted = merge_sort(std::mem::take(items), dialect, key);
    *items = sorted;
}

fn merge_sort<T>(mut items: Vec<T>, dialect: Dialect, key: impl Fn(&T) -> &str + Copy) -> Vec<T> {
    const BY_INSERTION_MAX: usize = 12;
    if items.len() <= BY_INSERTION_MAX {
        for next in 1..items.len() {
            let mut at = next;
            while at > 0 && compare(key(&items[at - 1]), key(&items[at]), dialect) == Ordering::Greater {
                items.swap(at - 1, at);
                at -= 1;
            }
        }
        return items;
    }
    let right = items.split_off(items.len() / 2);
    let (left, right) = (merge_sort(items, dialect, key), merge_sort(right, dialect, key));
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let takes_right = compare(key(b), key(a), dialect) == Ordering::Less;
        merged.extend(if takes_right { right.next() } else { left.next() });
    }
    merged.extend(left);
    merged.extend(right);
    merged
}

//! The natural order of keys: letters after everything else, runs of digits by their number.

/// go-yaml's `keyList.Less` for strings.
pub(super) fn less(a: &str, b: &str) -> bool {
    let common = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    if common == a.len() || common == b.len() {
        return a.len() < b.len();
    }
    let start = (0..=common).rev().find(|at| a.is_char_boundary(*at) && b.is_char_boundary(*at)).unwrap_or(0);
    let (a_rest, b_rest) = (&a[start..], &b[start..]);
    let (Some(a_char), Some(b_char)) = (a_rest.chars().next(), b_rest.chars().next()) else {
        return a.len() < b.len();
    };
    let (a_letter, b_letter) = (a_char.is_alphabetic(), b_char.is_alphabetic());
    if a_letter && b_letter {
        return a_char < b_char;
    }
    if a_letter || b_letter {
        return b_letter;
    }
    // Behind other digits a zero is a digit like any other.
    let in_number = (a_char == '0' || b_char == '0')
        && a[..start].bytes().rev().take_while(u8::is_ascii_digit).any(|digit| digit != b'0');
    let seed = i64::from(in_number);
    let (a_number, a_digits) = number(a_rest, seed);
    let (b_number, b_digits) = number(b_rest, seed);
    if a_number != b_number {
        return a_number < b_number;
    }
    if a_digits != b_digits {
        return a_digits < b_digits;
    }
    a_char < b_char
}

fn number(text: &str, seed: i64) -> (i64, usize) {
    let digits = text.bytes().take_while(u8::is_ascii_digit);
    digits.fold((seed, 0), |(number, count), digit| {
        (number.wrapping_mul(10).wrapping_add(i64::from(digit - b'0')), count + 1)
    })
}

/// Whether keys stand in natural order already.
pub(super) fn is_sorted<'a, S: AsRef<str> + 'a>(keys: impl Iterator<Item = &'a S> + Clone) -> bool {
    keys.clone().zip(keys.skip(1)).all(|(a, b)| less(a.as_ref(), b.as_ref()))
}

/// Sorts by key. The order is not total for odd mixtures of digits and signs, and the library's sort may
/// panic on such an order; this merge sort only asks `less`.
pub(super) fn sorted<T: Copy, K: AsRef<str>>(mut items: Vec<T>, key: impl Fn(&T) -> K + Copy) -> Vec<T> {
    if items.len() < 2 {
        return items;
    }
    let right = items.split_off(items.len() / 2);
    let (left, right) = (sorted(items, key), sorted(right, key));
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let take_right = less(key(b).as_ref(), key(a).as_ref());
        merged.extend(if take_right { right.next() } else { left.next() });
    }
    merged.extend(left);
    merged.extend(right);
    merged
}
